package io.holdfast.resource;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.holdfast.resource.Copies.Copy;
import java.util.Optional;

/**
 * Representations that their owners vouch for a little longer ({@link ReadLeases}): this node gives
 * them as current without asking. Only documents that are read very often have one, so there are
 * few. Bounded in bytes. Safe for many threads.
 */
public final class VouchedCopies {
  private static final long BYTES_MAX = 16L << 20;
  private static final int ENTRY_BYTES = 512;

  private final Cache<String, Vouched> copies =
      Caffeine.newBuilder()
          .maximumWeight(BYTES_MAX)
          .weigher((String id, Vouched it) -> it.copy().content().length + ENTRY_BYTES)
          .expireAfterWrite(ReadLeases.LEASE)
          .executor(Runnable::run)
          .build();

  /**
   * @param asked when the request left this node that the owner answered: the time counts from
   *     then, whatever the answer's way took
   */
  private record Vouched(Copy copy, long askedNanos, long askedMillis) {
    /** By both clocks, since a suspended machine stops one of them. */
    boolean holds() {
      return System.nanoTime() - askedNanos < ReadLeases.LEASE.toNanos()
          && Math.abs(System.currentTimeMillis() - askedMillis) < ReadLeases.LEASE.toMillis();
    }
  }

  /** The copy that may be given as current now. */
  public Optional<Copy> find(String entityId) {
    var vouched = copies.getIfPresent(entityId);
    return vouched != null && vouched.holds() ? Optional.of(vouched.copy()) : Optional.empty();
  }

  /** Keeps what an owner vouches for. */
  public void keep(String entityId, Copy copy, long askedNanos, long askedMillis) {
    copies
        .asMap()
        .merge(
            entityId,
            new Vouched(copy, askedNanos, askedMillis),
            (old, fresh) ->
                fresh.copy().version().compareTo(old.copy().version()) > 0
                        || fresh.askedNanos() - old.askedNanos() > 0
                    ? fresh
                    : old);
  }

  /** Gives it as current no more: its owner is about to change it. */
  public void drop(String entityId) {
    copies.invalidate(entityId);
  }

  /** How many there are that have not run out. */
  long count() {
    copies.cleanUp();
    return copies.estimatedSize();
  }
}
