package io.holdfast.resource;

import io.holdfast.resource.Copies.Copy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Representations that their owners vouch for a little longer ({@link ReadLeases}): this node gives
 * them as current without asking. Only documents that are read very often have one, so there are
 * few. Safe for many threads.
 */
public final class VouchedCopies {
  private static final int COPIES_MAX = 256;

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

  private final Map<String, Vouched> copies = new ConcurrentHashMap<>();

  /** The copy that may be given as current now. */
  public Optional<Copy> find(String entityId) {
    var vouched = copies.get(entityId);
    return vouched != null && vouched.holds() ? Optional.of(vouched.copy()) : Optional.empty();
  }

  /** Keeps what an owner vouches for, and forgets what no owner does any more. */
  public void keep(String entityId, Copy copy, long askedNanos, long askedMillis) {
    if (copies.size() >= COPIES_MAX) {
      copies.values().removeIf(it -> !it.holds());
    }
    if (copies.size() < COPIES_MAX || copies.containsKey(entityId)) {
      copies.merge(
          entityId,
          new Vouched(copy, askedNanos, askedMillis),
          (old, fresh) ->
              fresh.copy().version().compareTo(old.copy().version()) > 0
                      || fresh.askedNanos() - old.askedNanos() > 0
                  ? fresh
                  : old);
    }
  }
}
