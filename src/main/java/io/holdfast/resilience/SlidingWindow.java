package io.holdfast.resilience;

import java.time.Duration;
import java.util.Arrays;

/**
 * How the calls of the last seconds ended: a ring of tallies, each for a tenth of the window. What
 * it counts is therefore between nine and ten tenths of the window old at most. One thread at a
 * time; times are those of {@link System#nanoTime}.
 */
public final class SlidingWindow {
  private static final int PARTS = 10;

  private final long partNanos;
  private final Tally[] parts = new Tally[PARTS];
  private long newest;

  public SlidingWindow(Duration window, long nowNanos) {
    this.partNanos = Math.max(1, window.toNanos() / PARTS);
    this.newest = Math.floorDiv(nowNanos, partNanos);
    Arrays.fill(parts, Tally.NONE);
  }

  /** A call in flight has passed the duration of a slow one. It counts from now on. */
  public void becameSlow(long nowNanos) {
    add(new Tally(1, 0, 1), nowNanos);
  }

  /**
   * A call has ended.
   *
   * @param counted whether {@link #becameSlow} has told of it
   */
  public void ended(boolean failed, boolean counted, long nowNanos) {
    add(new Tally(counted ? 0 : 1, failed ? 1 : 0, 0), nowNanos);
  }

  private void add(Tally tally, long nowNanos) {
    turnTo(nowNanos);
    int at = index(newest);
    parts[at] = parts[at].plus(tally);
  }

  /** All of the window. */
  public Tally tally(long nowNanos) {
    turnTo(nowNanos);
    var sum = Tally.NONE;
    for (var part : parts) {
      sum = sum.plus(part);
    }
    return sum;
  }

  /** Forgets everything: what follows is not held against what was before. */
  public void clear() {
    Arrays.fill(parts, Tally.NONE);
  }

  private void turnTo(long nowNanos) {
    long part = Math.floorDiv(nowNanos, partNanos);
    long turned = Math.min(PARTS, part - newest);
    for (long i = 1; i <= turned; i++) {
      parts[index(part - turned + i)] = Tally.NONE;
    }
    newest = Math.max(newest, part);
  }

  private static int index(long part) {
    return (int) Math.floorMod(part, (long) PARTS);
  }
}
