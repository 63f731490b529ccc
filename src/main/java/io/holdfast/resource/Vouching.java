package io.holdfast.resource;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * How one document, as long as it is read very often, lets the nodes that ask answer for it, and
 * what of its writes waits until they do so no more: until each has given its copy back, or their
 * time has run out ({@link ReadLeases}). Of one actor.
 */
final class Vouching {
  /** Read more often than so many times in this time, a document lets other nodes answer. */
  private static final int OFTEN = 10;

  private static final Duration COUNT_FOR = Duration.ofMillis(50);

  private final String entityId;
  private final ActorContext<Document.Command> context;
  private final Document.Surroundings surroundings;
  private final Deque<Document.Change> waiting = new ArrayDeque<>();
  private long waitingSinceNanos;
  private long countedSinceNanos = System.nanoTime();
  private int counted;

  Vouching(
      String entityId, ActorContext<Document.Command> context, Document.Surroundings surroundings) {
    this.entityId = entityId;
    this.context = context;
    this.surroundings = surroundings;
  }

  /** Whether one who reads the document may answer for it from now on. */
  boolean begins(ActorRef<Document.Reply> reader) {
    boolean may =
        isReadOften() && waiting.isEmpty() && surroundings.isCurrentFor(entityId, ReadLeases.LEASE);
    if (may) {
      surroundings.leases().grant(entityId, reader, System.nanoTime());
    }
    return may;
  }

  private boolean isReadOften() {
    long now = System.nanoTime();
    if (now - countedSinceNanos > COUNT_FOR.toNanos()) {
      countedSinceNanos = now;
      counted = 0;
    }
    return ++counted > OFTEN;
  }

  /** Whether a write has to wait; it passes none that waits already. */
  boolean goesOn() {
    return !waiting.isEmpty() || !remaining(System.nanoTime()).isZero();
  }

  private Duration remaining(long now) {
    return surroundings.leases().remaining(entityId, now);
  }

  /** Takes everything back for a write, which then comes again. Meanwhile nothing begins. */
  void endFor(Document.Change change) {
    if (waiting.isEmpty()) {
      waitingSinceNanos = System.nanoTime();
      var recall = new Document.Recall(entityId, context.getSelf());
      surroundings
          .leases()
          .holders(entityId, waitingSinceNanos)
          .forEach(holder -> holder.tell(recall));
      lookAgainAfter(remaining(waitingSinceNanos));
    }
    waiting.add(change);
  }

  private void lookAgainAfter(Duration remaining) {
    ActorRef<Document.Reply> nobody = context.getSystem().ignoreRef();
    context.scheduleOnce(remaining, context.getSelf(), new Document.Returned(entityId, nobody));
  }

  /** Somebody answers no more, or the time of all may be over. */
  void returned(Document.Returned returned) {
    surroundings.leases().returned(entityId, returned.replyTo());
    if (waiting.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    var remaining = remaining(now);
    if (remaining.isZero()) {
      surroundings.leases().waited(Duration.ofNanos(now - waitingSinceNanos));
      waiting.forEach(context.getSelf()::tell);
      waiting.clear();
    } else if (isTimeOver(returned)) {
      lookAgainAfter(remaining);
    }
  }

  private boolean isTimeOver(Document.Returned returned) {
    return returned.replyTo().equals(context.getSystem().<Document.Reply>ignoreRef());
  }
}
