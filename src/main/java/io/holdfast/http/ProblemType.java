package io.holdfast.http;

import java.util.Locale;

/** The kinds of problem (RFC 9457) that Holdfast itself answers with. Each has a row in README. */
public enum ProblemType {
  BAD_REQUEST(400, "Bad request"),
  INVALID_JSON(400, "Invalid JSON"),
  IDEMPOTENCY_KEY_MISSING(400, "Idempotency-Key missing"),
  UNAUTHORIZED(401, "Unauthorized"),
  FORBIDDEN(403, "Forbidden"),
  NOT_FOUND(404, "Not found"),
  METHOD_NOT_ALLOWED(405, "Method not allowed"),
  NOT_ACCEPTABLE(406, "Not acceptable"),
  REQUEST_TIMEOUT(408, "Request timeout"),
  CONFLICT(409, "Conflict"),
  GONE(410, "Gone"),
  PRECONDITION_FAILED(412, "Precondition failed"),
  CONTENT_TOO_LARGE(413, "Content too large"),
  URI_TOO_LONG(414, "URI too long"),
  UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
  UNPROCESSABLE_PATCH(422, "Unprocessable patch"),
  IDEMPOTENCY_KEY_REUSED(422, "Idempotency-Key reused"),
  PRECONDITION_REQUIRED(428, "Precondition required"),
  TOO_MANY_REQUESTS(429, "Too many requests"),
  HEADER_TOO_LARGE(431, "Header too large"),
  INTERNAL(500, "Internal error"),
  NOT_IMPLEMENTED(501, "Not implemented"),
  UPSTREAM_FAILED(502, "Upstream failed"),
  OWNER_UNAVAILABLE(503, "Owner unavailable"),
  DATABASE_UNAVAILABLE(503, "Database unavailable"),
  BREAKER_OPEN(503, "Breaker open"),
  NO_INSTANCE(503, "No instance"),
  SHED(503, "Shed"),
  UPSTREAM_TIMEOUT(504, "Upstream timeout"),
  OUTCOME_UNKNOWN(504, "Outcome unknown"),
  HTTP_VERSION_NOT_SUPPORTED(505, "HTTP version not supported"),
  LOOP(508, "Loop");

  private final int status;
  private final String title;

  ProblemType(int status, String title) {
    this.status = status;
    this.title = title;
  }

  public int status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** As it stands at the end of its URI. */
  public String typeName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String uri() {
    return "https://holdfast.dev/problems/" + typeName();
  }
}
