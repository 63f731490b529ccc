package io.holdfast.resilience;

import java.time.Duration;

/**
 * When an instance is left out because of how it answers.
 *
 * @param consecutiveFailures so many failures in a row
 * @param failureRate 0 to 1: or so many of its calls within ten seconds, of at least {@link
 *     #CALLS_MIN}
 * @param base for how long the first time; each time in a row doubles it
 * @param max for how long at most
 * @param shareMax 0 to 1: never more of the instances than this at once
 */
public record EjectionSettings(
    int consecutiveFailures, double failureRate, Duration base, Duration max, double shareMax) {
  /** With fewer calls a rate says nothing. */
  static final int CALLS_MIN = 20;
}
