package io.holdfast.tools.chaos;

import java.util.Optional;

/**
 * What shall be done in one round.
 *
 * @param pause seconds before the first harm
 * @param lasts seconds from the last harm to the mending
 * @param second a fault that comes before the first is mended
 */
record Plan(double pause, String first, double lasts, Optional<Second> second) {

  /**
   * A fault that comes to another.
   *
   * @param after seconds after the first harm
   * @param mendedFirst it is mended before the first one
   */
  record Second(String fault, double after, boolean mendedFirst) {}

  /** One fault alone in a run of so many seconds. */
  static Plan of(Fault fault, double seconds) {
    var stretch = fault.stretch(seconds);
    return new Plan(stretch.before(), fault.word(), stretch.lasts(), Optional.empty());
  }

  /** It for people. */
  String words() {
    return first
        + second.map(it -> ", %.1f s later %s".formatted(it.after(), it.fault())).orElse("")
        + ", mended after %.1f s".formatted(lasts)
        + second
            .map(it -> it.mendedFirst() ? ", the second first" : ", the first first")
            .orElse("");
  }
}
