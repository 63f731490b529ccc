package io.holdfast.edge;

import io.holdfast.resource.Representation;
import io.holdfast.resource.ServedCopies;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node's edge asks the owners of stored responses, and their replies. A question has no
 * time limit here: whoever asks goes on without an owner that does not answer, and still hears of a
 * late reply, because an owner may have told it to fetch. For one life of a node. Safe for many
 * threads.
 */
public final class Inquiries {
  /** Replies that come so long after nobody waits for them any more are not heard. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(Inquiries.class);

  private static final int SILENT_FROM = 16;

  private final Map<Long, Open> open = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong(ThreadLocalRandom.current().nextLong());
  private final Consumer<Representation.Command> toOwner;
  private final ActorRef<Representation.Reply> replies;
  private final AtomicInteger unanswered = new AtomicInteger();
  private volatile boolean over;

  private record Open(Consumer<Representation.Reply> listener, long untilNanos) {}

  /**
   * @param toOwner sends a command to the owner of its target, wherever that is
   * @param copies what owners take back
   */
  static Inquiries start(
      Edge.Spawner spawner, Consumer<Representation.Command> toOwner, ServedCopies copies) {
    var made = new CompletableFuture<Inquiries>();
    var replies =
        spawner.spawn(
            Behaviors.<Representation.Reply>setup(
                context ->
                    Behaviors.receiveMessage(
                        reply -> {
                          made.thenAccept(
                              inquiries -> inquiries.replied(reply, copies, context.getSelf()));
                          return Behaviors.same();
                        })),
            "inquiries");
    var inquiries = new Inquiries(toOwner, replies);
    made.complete(inquiries);
    return inquiries;
  }

  private Inquiries(
      Consumer<Representation.Command> toOwner, ActorRef<Representation.Reply> replies) {
    this.toOwner = toOwner;
    this.replies = replies;
  }

  private void replied(
      Representation.Reply reply, ServedCopies copies, ActorRef<Representation.Reply> self) {
    if (reply instanceof Representation.Drop drop) {
      if (drop.invalid()) {
        copies.drop(drop.target());
      } else {
        copies.recall(drop.target());
      }
      drop.owner().tell(new Representation.Returned(drop.target(), drop.asOf(), self));
      return;
    }
    unanswered.set(0);
    var listener = open.get(reply.exchange());
    if (listener != null) {
      hear(listener, reply);
    }
  }

  /** One that fails is no reason to be deaf to all. */
  private static void hear(Open open, Representation.Reply reply) {
    try {
      open.listener().accept(reply);
    } catch (RuntimeException e) {
      log.error("A reply of an owner could not be taken", e);
    }
  }

  /**
   * A question is going to be asked.
   *
   * @param listener hears all replies to it, on another thread
   * @param patience for how long somebody waits for them
   * @return its number
   */
  long begin(Consumer<Representation.Reply> listener, Duration patience) {
    long number = last.incrementAndGet();
    long now = System.nanoTime();
    open.put(number, new Open(listener, now + patience.plus(FORGOTTEN_AFTER).toNanos()));
    if (number % 1024 == 0) {
      open.values().removeIf(it -> now - it.untilNanos() > 0);
    }
    return number;
  }

  /** Replies to it are heard by another from now on. */
  void hear(long number, Consumer<Representation.Reply> listener) {
    open.computeIfPresent(number, (it, before) -> new Open(listener, before.untilNanos()));
  }

  /** Somebody went on without the owner that he has asked. */
  void unanswered() {
    unanswered.incrementAndGet();
  }

  /**
   * Whether no owner at all has answered for some time: so it is while nodes of an earlier version,
   * which know of no such owners, have the oldest among them.
   */
  boolean areAllSilent() {
    return unanswered.get() >= SILENT_FROM;
  }

  /** There is nothing more to hear. */
  void end(long number) {
    open.remove(number);
  }

  /** Who is to be answered. */
  ActorRef<Representation.Reply> replies() {
    return replies;
  }

  void tell(Representation.Message message) {
    if (!over) {
      toOwner.accept(message);
    }
  }

  /** This life of the node is over. */
  void giveUp() {
    over = true;
  }

  boolean isOver() {
    return over;
  }
}
