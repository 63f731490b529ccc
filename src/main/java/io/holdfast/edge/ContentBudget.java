package io.holdfast.edge;

import io.holdfast.telemetry.Limits;
import io.holdfast.upstream.Room;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.http.javadsl.model.RequestEntity;

/**
 * How many bytes of content are in this node's hands at once. Requests in flight are limited by
 * number; many large ones, while the database is slow, would take all the memory.
 */
final class ContentBudget implements Room {
  private static final int PART_OF_HEAP = 8;

  private final long max;
  private final AtomicLong taken = new AtomicLong();
  private final LongAdder refused = new LongAdder();

  ContentBudget(MeterRegistry meters) {
    this(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    Gauge.builder("holdfast.requests.content", taken, AtomicLong::get)
        .description("Content of requests in flight")
        .baseUnit("bytes")
        .register(meters);
    Limits.show(meters, "content-of-requests", refused);
  }

  ContentBudget(long max) {
    this.max = max;
  }

  /**
   * Takes what a request's content may need; to be given back with {@link #release}.
   *
   * @param bytesMax longer content is refused, so it needs no more
   * @return nothing when there is no room
   */
  OptionalLong reserve(RequestEntity entity, int bytesMax) {
    var length = entity.getContentLengthOption();
    return reserve(length.isPresent() ? Math.min(length.getAsLong(), bytesMax) : bytesMax);
  }

  OptionalLong reserve(long bytes) {
    if (taken.addAndGet(bytes) <= max) {
      return OptionalLong.of(bytes);
    }
    taken.addAndGet(-bytes);
    refused.increment();
    return OptionalLong.empty();
  }

  void release(long bytes) {
    taken.addAndGet(-bytes);
  }

  @Override
  public boolean take(long bytes) {
    return reserve(bytes).isPresent();
  }

  @Override
  public void giveBack(long bytes) {
    release(bytes);
  }
}
