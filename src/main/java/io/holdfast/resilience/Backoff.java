package io.holdfast.resilience;

import java.time.Duration;

/**
 * Waits between attempts, with full jitter: anything from nothing to a bound that doubles
 * (exponential backoff as in Brooker's "Exponential Backoff And Jitter").
 *
 * @param base the bound before the first retry
 * @param max the bound never exceeds it
 */
public record Backoff(Duration base, Duration max) {

  /**
   * @param failed how many attempts have failed, at least 1
   * @param chance from 0 up to 1, at random
   */
  public Duration before(int failed, double chance) {
    var doubled = base.multipliedBy(1L << Math.min(failed - 1, 20));
    var bound = doubled.compareTo(max) < 0 ? doubled : max;
    return Duration.ofNanos((long) (bound.toNanos() * chance));
  }
}
