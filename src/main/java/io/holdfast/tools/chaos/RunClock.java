package io.holdfast.tools.chaos;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Nanoseconds since a run began. */
final class RunClock {
  private static final double POLL_SECONDS = 0.1;

  private final long origin = System.nanoTime();

  long now() {
    return System.nanoTime() - origin;
  }

  /** Returns at the moment, or at once if it has passed or the thread is interrupted. */
  void await(long moment) {
    for (long left = moment - now();
        left > 0 && !Thread.currentThread().isInterrupted();
        left = moment - now()) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Waits until it holds.
   *
   * @return false if it does not within so many seconds, or if the thread is interrupted
   */
  boolean await(double secondsMax, BooleanSupplier holds) {
    long until = now() + nanos(secondsMax);
    while (!holds.getAsBoolean()) {
      if (now() > until || Thread.currentThread().isInterrupted()) {
        return false;
      }
      await(now() + nanos(POLL_SECONDS));
    }
    return true;
  }

  static long nanos(double seconds) {
    return Math.round(seconds * 1e9);
  }

  static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
