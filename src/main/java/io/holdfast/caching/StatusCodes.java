package io.holdfast.caching;

import java.util.Set;

/** What a cache has to know of status codes. */
final class StatusCodes {
  static final int PARTIAL = 206;
  static final int NOT_MODIFIED = 304;

  /** RFC 9110, section 15.1. */
  private static final Set<Integer> HEURISTIC =
      Set.of(200, 203, 204, PARTIAL, 300, 301, 308, 404, 405, 410, 414, 501);

  /** Those of RFC 9110 whose caching is all known here (RFC 9111, section 3). */
  private static final Set<Integer> UNDERSTOOD =
      Set.of(
          200, 201, 202, 203, 204, 205, PARTIAL, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403,
          404, 405, 406, 407, 408, 409, 410, 411, 413, 414, 415, 417, 421, 422, 426, 451, 500, 501,
          502, 503, 504, 505);

  /**
   * 428, 429, 431 and 511 must not be stored (RFC 6585); 304, 412 and 416 answer a condition or a
   * range of one request, not the target.
   */
  private static final Set<Integer> NEVER_STORED =
      Set.of(NOT_MODIFIED, 412, 416, 428, 429, 431, 511);

  /** What counts as an error of the service (RFC 5861, section 4). */
  private static final Set<Integer> FAILURES = Set.of(500, 502, 503, 504);

  private StatusCodes() {}

  static boolean isHeuristic(int status) {
    return HEURISTIC.contains(status);
  }

  static boolean isUnderstood(int status) {
    return UNDERSTOOD.contains(status);
  }

  static boolean mayBeStored(int status) {
    return status >= 200 && status < 600 && !NEVER_STORED.contains(status);
  }

  static boolean isFailure(int status) {
    return FAILURES.contains(status);
  }
}
