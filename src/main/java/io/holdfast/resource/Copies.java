package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Instant;
import java.util.Optional;

/**
 * The last known representations that this node served or owned, bounded in bytes: what it answers
 * from, marked, while an owner moves, restarts, or the database is away. Safe for many threads.
 */
public final class Copies {
  /** What an entry costs beside its content: key, record, cache node. */
  private static final int ENTRY_BYTES = 512;

  private final Cache<String, Copy> copies;

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

  public Copies(long bytesMax) {
    this.copies =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((String id, Copy copy) -> copy.content().length + ENTRY_BYTES)
            .build();
  }

  public Optional<Copy> find(String entityId) {
    return Optional.ofNullable(copies.getIfPresent(entityId));
  }

  /** Keeps what an owner gave as current, unless something newer is known. */
  public void keep(String entityId, Copy copy) {
    copies
        .asMap()
        .merge(
            entityId,
            copy,
            (old, fresh) -> fresh.version().compareTo(old.version()) >= 0 ? fresh : old);
  }

  /** How many representations are kept. */
  public long count() {
    return copies.estimatedSize();
  }
}
