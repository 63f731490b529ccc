package io.holdfast.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;

/**
 * An immutable sequence in a weight-balanced tree (Hirai and Yamada, "Balancing weight-balanced
 * trees", 2011, with its parameters 3 and 2): every change takes steps that grow with the logarithm
 * of the count and shares all else with the sequence before it. It knows the sum of its items'
 * sizes and the greatest of their depths without walking.
 */
final class Row<E extends Row.Item> {
  /** What a row adds up. */
  interface Item {
    /** How many bytes it has when it is written. */
    long size();

    /** How many arrays and objects are inside each other in it. */
    int depth();
  }

  /** A side may have at most so many times the other's weight. */
  private static final int DELTA = 3;

  /** From so many times the outer grandchild's weight on, the inner one is parted. */
  private static final int GAMMA = 2;

  private static final Row<?> EMPTY = new Row<>();

  private final Row<E> left;
  private final E item;
  private final Row<E> right;
  private final int count;
  private final long size;
  private final int depth;

  private Row() {
    left = this;
    item = null;
    right = this;
    count = 0;
    size = 0;
    depth = 0;
  }

  private Row(Row<E> left, E item, Row<E> right) {
    this.left = left;
    this.item = item;
    this.right = right;
    count = left.count + 1 + right.count;
    size = left.size + item.size() + right.size;
    depth = Math.max(item.depth(), Math.max(left.depth, right.depth));
  }

  @SuppressWarnings("unchecked") // It holds no item of any type.
  static <E extends Item> Row<E> empty() {
    return (Row<E>) EMPTY;
  }

  static <E extends Item> Row<E> of(List<E> items) {
    if (items.isEmpty()) {
      return empty();
    }
    int middle = items.size() / 2;
    return new Row<>(
        of(items.subList(0, middle)),
        items.get(middle),
        of(items.subList(middle + 1, items.size())));
  }

  int count() {
    return count;
  }

  /** The sum of the items' sizes. */
  long size() {
    return size;
  }

  /** The greatest of the items' depths, or 0. */
  int depth() {
    return depth;
  }

  E get(int index) {
    int at = Objects.checkIndex(index, count);
    var row = this;
    while (at != row.left.count) {
      if (at < row.left.count) {
        row = row.left;
      } else {
        at -= row.left.count + 1;
        row = row.right;
      }
    }
    return row.item;
  }

  Row<E> with(int index, E changed) {
    Objects.checkIndex(index, count);
    if (index == left.count) {
      return new Row<>(left, changed, right);
    }
    return index < left.count
        ? new Row<>(left.with(index, changed), item, right)
        : new Row<>(left, item, right.with(index - left.count - 1, changed));
  }

  /** What is at the index and behind it moves on by one. */
  Row<E> inserted(int index, E added) {
    if (count == 0) {
      return new Row<>(this, added, this);
    }
    return index <= left.count
        ? balanced(left.inserted(index, added), item, right)
        : balanced(left, item, right.inserted(index - left.count - 1, added));
  }

  Row<E> removed(int index) {
    Objects.checkIndex(index, count);
    if (index < left.count) {
      return balanced(left.removed(index), item, right);
    }
    if (index > left.count) {
      return balanced(left, item, right.removed(index - left.count - 1));
    }
    return right.count == 0 ? left : balanced(left, right.get(0), right.removed(0));
  }

  /**
   * Where in a sorted row an item is.
   *
   * @param order below 0 for an item behind the one that is looked for, above 0 for one before it
   * @return its index, or -1 less the index at which it would have to be inserted
   */
  int find(ToIntFunction<E> order) {
    int before = 0;
    var row = this;
    while (row.count > 0) {
      int side = order.applyAsInt(row.item);
      if (side == 0) {
        return before + row.left.count;
      }
      if (side > 0) {
        before += row.left.count + 1;
      }
      row = side > 0 ? row.right : row.left;
    }
    return -1 - before;
  }

  List<E> toList() {
    var items = new ArrayList<E>(count);
    addTo(items);
    return items;
  }

  private void addTo(List<E> items) {
    if (count > 0) {
      left.addTo(items);
      items.add(item);
      right.addTo(items);
    }
  }

  /** How many steps the longest way down has. */
  int height() {
    return count == 0 ? 0 : 1 + Math.max(left.height(), right.height());
  }

  private int weight() {
    return count + 1;
  }

  private static <E extends Item> Row<E> balanced(Row<E> left, E item, Row<E> right) {
    if (right.weight() > DELTA * left.weight()) {
      return right.left.weight() < GAMMA * right.right.weight()
          ? new Row<>(new Row<>(left, item, right.left), right.item, right.right)
          : new Row<>(
              new Row<>(left, item, right.left.left),
              right.left.item,
              new Row<>(right.left.right, right.item, right.right));
    }
    if (left.weight() > DELTA * right.weight()) {
      return left.right.weight() < GAMMA * left.left.weight()
          ? new Row<>(left.left, left.item, new Row<>(left.right, item, right))
          : new Row<>(
              new Row<>(left.left, left.item, left.right.left),
              left.right.item,
              new Row<>(left.right.right, item, right));
    }
    return new Row<>(left, item, right);
  }
}
