package io.holdfast.telemetry;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spans that wait to be sent, bounded; counts what became of them, and says when they cannot be
 * sent: at most once a minute.
 */
final class SentSpans {
  private static final Logger log = LoggerFactory.getLogger(Tracing.class);
  private static final Duration SAY_EVERY = Duration.ofMinutes(1);

  private final int waitingMax;
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - SAY_EVERY.toNanos());

  /**
   * @param waitingMax beyond it they are dropped
   */
  SentSpans(int waitingMax) {
    this.waitingMax = waitingMax;
  }

  long dropped() {
    return dropped.get();
  }

  long sent() {
    return sent.get();
  }

  long failed() {
    return failed.get();
  }

  /** What gives spans on as long as there is room for them. */
  SpanProcessor bounding(SpanProcessor batches) {
    return new SpanProcessor() {
      @Override
      public void onStart(Context parent, ReadWriteSpan span) {}

      @Override
      public boolean isStartRequired() {
        return false;
      }

      @Override
      public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
          return;
        }
        if (waiting.incrementAndGet() > waitingMax) {
          waiting.decrementAndGet();
          dropped.incrementAndGet();
        } else {
          batches.onEnd(span);
        }
      }

      @Override
      public boolean isEndRequired() {
        return true;
      }

      @Override
      public CompletableResultCode shutdown() {
        return batches.shutdown();
      }

      @Override
      public CompletableResultCode forceFlush() {
        return batches.forceFlush();
      }
    };
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
    waiting.addAndGet(-count);
    if (success) {
      sent.addAndGet(count);
      return;
    }
    failed.addAndGet(count);
    long said = saidNanos.get();
    long now = System.nanoTime();
    if (now - said >= SAY_EVERY.toNanos() && saidNanos.compareAndSet(said, now)) {
      log.warn(
          "{} spans were not taken at {}, see holdfast.tracing.endpoint; {} in all so far",
          count,
          endpoint.getAuthority(),
          failed.get());
    }
  }
}
