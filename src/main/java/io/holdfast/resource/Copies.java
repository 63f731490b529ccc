package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The last known representations that this node served or owned, bounded in bytes: what it answers
 * from, marked, while an owner moves, restarts, or the database is away. Safe for many threads.
 */
public final class Copies {
  /** What an entry costs beside its content: key, record, cache node. */
  private static final int ENTRY_BYTES = 512;

  private final Cache<String, Kept> copies;
  private final LongAdder evicted = new LongAdder();
  private final LongSupplier generation;
  private final Lost lost;

  /**
   * A representation as this node last knew it.
   *
   * @param exists false: the document was known not to exist
   * @param knownAt when the owner last gave it as current
   */
  public record Copy(
      boolean exists,
      byte[] content,
      DocumentVersion version,
      Instant modifiedAt,
      Instant knownAt) {}

  /** Told of versions that are no more: a change of the database's history has undone them. */
  @FunctionalInterface
  public interface Lost {
    /**
     * @param version that was known here
     * @param now what the document is instead
     */
    void found(String entityId, DocumentVersion version, DocumentVersion now);
  }

  /**
   * @param generation of the database's history that was known when it was kept
   */
  private record Kept(Copy copy, long generation) {
    boolean isNewerThan(Copy other) {
      return copy.version().compareTo(other.version()) > 0;
    }
  }

  /**
   * @param generation of the database's history now
   */
  public Copies(long bytesMax, LongSupplier generation, Lost lost) {
    this.generation = generation;
    this.lost = lost;
    this.copies =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((String id, Kept kept) -> kept.copy().content().length + ENTRY_BYTES)
            .evictionListener((id, kept, cause) -> evicted.increment())
            .build();
  }

  /** Of a database whose history does not change. */
  public Copies(long bytesMax) {
    this(bytesMax, () -> 0, (entityId, version, now) -> {});
  }

  /** Publishes how many had to leave. */
  public Copies bindTo(MeterRegistry meters, String collection) {
    Limits.show(meters, "documents.%s.copies-max".formatted(collection), evicted);
    return this;
  }

  public Optional<Copy> find(String entityId) {
    return Optional.ofNullable(copies.getIfPresent(entityId)).map(Kept::copy);
  }

  /** Keeps what an owner gave as current, unless something newer of this history is known. */
  public void keep(String entityId, Copy copy) {
    var fresh = new Kept(copy, generation.getAsLong());
    var old = copies.getIfPresent(entityId);
    copies.asMap().merge(entityId, fresh, Copies::newer);
    if (old != null && old.generation() < fresh.generation() && old.isNewerThan(copy)) {
      lost.found(entityId, old.copy().version(), copy.version());
    }
  }

  private static Kept newer(Kept old, Kept fresh) {
    if (old.generation() != fresh.generation()) {
      return old.generation() > fresh.generation() ? old : fresh;
    }
    return old.isNewerThan(fresh.copy()) ? old : fresh;
  }

  /** How many representations are kept. */
  public long count() {
    return copies.estimatedSize();
  }
}
