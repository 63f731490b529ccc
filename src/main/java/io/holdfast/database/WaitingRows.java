package io.holdfast.database;

import io.holdfast.database.WriteBehind.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What waits to be written behind: one row for each target, as it is to be, in the order in which
 * they came. Bounded: what is stored is turned away when there is no room; a removal never is, for
 * then all rows of its slot are to go. Safe for many threads; one takes.
 */
final class WaitingRows {
  static final int ROWS_MAX = 10_000;
  static final long BYTES_MAX = 32L << 20;

  /** One transaction: small enough that a take-over need not wait for it. */
  static final int BATCH_ROWS_MAX = 200;

  static final long BATCH_BYTES_MAX = 4L << 20;

  private final long lingerNanos;
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private final Map<Integer, List<Runnable>> emptied = new HashMap<>();
  private Batch underWay = Batch.EMPTY;
  private long bytes;
  private int removals;
  private boolean closed;

  /**
   * @param entry what the row is to be; nothing if it is to go
   * @param done told when it is so
   */
  record Waiting(
      Target target,
      Optional<Supplier<byte[]>> entry,
      long bytes,
      List<Runnable> done,
      long sinceNanos) {

    /** It removes something, or somebody waits for it. */
    boolean isUrgent() {
      return entry.isEmpty() || !done.isEmpty();
    }

    /** Whatever becomes of the entry, the one before it is not to be used any more. */
    Waiting asRemoval() {
      return new Waiting(target, Optional.empty(), 0, done, sinceNanos);
    }
  }

  /**
   * What goes into one transaction.
   *
   * @param rows by id
   * @param emptied slots of which all rows are to go
   */
  record Batch(Map<String, Waiting> rows, Map<Integer, List<Runnable>> emptied) {
    static final Batch EMPTY = new Batch(Map.of(), Map.of());

    boolean isEmpty() {
      return rows.isEmpty() && emptied.isEmpty();
    }
  }

  /**
   * @param lingerNanos for how long something stored may wait for more
   */
  WaitingRows(long lingerNanos) {
    this.lingerNanos = lingerNanos;
  }

  /**
   * @param size about what the entry takes
   * @return false, and nothing has changed, if there is no room for it
   */
  synchronized boolean keep(Target target, Supplier<byte[]> entry, long size, long now) {
    var before = waiting.get(target.id());
    long others = bytes - (before == null ? 0 : before.bytes());
    boolean fits = before != null || waiting.size() < ROWS_MAX;
    if (closed || !fits || others + size > BYTES_MAX) {
      return false;
    }
    var done = before == null ? List.<Runnable>of() : before.done();
    put(new Waiting(target, Optional.of(entry), size, done, now));
    return true;
  }

  /**
   * @param done told when no row of the target is left that is there now; in the place of who was
   *     to be told before, who can infer it
   */
  synchronized void remove(Target target, Runnable done, long now) {
    var before = waiting.get(target.id());
    if (before == null && waiting.size() >= ROWS_MAX) {
      emptied.computeIfAbsent(target.slot(), slot -> new ArrayList<>()).add(done);
    } else {
      put(new Waiting(target, Optional.empty(), 0, List.of(done), now));
    }
    notifyAll();
  }

  /** In the place of the one before it. */
  private void put(Waiting next) {
    count(waiting.put(next.target().id(), next), -1);
    count(next, 1);
    notifyAll();
  }

  private void count(Waiting row, int sign) {
    if (row != null) {
      bytes += sign * row.bytes();
      removals += row.isUrgent() ? sign : 0;
    }
  }

  /** What is waiting for a target, or being written. */
  synchronized Optional<Waiting> find(Target target) {
    var found = waiting.get(target.id());
    return Optional.ofNullable(found == null ? underWay.rows().get(target.id()) : found);
  }

  /** Whether all rows of a slot are to go. */
  synchronized boolean isEmptied(int slot) {
    return emptied.containsKey(slot) || underWay.emptied().containsKey(slot);
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized int rows() {
    return waiting.size();
  }

  /** How long nothing has to be written; not beyond zero if something has. */
  synchronized long restNanos(long now, long otherwise) {
    if (removals > 0 || !emptied.isEmpty() || waiting.size() >= BATCH_ROWS_MAX || closed) {
      return 0;
    }
    return waiting.values().stream()
        .findFirst()
        .map(it -> Math.min(otherwise, it.sinceNanos() + lingerNanos - now))
        .orElse(otherwise);
  }

  /** The next batch; empty if there is nothing to write for so long. */
  synchronized Batch take(long waitNanos) throws InterruptedException {
    long until = System.nanoTime() + waitNanos;
    long rest = restNanos(System.nanoTime(), waitNanos);
    while (rest > 0 && until - System.nanoTime() > 0) {
      wait(rest / 1_000_000 + 1);
      rest = restNanos(System.nanoTime(), until - System.nanoTime());
    }
    underWay = next();
    return underWay;
  }

  /** What somebody waits for goes first: he is not to wait for what nobody does. */
  private Batch next() {
    var rows = new LinkedHashMap<String, Waiting>();
    long size = 0;
    for (var row : inOrder()) {
      size += row.bytes();
      if (!rows.isEmpty() && (rows.size() >= BATCH_ROWS_MAX || size > BATCH_BYTES_MAX)) {
        break;
      }
      rows.put(row.target().id(), row);
      count(waiting.remove(row.target().id()), -1);
    }
    var slots = Map.copyOf(emptied);
    emptied.clear();
    return new Batch(rows, slots);
  }

  private List<Waiting> inOrder() {
    if (removals == 0) {
      return List.copyOf(waiting.values());
    }
    var all = new ArrayList<>(waiting.values());
    all.sort(Comparator.comparing(Waiting::isUrgent).reversed());
    return all;
  }

  /** The batch is written; or nobody of this node may do so any more. */
  synchronized void over() {
    underWay = Batch.EMPTY;
  }

  /**
   * Whether it was written is not known. What was to be stored is given up, and its place emptied:
   * an entry that came through after all is then as if it had not.
   */
  synchronized void failed() {
    underWay.rows().forEach((id, row) -> again(row.asRemoval()));
    underWay
        .emptied()
        .forEach(
            (slot, done) -> emptied.computeIfAbsent(slot, it -> new ArrayList<>()).addAll(done));
    underWay = Batch.EMPTY;
  }

  private void again(Waiting failed) {
    var newer = waiting.get(failed.target().id());
    if (newer == null) {
      put(failed);
    } else {
      var done = newer.done().isEmpty() ? failed.done() : newer.done();
      put(new Waiting(newer.target(), newer.entry(), newer.bytes(), done, newer.sinceNanos()));
    }
  }

  /** Nothing more is stored, and nobody waits for more to come. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
