package io.holdfast.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;

/**
 * Something that takes time and is shown in a trace; or, as what came from another node, only its
 * place there. Safe for many threads.
 */
public final class Span {
  /** Nothing is shown. */
  public static final Span NONE =
      new Span(io.opentelemetry.api.trace.Span.getInvalid(), TraceParent.NONE);

  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final io.opentelemetry.api.trace.Span span;
  private final TraceParent place;

  private Span(io.opentelemetry.api.trace.Span span, TraceParent place) {
    this.span = span;
    this.place = place;
  }

  static Span begun(io.opentelemetry.api.trace.Span span) {
    var context = span.getSpanContext();
    return new Span(
        span, TraceParent.of(context.getTraceId(), context.getSpanId(), context.isSampled()));
  }

  /** One of another node, under which others may be begun. */
  public static Span elsewhere(TraceParent place) {
    return place.isNone() ? NONE : new Span(NONE.span, place);
  }

  /** Where it is, for those below it. */
  public TraceParent place() {
    return place;
  }

  public boolean isNone() {
    return place.isNone();
  }

  /** A fact about it, under a name of OpenTelemetry's semantic conventions or of ours. */
  public Span with(String key, String value) {
    span.setAttribute(key, value);
    return this;
  }

  /** A fact about it. */
  public Span with(String key, long value) {
    span.setAttribute(key, value);
    return this;
  }

  /**
   * It failed.
   *
   * @param type a word of few
   */
  public Span failed(String type) {
    span.setAttribute(ERROR, type);
    span.setStatus(StatusCode.ERROR);
    return this;
  }

  /** It is over now. */
  public void end() {
    span.end();
  }

  @Override
  public String toString() {
    return "Span[" + place.text() + "]";
  }
}
