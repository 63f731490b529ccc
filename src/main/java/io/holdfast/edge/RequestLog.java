package io.holdfast.edge;

import io.holdfast.http.RequestTarget;
import io.holdfast.resource.Standing;
import io.holdfast.telemetry.HttpDurations;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts and logs every answer. One line a request; no contents, no queries, no credentials. Meters
 * are by route, method and status, never by path, so their number is bounded.
 */
final class RequestLog {
  private static final Logger log = LoggerFactory.getLogger(RequestLog.class);

  private final Logger access;
  private final HttpDurations durations;
  private final Map<Standing, Counter> marked = new EnumMap<>(Standing.class);

  /**
   * @param access gets the lines
   */
  RequestLog(Logger access, MeterRegistry meters) {
    this.access = access;
    this.durations = HttpDurations.ofServer(meters);
    for (var standing : Standing.values()) {
      if (standing != Standing.CURRENT) {
        marked.put(
            standing,
            Counter.builder("holdfast.answers.marked")
                .description("Answers marked as perhaps stale")
                .tag("reason", standing.detail())
                .register(meters));
      }
    }
  }

  void answered(HttpRequest request, String route, String path, HttpResponse response, long nanos) {
    answered(
        request.method().value(),
        route,
        path,
        response.status().intValue(),
        response.getHeader("Cache-Status").map(field -> field.value()).orElse("-"),
        nanos);
  }

  void answered(
      String method, String route, String path, int status, String cacheStatus, long nanos) {
    durations.answered(route, method, status, nanos);
    if (access.isInfoEnabled()) {
      access.info(
          "{} {} {} {}us route={} cache={}",
          method,
          path,
          status,
          TimeUnit.NANOSECONDS.toMicros(nanos),
          route,
          cacheStatus);
    }
  }

  /** The line of a request that was refused before any route was looked for. */
  void refused(String method, String target, int status, long nanos) {
    if (access.isInfoEnabled()) {
      access.info(
          "{} {} {} {}us route=- cache=-",
          method.isEmpty() ? "-" : method,
          target.isEmpty() ? "-" : escaped(RequestTarget.parse(target).path()),
          status,
          TimeUnit.NANOSECONDS.toMicros(nanos));
    }
  }

  /** A refused target may be any bytes: none of them may end the line, or look like another. */
  private static String escaped(String target) {
    var escaped = new StringBuilder(target.length());
    for (char c : target.toCharArray()) {
      if (c > ' ' && c < 0x7f && c != '\\') {
        escaped.append(c);
      } else {
        escaped.append("\\x%02x".formatted((int) c));
      }
    }
    return escaped.toString();
  }

  void marked(Standing standing) {
    marked.get(standing).increment();
  }

  void failed(String path, Throwable failure) {
    log.error("A request for {} failed inside the server", path, failure);
  }
}
