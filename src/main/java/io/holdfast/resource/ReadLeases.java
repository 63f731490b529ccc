package io.holdfast.resource;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
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

  private final Leases<ActorRef<Document.Reply>> leases = new Leases<>(LEASE);
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
    leases.grant(entityId, holder, now);
    granted.increment();
  }

  /** Who may answer for a document now. */
  Set<ActorRef<Document.Reply>> holders(String entityId, long now) {
    return leases.holders(entityId, now);
  }

  /** For how long somebody may still answer for a document. */
  Duration remaining(String entityId, long now) {
    return leases.remaining(entityId, now);
  }

  /** One who was let answer does so no more. */
  void returned(String entityId, ActorRef<Document.Reply> holder) {
    // Nothing begins between the recall and this: a write waits.
    if (leases.returned(entityId, holder, System.nanoTime())) {
      returned.increment();
    }
  }

  /** A write has waited for that. */
  void waited(Duration time) {
    waited.record(time);
  }

  int size() {
    return leases.size();
  }
}
