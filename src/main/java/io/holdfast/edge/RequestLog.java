package io.holdfast.edge;

import io.holdfast.http.RequestTarget;
import io.holdfast.resource.Standing;
import io.holdfast.telemetry.HttpDurations;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.telemetry.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts, traces and logs every answer. One line a request; no contents, no queries, no
 * credentials. Meters are by route, method and status, never by path, so their number is bounded.
 */
final class RequestLog {
  private static final Logger log = LoggerFactory.getLogger(RequestLog.class);

  private final Logger access;
  private final HttpDurations durations;
  private final Tracing tracing;
  private final Map<Standing, Counter> markedDocuments;
  private final Map<Standing, Counter> markedStored;

  /**
   * @param access gets the lines
   */
  RequestLog(Logger access, MeterRegistry meters, Tracing tracing) {
    this.access = access;
    this.durations = HttpDurations.ofServer(meters);
    this.tracing = tracing;
    this.markedDocuments = marked("document", meters);
    this.markedStored = marked("stored-response", meters);
  }

  private static Map<Standing, Counter> marked(String of, MeterRegistry meters) {
    var marked = new EnumMap<Standing, Counter>(Standing.class);
    for (var standing : Standing.values()) {
      if (standing != Standing.CURRENT) {
        marked.put(
            standing,
            Counter.builder("holdfast.answers.marked")
                .description("Answers marked as perhaps stale")
                .tag("of", of)
                .tag("reason", standing.detail())
                .register(meters));
      }
    }
    return marked;
  }

  /**
   * A request has come.
   *
   * @param traceparent as its client sent it
   * @param agoNanos so long ago
   */
  RequestTrace begin(String method, String route, Optional<String> traceparent, long agoNanos) {
    return RequestTrace.of(tracing, method, route, traceparent, agoNanos);
  }

  /** Whether anybody wants to know more of a request than how long it took. */
  boolean tells() {
    return tracing.isOn() || access.isInfoEnabled();
  }

  /**
   * What is told of an answer.
   *
   * @param cacheStatus ours; empty if there is none
   * @param reason why it is not as asked: the name of a problem; empty: it is
   */
  record Answered(
      String method, String route, String path, int status, String cacheStatus, String reason) {}

  void answered(
      HttpRequest request,
      String route,
      String path,
      HttpResponse response,
      RequestTrace trace,
      long nanos) {
    answered(
        new Answered(
            request.method().value(),
            route,
            path,
            response.status().intValue(),
            response.getHeader("Cache-Status").map(field -> field.value()).orElse(""),
            Responses.problem(response).map(it -> it.type().typeName()).orElse("")),
        trace,
        nanos);
  }

  void answered(Answered it, RequestTrace trace, long nanos) {
    durations.answered(it.route(), it.method(), it.status(), nanos);
    trace.end(it.path(), it.status(), it.cacheStatus(), it.reason());
    if (access.isInfoEnabled()) {
      tell(it, trace, nanos);
    }
  }

  /** The line of a request that was refused before any route was looked for. */
  void refused(String method, String target, int status, long nanos) {
    if (access.isInfoEnabled()) {
      var path = target.isEmpty() ? "" : escaped(RequestTarget.parse(target).path());
      tell(new Answered(method, "", path, status, "", ""), RequestTrace.none(), nanos);
    }
  }

  /** One line, and the same as fields for who reads them by a program. */
  private void tell(Answered it, RequestTrace trace, long nanos) {
    long micros = TimeUnit.NANOSECONDS.toMicros(nanos);
    access
        .atInfo()
        .addKeyValue("method", it.method())
        .addKeyValue("path", it.path())
        .addKeyValue("status", it.status())
        .addKeyValue("micros", micros)
        .addKeyValue("route", it.route())
        .addKeyValue("owner", trace.owner())
        .addKeyValue("attempts", trace.attempts())
        .addKeyValue("cache", it.cacheStatus())
        .addKeyValue("reason", it.reason())
        .addKeyValue("trace", trace.traceId())
        .log(
            "{} {} {} {}us route={} cache={} owner={} attempts={} reason={} trace={}",
            shown(it.method()),
            shown(it.path()),
            it.status(),
            micros,
            shown(it.route()),
            shown(it.cacheStatus()),
            shown(trace.owner()),
            trace.attempts(),
            shown(it.reason()),
            shown(trace.traceId()));
  }

  private static String shown(String value) {
    return value.isEmpty() ? "-" : value;
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

  void markedDocument(Standing standing) {
    markedDocuments.get(standing).increment();
  }

  /** Is also a hit, or stale, of its route. */
  void markedStored(Standing standing) {
    markedStored.get(standing).increment();
  }

  void failed(String path, Throwable failure) {
    log.error("A request for {} failed inside the server", path, failure);
  }
}
