package io.holdfast.resilience;

import java.time.Duration;

/**
 * When a circuit breaker opens, and for how long.
 *
 * @param window over which calls are counted
 * @param callsMin with fewer calls in the window nothing is concluded
 * @param failureRate 0 to 1: it opens when so many of the calls failed
 * @param slowRate 0 to 1: it opens when so many of the calls were slow
 * @param slowCall what a slow call takes at least
 * @param open for how long it stays open the first time; each time in a row doubles it
 * @param openMax for how long at most
 */
public record BreakerSettings(
    Duration window,
    int callsMin,
    double failureRate,
    double slowRate,
    Duration slowCall,
    Duration open,
    Duration openMax) {

  /** How long it is open when it has opened so many times in a row, this one included. */
  Duration openFor(int opened) {
    var longer = open.multipliedBy(1L << Math.min(opened - 1, 20));
    return longer.compareTo(openMax) < 0 ? longer : openMax;
  }
}
