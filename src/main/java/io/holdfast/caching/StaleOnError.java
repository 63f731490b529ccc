package io.holdfast.caching;

import java.time.Instant;

/**
 * What may be the answer, stale, if the service fails (RFC 9111, section 4.2.4; RFC 5861, section
 * 4).
 *
 * @param response selected for the request
 * @param until no longer than that
 */
public record StaleOnError(StoredResponse response, Instant until) {

  /** When the service cannot be reached or asked. */
  public boolean allows(Instant now) {
    return now.isBefore(until);
  }

  /** When it has answered with that status code: 500, 502, 503 and 504 are failures. */
  public boolean allows(Instant now, int status) {
    return StatusCodes.isFailure(status) && allows(now);
  }
}
