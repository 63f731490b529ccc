package io.holdfast.telemetry;

import io.holdfast.telemetry.Tracing.Kind;
import java.util.Optional;

/**
 * One request on its way through this node: its place in a trace, and what its access line tells
 * besides. Written by one thread at a time.
 */
public final class RequestTrace {
  private static final String METHOD = "http.request.method";
  private static final String STATUS = "http.response.status_code";

  private final Tracing tracing;
  private final Span span;
  private volatile TraceParent place;
  private volatile String owner = "";
  private volatile int attempts;

  private RequestTrace(Tracing tracing, Span span, TraceParent place) {
    this.tracing = tracing;
    this.span = span;
    this.place = place;
  }

  /** Of a request that nobody traces. */
  public static RequestTrace none() {
    return new RequestTrace(Tracing.OFF, Span.NONE, TraceParent.NONE);
  }

  /**
   * A request has come.
   *
   * @param traceparent as its client sent it
   * @param agoNanos so long ago
   */
  public static RequestTrace of(
      Tracing tracing, String method, String route, Optional<String> traceparent, long agoNanos) {
    var parent = traceparent.flatMap(TraceParent::parse).orElse(TraceParent.NONE);
    if (!tracing.isOn()) {
      return new RequestTrace(tracing, Span.NONE, parent);
    }
    var span =
        tracing
            .begin(Kind.SERVER, name(method) + " " + route, parent, agoNanos)
            .with(METHOD, HttpDurations.shown(method))
            .with("http.route", route);
    return new RequestTrace(tracing, span, span.place());
  }

  /**
   * An operation is attempted, long after its request was answered.
   *
   * @param cause the {@code traceparent} of that request; empty if it had none
   */
  public static RequestTrace ofOperation(
      Tracing tracing, String id, String method, String route, String cause) {
    var place = TraceParent.parse(cause).orElse(TraceParent.NONE);
    if (!tracing.isOn()) {
      return new RequestTrace(tracing, Span.NONE, place);
    }
    var span =
        tracing
            .beginAfter(Kind.INTERNAL, "operation " + name(method) + " " + route, place)
            .with("holdfast.operation.id", id)
            .with(METHOD, HttpDurations.shown(method))
            .with("http.route", route);
    return new RequestTrace(tracing, span, span.place());
  }

  private static String name(String method) {
    var shown = HttpDurations.shown(method);
    return shown.equals(HttpDurations.OTHER) ? "HTTP" : shown;
  }

  /** Shown in the same place, and counted apart: for what goes on when it has been answered. */
  public RequestTrace apart() {
    return new RequestTrace(tracing, span, place);
  }

  /** Under which everything that is done for it is shown. */
  public Span span() {
    return span;
  }

  /** For whoever it is sent on to. One is made where there is none, so that they know it again. */
  public TraceParent place() {
    if (place.isNone()) {
      place = TraceParent.begin();
    }
    return place;
  }

  /** Empty, if it is in no trace so far. */
  public String traceId() {
    return place.traceId();
  }

  /**
   * It is sent to an instance of a service.
   *
   * @param path without its query
   */
  public Span attempt(String service, String host, int port, String method, String path) {
    attempts++;
    if (span.isNone()) {
      return Span.NONE;
    }
    var attempt =
        tracing
            .below(span, Kind.CLIENT, name(method))
            .with(METHOD, HttpDurations.shown(method))
            .with("server.address", host)
            .with("server.port", port)
            .with("url.path", path)
            .with("holdfast.upstream", service);
    return attempts > 1 ? attempt.with("http.request.resend_count", attempts - 1L) : attempt;
  }

  /** How often it was sent on: to an owner, or to a service. */
  public void attempts(int count) {
    attempts = count;
  }

  public int attempts() {
    return attempts;
  }

  /** The node that answered for what it is about; not heard of: empty. */
  public void ownedBy(String node) {
    owner = node;
  }

  public String owner() {
    return owner;
  }

  /**
   * It was answered.
   *
   * @param status 0: it was not
   * @param reason why not as asked; empty: there is none
   */
  public void end(String path, int status, String cacheStatus, String reason) {
    if (span.isNone()) {
      return;
    }
    span.with("url.path", path).with("holdfast.attempts", attempts);
    if (status > 0) {
      span.with(STATUS, status);
    }
    if (!owner.isEmpty()) {
      span.with("holdfast.owner", owner);
    }
    if (!cacheStatus.isEmpty()) {
      span.with("holdfast.cache_status", cacheStatus);
    }
    if (status == 0 || status >= 500) {
      span.failed(reason.isEmpty() ? Integer.toString(status) : reason);
    }
    span.end();
  }
}
