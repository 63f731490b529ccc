package io.holdfast.resource;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who may answer for what the owners on this node own, and until when on the monotonic clock. Safe
 * for many threads.
 *
 * @param <H> who holds a lease
 */
final class Leases<H> {
  private static final int ENTRIES_MAX = 4096;

  private final Duration lease;
  private final Map<String, Map<H, Long>> holders = new ConcurrentHashMap<>();
  private volatile int cleanedAt = ENTRIES_MAX;

  /**
   * @param lease for how long each of them holds
   */
  Leases(Duration lease) {
    this.lease = lease;
  }

  /** Lets one who asked answer for an entity from now on. */
  void grant(String entityId, H holder, long now) {
    if (holders.size() > cleanedAt) {
      holders.values().removeIf(them -> longest(them, now) <= 0);
      cleanedAt = Math.max(ENTRIES_MAX, holders.size() * 2);
    }
    holders.compute(entityId, (id, them) -> with(them, holder, now));
  }

  private Map<H, Long> with(Map<H, Long> old, H holder, long now) {
    var them = unexpired(old, now);
    them.put(holder, now + lease.toNanos());
    return Map.copyOf(them);
  }

  private Map<H, Long> unexpired(Map<H, Long> old, long now) {
    var them = new HashMap<H, Long>();
    if (old != null) {
      old.forEach(
          (holder, until) -> {
            if (until - now > 0) {
              them.put(holder, until);
            }
          });
    }
    return them;
  }

  private long longest(Map<H, Long> them, long now) {
    return them.values().stream().mapToLong(until -> until - now).max().orElse(0);
  }

  /** Who may answer for an entity now. */
  Set<H> holders(String entityId, long now) {
    return unexpired(holders.get(entityId), now).keySet();
  }

  /** For how long somebody may still answer for an entity. */
  Duration remaining(String entityId, long now) {
    var them = holders.get(entityId);
    return them == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, longest(them, now)));
  }

  /**
   * One who was let answer does so no more.
   *
   * @param asOf when it was asked to: what it was let since then goes on
   * @return false if it was not let
   */
  boolean returned(String entityId, H holder, long asOf) {
    var was = new boolean[1];
    holders.computeIfPresent(
        entityId,
        (id, old) -> {
          var them = new HashMap<>(old);
          var until = them.get(holder);
          if (until != null && until - lease.toNanos() - asOf <= 0) {
            was[0] = true;
            them.remove(holder);
          }
          return them.isEmpty() ? null : Map.copyOf(them);
        });
    return was[0];
  }

  int size() {
    return holders.size();
  }
}
