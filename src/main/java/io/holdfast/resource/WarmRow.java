package io.holdfast.resource;

import java.util.function.LongConsumer;

/** What the owner of a target knows of what is kept of it. For one thread. */
final class WarmRow {
  private final Warm warm;
  private boolean mayBeThere = true;
  private long number;
  private long written;
  private long gone;

  WarmRow(Warm warm) {
    this.warm = warm;
  }

  /** It was read, and there is none: then there is none until something is written. */
  void isNotThere() {
    mayBeThere = written > 0;
  }

  /**
   * Has what is stored now written behind. If that is nothing any more, or cannot be kept, nothing
   * is: what is there was replaced, perhaps because it does not hold, and an owner to come would
   * give it as fresh.
   */
  void keep(StoredTarget target, RepresentationState state) {
    if (!warm.keeps(target.route())) {
      return;
    }
    var entry = WarmEntry.of(target, state);
    if (!entry.isEmpty() && warm.keep(entry)) {
      mayBeThere = true;
      written = ++number;
    } else {
      remove(target, order -> {});
    }
  }

  /**
   * Has it removed, if there may be one.
   *
   * @param told the number, on any thread, when it is done: see {@link #gone}
   * @return the number of this order
   */
  long remove(StoredTarget target, LongConsumer told) {
    long order = ++number;
    if (mayBeThere && warm.mayHave(target.route())) {
      warm.remove(target, () -> told.accept(order));
    } else {
      gone = order;
    }
    return order;
  }

  /** What was there at that order is removed. */
  void gone(long order) {
    gone = Math.max(gone, order);
    mayBeThere = mayBeThere && written > order;
  }

  boolean isGone(long order) {
    return order <= gone;
  }
}
