package io.holdfast.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

/**
 * Traces of requests, sent in batches by OTLP over HTTP; or none at all, which costs nothing. One
 * for each process. Whoever records a span never waits: beyond {@value #QUEUE_MAX} that wait to be
 * sent, they are dropped.
 */
public final class Tracing implements AutoCloseable {
  /** Records nothing, on a node without a name. */
  public static final Tracing OFF = off("");

  static final int QUEUE_MAX = 2048;
  private static final Duration SEND_EVERY = Duration.ofSeconds(1);
  private static final Duration SEND_MAX = Duration.ofSeconds(5);
  private static final Duration LAST_MAX = Duration.ofSeconds(2);
  private static final String NAME = "io.holdfast";

  /** Held, or its level would be forgotten: it tells each failure to send in a line of its own. */
  private static final java.util.logging.Logger LIBRARY =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private final Optional<SdkTracerProvider> provider;
  private final Optional<Tracer> tracer;
  private final SentSpans sent;
  private final String node;

  /** What a span is about, as its reader groups them. */
  public enum Kind {
    /** A request of a client. */
    SERVER,
    /** A request to somebody else. */
    CLIENT,
    /** Something within this node. */
    INTERNAL
  }

  /**
   * Where traces go, and which.
   *
   * @param endpoint all of the URL
   * @param authorization the value of that field; empty: none is sent
   * @param ratio of the traces that begin here, 0 to 1; of others their beginner has decided
   */
  public record Destination(URI endpoint, String authorization, double ratio) {}

  private Tracing(Optional<SdkTracerProvider> provider, SentSpans sent, String node) {
    this.provider = provider;
    this.tracer = provider.map(it -> it.get(NAME));
    this.sent = sent;
    this.node = node;
  }

  /** None, on the node of that name. */
  public static Tracing off(String node) {
    return new Tracing(Optional.empty(), new SentSpans(QUEUE_MAX), node);
  }

  /**
   * @param service name of the cluster
   * @param node name of this node in it
   */
  public static Tracing to(Destination destination, String service, String node) {
    LIBRARY.setLevel(Level.OFF);
    var exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(destination.endpoint().toString())
            .setTimeout(SEND_MAX);
    if (!destination.authorization().isEmpty()) {
      exporter.addHeader("Authorization", destination.authorization());
    }
    var sent = new SentSpans(QUEUE_MAX);
    var batches =
        BatchSpanProcessor.builder(sent.counting(exporter.build(), destination.endpoint()))
            .setMaxQueueSize(2 * QUEUE_MAX) // what is being sent is bounded with what waits
            .setScheduleDelay(SEND_EVERY)
            .build();
    var resource =
        Resource.create(
            Attributes.of(
                AttributeKey.stringKey("service.name"),
                service,
                AttributeKey.stringKey("service.instance.id"),
                node));
    return new Tracing(
        Optional.of(
            SdkTracerProvider.builder()
                .setResource(resource)
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(destination.ratio())))
                .addSpanProcessor(sent.bounding(batches))
                .build()),
        sent,
        node);
  }

  /** The name of this node. */
  public String node() {
    return node;
  }

  public boolean isOn() {
    return tracer.isPresent();
  }

  /** From now on this registry counts what was sent. */
  public void showIn(MeterRegistry meters) {
    if (isOn()) {
      counter("sent", SentSpans::sent).register(meters);
      counter("failed", SentSpans::failed).register(meters);
      counter("dropped", SentSpans::dropped).register(meters);
    }
  }

  private FunctionCounter.Builder<SentSpans> counter(
      String result, java.util.function.ToDoubleFunction<SentSpans> count) {
    return FunctionCounter.builder("holdfast.traces.spans", sent, count)
        .description("Spans given to whoever takes traces")
        .tag("result", result);
  }

  /**
   * Begins a span.
   *
   * @param parent {@link TraceParent#NONE}: it begins a trace
   */
  public Span begin(Kind kind, String name, TraceParent parent) {
    return begin(kind, name, parent, 0);
  }

  /**
   * Begins one that began already.
   *
   * @param agoNanos so long ago
   */
  public Span begin(Kind kind, String name, TraceParent parent, long agoNanos) {
    return tracer
        .map(
            it ->
                Span.begun(start(it.spanBuilder(name).setParent(context(parent)), kind, agoNanos)))
        .orElse(Span.NONE);
  }

  /** Begins a trace of its own that something in another has led to. */
  Span beginAfter(Kind kind, String name, TraceParent cause) {
    return tracer
        .map(
            it -> {
              var builder = it.spanBuilder(name).setNoParent();
              if (!cause.isNone()) {
                builder.addLink(spanContext(cause));
              }
              return Span.begun(start(builder, kind, 0));
            })
        .orElse(Span.NONE);
  }

  /** Begins one below another, if that one is shown. */
  public Span below(Span parent, Kind kind, String name) {
    return parent.isNone() ? Span.NONE : begin(kind, name, parent.place());
  }

  private static io.opentelemetry.api.trace.Span start(
      SpanBuilder builder, Kind kind, long agoNanos) {
    if (agoNanos > 0) {
      builder.setStartTimestamp(Clock.getDefault().now() - agoNanos, TimeUnit.NANOSECONDS);
    }
    return builder.setSpanKind(SpanKind.valueOf(kind.name())).startSpan();
  }

  private static Context context(TraceParent parent) {
    return parent.isNone()
        ? Context.root()
        : Context.root().with(io.opentelemetry.api.trace.Span.wrap(spanContext(parent)));
  }

  private static SpanContext spanContext(TraceParent place) {
    return SpanContext.createFromRemoteParent(
        place.traceId(),
        place.spanId(),
        place.isSampled() ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        TraceState.getDefault());
  }

  /** Sends what waits, for a moment at most. */
  @Override
  public void close() {
    provider.ifPresent(it -> it.shutdown().join(LAST_MAX.toMillis(), TimeUnit.MILLISECONDS));
  }
}
