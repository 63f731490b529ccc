package io.holdfast.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the spans that were sent, and says when they cannot be: at most once a minute. */
final class SentSpans {
  private static final Logger log = LoggerFactory.getLogger(Tracing.class);
  private static final Duration SAY_EVERY = Duration.ofMinutes(1);

  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - SAY_EVERY.toNanos());

  long sent() {
    return sent.get();
  }

  long failed() {
    return failed.get();
  }

  SpanExporter counting(SpanExporter exporter, URI endpoint) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        var result = exporter.export(spans);
        return result.whenComplete(() -> over(result.isSuccess(), count, endpoint));
      }

      @Override
      public CompletableResultCode flush() {
        return exporter.flush();
      }

      @Override
      public CompletableResultCode shutdown() {
        return exporter.shutdown();
      }
    };
  }

  private void over(boolean success, int count, URI endpoint) {
    if (success) {
      sent.addAndGet(count);
      return;
    }
    failed.addAndGet(count);
    long said = saidNanos.get();
    long now = System.nanoTime();
    if (now - said >= SAY_EVERY.toNanos() && saidNanos.compareAndSet(said, now)) {
      log.warn(
          "{} spans were not taken by {}, see holdfast.tracing.endpoint; {} in all so far",
          count,
          endpoint,
          failed.get());
    }
  }
}
