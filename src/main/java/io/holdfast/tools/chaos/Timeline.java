package io.holdfast.tools.chaos;

import java.io.PrintWriter;

/** Tells what happens, with the second of the run in which it does. */
final class Timeline {
  private static final double QUIET_SECONDS_MAX = 10;

  private final RunClock clock;
  private final PrintWriter out;
  private volatile long told;

  Timeline(RunClock clock, PrintWriter out) {
    this.clock = clock;
    this.out = out;
  }

  /** Prints an event that happens now, and returns its moment. */
  long tell(String event) {
    return tell(clock.now(), event);
  }

  /** Prints an event of that moment. */
  long tell(long moment, String event) {
    out.printf("%8.2f s  %s%n", RunClock.seconds(moment), event);
    out.flush();
    told = Math.max(told, moment);
    return moment;
  }

  /** Prints how far something is that takes long, where nothing was told for ten seconds. */
  void tellFar(long moment, int done, int all, String what) {
    if (moment - told >= RunClock.nanos(QUIET_SECONDS_MAX)) {
      tell(moment, "%,d of %,d %s".formatted(done, all, what));
    }
  }
}
