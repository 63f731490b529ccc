package io.holdfast.caching;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a stale response may be refreshed again after that has failed. Until then it is the answer
 * as it is, so that a service that is down sees one attempt per backoff and not one per request.
 *
 * @param failures in a row
 * @param until no attempt before; {@link Instant.EPOCH} if there was no failure
 */
public record Rearming(int failures, Instant until) {
  static final Duration BASE = Duration.ofSeconds(1);
  static final Duration MAX = Duration.ofSeconds(30);
  static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);

  /** Part of the backoff that chance takes away, so that not all entries come at once. */
  static final double JITTER = 0.25;

  public static Rearming none() {
    return new Rearming(0, Instant.EPOCH);
  }

  /** Whether an attempt has to wait. */
  public boolean waits(Instant now) {
    return now.isBefore(until);
  }

  /**
   * An attempt has failed.
   *
   * @param chance from 0 up to 1, at random
   * @param retryAfter what the service has asked for; up to 5 minutes it is heeded
   */
  public Rearming failed(Instant now, double chance, Optional<Duration> retryAfter) {
    var doubled = BASE.multipliedBy(1L << Math.min(failures, 20));
    var bound = doubled.compareTo(MAX) < 0 ? doubled : MAX;
    var backoff = Duration.ofMillis(Math.round(bound.toMillis() * (1 - JITTER * chance)));
    var asked = retryAfter.map(r -> r.compareTo(RETRY_AFTER_MAX) < 0 ? r : RETRY_AFTER_MAX);
    var wait = asked.filter(r -> r.compareTo(backoff) > 0).orElse(backoff);
    return new Rearming(failures + 1, now.plus(wait));
  }
}
