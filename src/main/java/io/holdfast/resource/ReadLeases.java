package io.holdfast.resource;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the owners on this node have vouched for: a document that is read very often lets the nodes
 * that ask give their copy as current for some milliseconds. Before its next write is committed,
 * all that time has run out. Kept beside the documents, so that one which leaves memory and comes
 * back still knows. Safe for many threads.
 */
public final class ReadLeases {
  /** Longer than a busy machine takes to answer; a write to such a document waits no longer. */
  public static final Duration LEASE = Duration.ofMillis(30);

  /** A write that has waited comes again within this time, and meanwhile nothing is vouched for. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final int ENTRIES_MAX = 4096;

  /** On the monotonic clock. */
  private record Entry(long leasedUntil, long pausedUntil) {}

  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final Counter granted;
  private final Timer waited;

  public ReadLeases(MeterRegistry meters) {
    this.granted =
        Counter.builder("holdfast.documents.leases")
            .description("Times that a document let another node answer for it")
            .register(meters);
    this.waited =
        Timer.builder("holdfast.documents.leases.wait")
            .description("Writes that waited until nobody else answered for their document")
            .register(meters);
  }

  /** Vouches for a document from now on, unless a write waits. */
  boolean grant(String entityId, long now) {
    if (entries.size() > ENTRIES_MAX) {
      entries.values().removeIf(it -> it.leasedUntil() - now < 0 && it.pausedUntil() - now < 0);
    }
    var entry =
        entries.compute(
            entityId,
            (id, old) ->
                old != null && old.pausedUntil() - now > 0
                    ? old
                    : new Entry(now + LEASE.toNanos(), now));
    boolean isGranted = entry.pausedUntil() - now <= 0;
    if (isGranted) {
      granted.increment();
    }
    return isGranted;
  }

  int size() {
    return entries.size();
  }

  /** For how long a write has to wait; from now on nothing is vouched for until it comes again. */
  Duration pause(String entityId, long now) {
    var entry = entries.get(entityId);
    if (entry == null || entry.leasedUntil() - now <= 0) {
      return Duration.ZERO;
    }
    entries.put(entityId, new Entry(entry.leasedUntil(), entry.leasedUntil() + PAUSE.toNanos()));
    var wait = Duration.ofNanos(entry.leasedUntil() - now);
    waited.record(wait);
    return wait;
  }
}
