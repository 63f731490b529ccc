package io.holdfast.resilience;

import java.time.Duration;

/**
 * When a circuit breaker opens, and for how long. However often it has opened, within {@code
 * openMax} after the service is well again it is closed: half of that is for waiting, an eighth for
 * the ramp, and the rest for a call to come that tries it out, and for word of it to travel.
 *
 * @param window over which calls are counted
 * @param callsMin with fewer calls in the window nothing is concluded
 * @param failureRate 0 to 1: it opens when so many of the calls failed
 * @param slowRate 0 to 1: it opens when so many of the calls were slow
 * @param slowCall what a slow call takes at least
 * @param open for how long it stays open the first time; each time in a row doubles it
 * @param openMax how long it may take at most until it is found out that calls succeed again
 */
public record BreakerSettings(
    Duration window,
    int callsMin,
    double failureRate,
    double slowRate,
    Duration slowCall,
    Duration open,
    Duration openMax) {

  private static final Duration RAMP_MAX = Duration.ofSeconds(2);

  /** How long it is open when it has opened so many times in a row, this one included. */
  Duration openFor(int opened) {
    var longer = open.multipliedBy(1L << Math.min(opened - 1, 20));
    var most = openMax.dividedBy(2);
    return longer.compareTo(most) < 0 ? longer : open.compareTo(most) < 0 ? most : open;
  }

  /** How long the way back takes, from a tenth of the calls to all. */
  public Duration ramp() {
    var part = openMax.dividedBy(8);
    return part.compareTo(RAMP_MAX) < 0 ? part : RAMP_MAX;
  }
}
