package io.holdfast.tools.chaos;

import java.io.PrintWriter;

/** Tells what happens, with the second of the run in which it does. */
final class Timeline {
  private final RunClock clock;
  private final PrintWriter out;

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
    return moment;
  }
}
