package io.holdfast.edge;

import io.holdfast.http.HttpDate;
import io.holdfast.http.ProblemType;
import io.holdfast.upstream.ForwardClient;
import io.holdfast.upstream.ResponseHead;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Answers by which a service says that it has failed. Pure. */
final class ServiceFailure {
  private ServiceFailure() {}

  static boolean is(int status) {
    return status == 500 || status == 502 || status == 503 || status == 504;
  }

  /** What is said of it to those who have waited for another answer. */
  static ForwardClient.Failure of(ResponseHead head) {
    var failure =
        new ForwardClient.Failure(
                ProblemType.UPSTREAM_FAILED, "The service answered with " + head.status() + ".")
            .with("Proxy-Status", "holdfast; received-status=" + head.status());
    return head.field("Retry-After").map(it -> failure.with("Retry-After", it)).orElse(failure);
  }

  static ForwardClient.Failure brokenOff() {
    return new ForwardClient.Failure(
            ProblemType.UPSTREAM_FAILED, "The service broke its answer off.")
        .with("Proxy-Status", "holdfast; error=http_response_incomplete");
  }

  /** For how long it wants to be left alone (RFC 9110, section 10.2.3). */
  static Optional<Duration> retryAfter(ResponseHead head, Instant now) {
    return head.field("Retry-After")
        .flatMap(
            value ->
                value.matches("[0-9]{1,9}")
                    ? Optional.of(Duration.ofSeconds(Long.parseLong(value)))
                    : HttpDate.parse(value).map(at -> Duration.between(now, at)))
        .filter(it -> !it.isNegative());
  }
}
