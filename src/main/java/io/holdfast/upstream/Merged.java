package io.holdfast.upstream;

import io.holdfast.resilience.BreakerSettings;
import io.holdfast.resilience.Tally;
import java.util.List;

/**
 * What several nodes have seen together. Pure.
 *
 * @param sum of what they have counted
 * @param observers how many of them would open a breaker for what they see alone, however few their
 *     calls
 */
record Merged(Tally sum, int observers) {

  static Merged of(List<Tally> tallies, BreakerSettings settings) {
    var sum = Tally.NONE;
    int observers = 0;
    for (var tally : tallies) {
      sum = sum.plus(tally);
      boolean sees =
          tally.calls() > 0
              && (tally.failureRate() >= settings.failureRate()
                  || tally.slowRate() >= settings.slowRate());
      observers += sees ? 1 : 0;
    }
    return new Merged(sum, observers);
  }

  /**
   * What is held against the service: nothing as long as too few nodes see it, for it may be their
   * own trouble.
   *
   * @param observersMin how many must
   * @param live how many nodes there are
   */
  Tally counted(int observersMin, int live) {
    return observers >= enough(observersMin, live) ? sum : Tally.NONE;
  }

  /** No more can see it than there are. */
  static int enough(int observersMin, int live) {
    return Math.min(observersMin, Math.max(1, live));
  }
}
