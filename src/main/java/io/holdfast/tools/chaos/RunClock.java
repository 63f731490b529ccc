package io.holdfast.tools.chaos;

import java.util.concurrent.locks.LockSupport;

/** Nanoseconds since a run began. */
final class RunClock {
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

  static long nanos(double seconds) {
    return Math.round(seconds * 1e9);
  }

  static double seconds(long nanos) {
    return nanos / 1e9;
  }
}
