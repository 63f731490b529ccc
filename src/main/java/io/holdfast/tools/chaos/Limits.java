package io.holdfast.tools.chaos;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a fault may cost.
 *
 * @param recoverySecondsMax within which every document must be writable again: beyond is a
 *     violation; empty where nothing is taken away at once
 * @param since the recovery counts from
 * @param goals what it shall reach: beyond is no violation, and is printed
 */
record Limits(OptionalDouble recoverySecondsMax, Since since, List<Goal> goals) {

  /** From when on a recovery counts. */
  enum Since {
    /** The last of the harm. */
    HARM,
    /** The return of what was taken away. */
    RETURN
  }

  static Limits of(Goal... goals) {
    return new Limits(OptionalDouble.empty(), Since.HARM, List.of(goals));
  }

  static Limits recovery(double secondsMax, Goal... goals) {
    return new Limits(OptionalDouble.of(secondsMax), Since.HARM, List.of(goals));
  }

  /** The recovery counts from the return of what was taken away. */
  Limits fromReturn() {
    return new Limits(recoverySecondsMax, Since.RETURN, goals);
  }
}
