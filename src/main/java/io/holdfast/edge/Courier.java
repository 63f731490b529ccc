package io.holdfast.edge;

import io.holdfast.resource.Document;
import io.holdfast.resource.Passage;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent.ClusterDomainEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberDowned;
import org.apache.pekko.cluster.ClusterEvent.MemberEvent;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.ClusterEvent.ReachabilityEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries commands to the owners of documents and their replies back. It holds what is not
 * answered, and sends it again, under the same request key, when a member is gone or time has
 * passed, until the request's deadline.
 *
 * <p>A few of them live on each node for the node's whole life. If one restarts, the exchanges in
 * its hands end as not answered.
 *
 * <p>Bounded: beyond {@code http.held-max} exchanges that wait for owners, a read that would have
 * to wait ends, and a write is turned away if others wait for an owner of its shard, which does not
 * answer; whose owner is well gets through. Duplicates do no harm: a write is recognised by its
 * key, a read has no effect.
 */
public final class Courier extends AbstractBehavior<Courier.Command> {
  private static final Logger log = LoggerFactory.getLogger(Courier.class);
  private static final Duration TICK = Duration.ofMillis(20);

  /** Sharding may drop what it buffers during a hand-over, without a word. */
  private static final Duration RESEND_AFTER_MIN = Duration.ofMillis(500);

  private static final Duration RESEND_AFTER_MAX = Duration.ofSeconds(2);

  /**
   * After a removal the new owner is found within some of these, or up to half as long again: not
   * all couriers of all nodes ask at the same moment.
   */
  private static final long[] RESEND_AFTER_REMOVAL_MILLIS = {20, 100, 300, 700};

  /** For so long after a change of the members owners may be on their way. */
  private static final Duration UNSETTLED_FOR = Duration.ofSeconds(10);

  /** Makes the command for one attempt. */
  @FunctionalInterface
  public interface Attempt {
    /**
     * @param attempt how often the command is sent, this time included
     * @param passage of a write
     */
    Document.Command command(
        int attempt, Passage passage, long exchange, ActorRef<Document.Reply> replyTo);
  }

  /** How an exchange ended. */
  public sealed interface Outcome {
    /**
     * @param attempts how often the command was sent
     */
    record Answered(Document.Reply reply, int attempts) implements Outcome {}

    /** Nobody answered in time. */
    record NotAnswered(Fate fate) implements Outcome {}

    /** Too many exchanges wait already. */
    record Shed() implements Outcome {}
  }

  /** What is known of a write that nobody has answered. */
  public enum Fate {
    /** It was not carried out and will not be. */
    NOT_CARRIED_OUT,
    /** It waited for an earlier request under its key, and that has no answer either. */
    BEHIND_ANOTHER,
    UNKNOWN
  }

  /** What a courier is told. */
  public sealed interface Command {}

  /**
   * Carry this.
   *
   * @param patience how long to wait for the answer
   * @param copyAfter how long to wait for an owner that moves when a copy would do; empty: to the
   *     end
   * @param proofOnly an answer that is not proved to be current is of no use
   */
  public record Carry(
      Kind kind,
      Attempt attempt,
      Duration patience,
      Optional<Duration> copyAfter,
      boolean proofOnly,
      CompletableFuture<Outcome> outcome)
      implements Command {
    /** A command that has to be answered as soon as can be. */
    public static Carry of(
        Kind kind, Attempt attempt, Duration patience, CompletableFuture<Outcome> outcome) {
      return new Carry(kind, attempt, patience, Optional.empty(), false, outcome);
    }
  }

  /** What is carried. */
  public enum Kind {
    /** Has nothing to wait for while the database is away. */
    READ,
    WRITE,
    /** Waits by intent: is not held, and sent again only in case its owner has moved. */
    WATCH
  }

  /** The life of this node is over: nothing is waited for any more. */
  public enum GiveUp implements Command {
    NOW
  }

  private record Arrived(Document.Reply reply) implements Command {}

  private record MembersChange(boolean gone) implements Command {}

  private enum TellHeld implements Command {
    NOW
  }

  private record SendAgain(int step) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  /**
   * What the couriers of a node share.
   *
   * @param toOwner sends a command to the owner of its document, wherever that is
   * @param vouched what owners take back here
   * @param held which exchanges wait on this node
   */
  public record Surroundings(
      Consumer<Document.Command> toOwner,
      Function<String, Integer> shardOf,
      VouchedCopies vouched,
      BooleanSupplier databaseAway,
      Held held,
      Counter resent,
      Counter shed) {
    public static Surroundings create(
        Consumer<Document.Command> toOwner,
        Function<String, Integer> shardOf,
        VouchedCopies vouched,
        BooleanSupplier databaseAway,
        int heldMax,
        MeterRegistry meters,
        Failover failover) {
      var held = new Held(heldMax, meters, failover);
      var resent =
          Counter.builder("holdfast.requests.resent")
              .description("Commands sent again to an owner")
              .register(meters);
      var shed =
          Counter.builder("holdfast.requests.shed")
              .description("Requests that could not wait for an owner, since too many did")
              .tag("reason", "held-max")
              .register(meters);
      return new Surroundings(toOwner, shardOf, vouched, databaseAway, held, resent, shed);
    }
  }

  private final Surroundings surroundings;
  private final ActorRef<Document.Reply> replies;
  private final TimerScheduler<Command> timers;
  private final Map<Long, Exchange> exchanges = new HashMap<>();
  private final ResendTimeout resendTimeout = new ResendTimeout(RESEND_AFTER_MIN, RESEND_AFTER_MAX);
  private long lastExchange = ThreadLocalRandom.current().nextLong();
  private boolean over;
  private long unsettledUntilNanos = System.nanoTime() + UNSETTLED_FOR.toNanos();

  public static Behavior<Command> create(Surroundings surroundings) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Courier(context, timers, surroundings)));
  }

  private Courier(
      ActorContext<Command> context, TimerScheduler<Command> timers, Surroundings surroundings) {
    super(context);
    this.surroundings = surroundings;
    this.timers = timers;
    this.replies = context.messageAdapter(Document.Reply.class, Arrived::new);
    var subscriptions = Cluster.get(context.getSystem()).subscriptions();
    subscriptions.tell(
        Subscribe.create(
            context.messageAdapter(MemberEvent.class, Courier::change), MemberEvent.class));
    subscriptions.tell(
        Subscribe.create(
            context.messageAdapter(ReachabilityEvent.class, Courier::change),
            ReachabilityEvent.class));
  }

  private static Command change(ClusterDomainEvent event) {
    return new MembersChange(event instanceof MemberRemoved || event instanceof MemberDowned);
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Carry.class, this::onCarry)
        .onMessage(Arrived.class, this::onArrived)
        .onMessage(MembersChange.class, this::onMembersChange)
        .onMessage(SendAgain.class, this::onSendAgain)
        .onMessage(Tick.class, tick -> onTick())
        .onMessage(TellHeld.class, tell -> onTellHeld())
        .onMessage(GiveUp.class, giveUp -> onGiveUp())
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onEnd())
        .build();
  }

  private Behavior<Command> onEnd() {
    List.copyOf(exchanges.values()).forEach(this::endUnanswered);
    return this;
  }

  private Behavior<Command> onGiveUp() {
    over = true;
    List.copyOf(exchanges.values()).forEach(this::endUnanswered);
    return this;
  }

  private void endUnanswered(Exchange exchange) {
    end(exchange, new Outcome.NotAnswered(exchange.giveUp()));
  }

  private Behavior<Command> onCarry(Carry carry) {
    var exchange = new Exchange(++lastExchange, carry, System.nanoTime());
    if (over) {
      endUnanswered(exchange);
      return this;
    }
    var command = exchange.command(replies);
    int shard = surroundings.shardOf().apply(command.entityId());
    exchange.isOf(shard);
    exchanges.put(exchange.id(), exchange);
    if (!timers.isTimerActive(Tick.TICK)) {
      timers.startTimerWithFixedDelay(Tick.TICK, TICK);
    }
    if (carry.kind() == Kind.WRITE && surroundings.held().isTooMuchFor(shard)) {
      shed(exchange);
    } else {
      send(exchange, command);
    }
    return this;
  }

  private void shed(Exchange exchange) {
    surroundings.shed().increment();
    if (exchange.carry().copyAfter().isEmpty()) { // else a copy is the answer
      surroundings.held().turnedAway(System.nanoTime());
      tellHeldSoon();
    }
    end(exchange, new Outcome.Shed());
  }

  private void tellHeldSoon() {
    timers.startSingleTimer(TellHeld.NOW, TellHeld.NOW, Held.QUIET);
  }

  private Behavior<Command> onTellHeld() {
    surroundings.held().over(System.nanoTime()).ifPresent(Courier::tell);
    return this;
  }

  /** How the failover ended for clients of this node. */
  private static void tell(Held.Told told) {
    var story = told.story();
    log.atInfo()
        .addKeyValue("step", "answered")
        .addKeyValue("held", story.held())
        .addKeyValue("failed", story.failed())
        .addKeyValue("millis", told.sinceSign().toMillis())
        .log(
            "{} requests failed, {} held: the last was answered after {} ms, the longest took {} ms",
            story.failed(),
            story.held(),
            told.sinceSign().toMillis(),
            Duration.ofNanos(story.longestNanos()).toMillis());
  }

  private Behavior<Command> onArrived(Arrived arrived) {
    if (arrived.reply() instanceof Document.Recall recall) {
      surroundings.vouched().drop(recall.entityId());
      recall.owner().tell(new Document.Returned(recall.entityId(), replies));
      return this;
    }
    var exchange = exchanges.get(arrived.reply().exchange());
    if (exchange == null) {
      return this;
    }
    long now = System.nanoTime();
    boolean away = surroundings.databaseAway().getAsBoolean();
    if (exchange.isAnsweredBy(arrived.reply(), away, now)) {
      if (exchange.tellsHowFastOwnersAre()) {
        resendTimeout.answered(exchange.age(now));
      }
      end(exchange, new Outcome.Answered(arrived.reply(), exchange.attempts()));
    }
    return this;
  }

  private Behavior<Command> onMembersChange(MembersChange change) {
    unsettledUntilNanos = System.nanoTime() + UNSETTLED_FOR.toNanos();
    exchanges.values().forEach(Exchange::membersChanged);
    return change.gone() ? onSendAgain(new SendAgain(0)) : this;
  }

  private Behavior<Command> onSendAgain(SendAgain sendAgain) {
    int step = sendAgain.step();
    if (step > 0) {
      exchanges.values().forEach(this::resend);
    }
    if (step < RESEND_AFTER_REMOVAL_MILLIS.length) {
      long delay = RESEND_AFTER_REMOVAL_MILLIS[step];
      delay += ThreadLocalRandom.current().nextLong(delay / 2);
      timers.startSingleTimer(SendAgain.class, new SendAgain(step + 1), Duration.ofMillis(delay));
    }
    return this;
  }

  private Behavior<Command> onTick() {
    long now = System.nanoTime();
    boolean away = surroundings.databaseAway().getAsBoolean();
    boolean settled = now - unsettledUntilNanos >= 0;
    for (var exchange : new ArrayList<>(exchanges.values())) {
      carryOn(exchange, exchange.next(now, away, settled));
    }
    if (exchanges.isEmpty()) {
      timers.cancel(Tick.TICK); // a node at rest is not woken for nothing
    }
    return this;
  }

  private void carryOn(Exchange exchange, Exchange.Next next) {
    switch (next) {
      case WAIT -> {}
      case GIVE_UP -> endUnanswered(exchange);
      case REFUSE -> {
        var notNow = new Document.NotNow(exchange.id(), Standing.DATABASE_AWAY);
        end(exchange, new Outcome.Answered(notNow, exchange.attempts()));
      }
      case ASK_AGAIN, SEND_AGAIN -> resend(exchange);
      case HOLD -> hold(exchange);
    }
  }

  /** A write was sent: it is held whatever the limit, which turns away those after it. */
  private void hold(Exchange exchange) {
    if (exchange.kind() == Kind.READ && surroundings.held().isFull()) {
      shed(exchange);
    } else {
      exchange.hold();
      surroundings.held().add(exchange.shard());
    }
  }

  private void resend(Exchange exchange) {
    if (exchange.kind() != Kind.WATCH) {
      surroundings.resent().increment();
    }
    send(exchange, exchange.command(replies));
  }

  private void send(Exchange exchange, Document.Command command) {
    long wait = resendTimeout.nanos(exchange.unanswered());
    long jitter = ThreadLocalRandom.current().nextLong(wait / 4);
    exchange.sent(System.nanoTime(), wait + jitter);
    surroundings.toOwner().accept(command);
  }

  private void end(Exchange exchange, Outcome outcome) {
    exchanges.remove(exchange.id());
    if (exchange.isHeld()) {
      long now = System.nanoTime();
      surroundings
          .held()
          .remove(exchange.shard(), isAnswered(exchange, outcome), exchange.age(now), now);
      tellHeldSoon();
    }
    exchange.carry().outcome().complete(outcome);
  }

  /** By an owner; or, where a copy would do, by that. */
  private static boolean isAnswered(Exchange exchange, Outcome outcome) {
    return outcome instanceof Outcome.Answered answered
        ? !(answered.reply() instanceof Document.NotNow)
        : exchange.carry().copyAfter().isPresent();
  }
}
