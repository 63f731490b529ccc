package io.holdfast.resource;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the owners on this node have vouched for: a document that is read very often lets the nodes
 * that ask give their copy as current for some milliseconds. Before its next write is committed,
 * each of them has given its copy back, or that time has run out. Kept beside the documents, so
 * that one which leaves memory and comes back still knows. Safe for many threads.
 */
public final class ReadLeases {
  /** Longer than a busy machine takes to answer; a write to such a document waits no longer. */
  public static final Duration LEASE = Duration.ofMillis(30);

  private static final int ENTRIES_MAX = 4096;

  /** By document: who may answer for it, and until when on the monotonic clock. */
  private final Map<String, Map<ActorRef<Document.Reply>, Long>> holders =
      new ConcurrentHashMap<>();

  private final Counter granted;
  private final Counter returned;
  private final Timer waited;

  public ReadLeases(MeterRegistry meters) {
    this.granted =
        Counter.builder("holdfast.documents.leases")
            .description("Times that a document let another node answer for it")
            .register(meters);
    this.returned =
        Counter.builder("holdfast.documents.leases.returned")
            .description("Copies that were given back before their time because of a write")
            .register(meters);
    this.waited =
        Timer.builder("holdfast.documents.leases.wait")
            .description("Writes that waited until nobody else answered for their document")
            .publishPercentiles(0.5, 0.99)
            .register(meters);
  }

  /** Lets one who asked answer for a document from now on. */
  void grant(String entityId, ActorRef<Document.Reply> holder, long now) {
    if (holders.size() > ENTRIES_MAX) {
      holders.values().removeIf(them -> longest(them, now) <= 0);
    }
    holders.compute(entityId, (id, them) -> with(them, holder, now));
    granted.increment();
  }

  private static Map<ActorRef<Document.Reply>, Long> with(
      Map<ActorRef<Document.Reply>, Long> old, ActorRef<Document.Reply> holder, long now) {
    var them = unexpired(old, now);
    them.put(holder, now + LEASE.toNanos());
    return Map.copyOf(them);
  }

  private static Map<ActorRef<Document.Reply>, Long> unexpired(
      Map<ActorRef<Document.Reply>, Long> old, long now) {
    var them = new HashMap<ActorRef<Document.Reply>, Long>();
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

  private static long longest(Map<ActorRef<Document.Reply>, Long> them, long now) {
    return them.values().stream().mapToLong(until -> until - now).max().orElse(0);
  }

  /** Who may answer for a document now. */
  Set<ActorRef<Document.Reply>> holders(String entityId, long now) {
    return unexpired(holders.get(entityId), now).keySet();
  }

  /** For how long somebody may still answer for a document. */
  Duration remaining(String entityId, long now) {
    var them = holders.get(entityId);
    return them == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, longest(them, now)));
  }

  /** One who was let answer does so no more. */
  void returned(String entityId, ActorRef<Document.Reply> holder) {
    holders.computeIfPresent(
        entityId,
        (id, old) -> {
          var them = new HashMap<>(old);
          if (them.remove(holder) != null) {
            returned.increment();
          }
          return them.isEmpty() ? null : Map.copyOf(them);
        });
  }

  /** A write has waited for that. */
  void waited(Duration time) {
    waited.record(time);
  }

  int size() {
    return holders.size();
  }
}
