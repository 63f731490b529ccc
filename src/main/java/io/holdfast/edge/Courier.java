package io.holdfast.edge;

import io.holdfast.resource.Document;
import io.holdfast.resource.Passage;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
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
  private static final Duration TICK = Duration.ofMillis(50);

  /** An exchange older than this waits for its owner: it is held. */
  private static final Duration HELD_AFTER = Duration.ofMillis(200);

  /** Sharding may drop what it buffers during a hand-over, without a word. */
  private static final Duration RESEND_AFTER_MIN = Duration.ofSeconds(1);

  private static final Duration RESEND_AFTER_MAX = Duration.ofSeconds(2);

  /** After a removal the new owner is found within some of these. */
  private static final long[] RESEND_AFTER_REMOVAL_MILLIS = {20, 100, 300, 700};

  /** For so long after a change of the members owners may be on their way. */
  private static final Duration UNSETTLED_FOR = Duration.ofSeconds(10);

  /** While no owner moves a slow answer is only slow: a copy is given this many times later. */
  private static final int PATIENCE_WHILE_SETTLED = 5;

  /** A database may be back as soon as it went; later than this its absence is the answer. */
  private static final Duration HELD_WHILE_DATABASE_AWAY = Duration.ofMillis(500);

  /** An owner that says "not now" is asked again after this. */
  private static final Duration RESEND_AFTER_NOT_NOW = Duration.ofMillis(150);

  /** An owner that may not know yet that the database is away is asked again after this. */
  private static final Duration ASK_WHILE_DATABASE_AWAY = Duration.ofMillis(250);

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
        MeterRegistry meters) {
      var held = new Held(heldMax);
      Gauge.builder("holdfast.requests.held", held, Held::count)
          .description("Requests that wait for an owner")
          .register(meters);
      var resent =
          Counter.builder("holdfast.requests.resent")
              .description("Commands sent again to an owner")
              .register(meters);
      var shed = meters.counter("holdfast.requests.shed", "reason", "held-max");
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

  /** One command on its way. */
  private static final class Exchange {
    final Carry carry;
    final long id;
    final long startedNanos = System.nanoTime();
    int shard;
    long sentNanos;
    long sendAgainNanos;
    int attempts;
    int unanswered;
    int refusals;
    Passage passage = new Passage();
    boolean behind;
    boolean held;

    Exchange(long id, Carry carry) {
      this.id = id;
      this.carry = carry;
    }

    boolean isOlderThan(Duration age, long now) {
      return now - startedNanos >= age.toNanos();
    }

    boolean isRefused() {
      return refusals == attempts;
    }

    /** Sees to it that no attempt is carried out; false where one may have been already. */
    boolean isCalledOff() {
      return isRefused() || passage.close();
    }

    Fate giveUp() {
      boolean calledOff = isCalledOff();
      return behind ? Fate.BEHIND_ANOTHER : calledOff ? Fate.NOT_CARRIED_OUT : Fate.UNKNOWN;
    }
  }

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
    timers.startTimerWithFixedDelay(Tick.TICK, TICK);
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
    var exchange = new Exchange(++lastExchange, carry);
    if (over) {
      endUnanswered(exchange);
      return this;
    }
    var command = carry.attempt().command(1, exchange.passage, exchange.id, replies);
    exchange.shard = surroundings.shardOf().apply(command.entityId());
    exchanges.put(exchange.id, exchange);
    if (carry.kind() == Kind.WRITE && surroundings.held().isTooMuchFor(exchange.shard)) {
      shed(exchange);
    } else {
      send(exchange, command);
    }
    return this;
  }

  private void shed(Exchange exchange) {
    surroundings.shed().increment();
    end(exchange, new Outcome.Shed());
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
    if (arrived.reply() instanceof Document.Behind) {
      exchange.behind = true;
      return this;
    }
    if (exchange.carry.kind() == Kind.READ && mayBeProvedLater(exchange, arrived.reply())) {
      exchange.sendAgainNanos = System.nanoTime() + RESEND_AFTER_NOT_NOW.toNanos();
      return this;
    }
    if (arrived.reply() instanceof Document.NotNow notNow && waits(exchange, notNow)) {
      return this;
    }
    if (exchange.attempts == 1 || isFinal(arrived.reply())) {
      learn(exchange);
      end(exchange, new Outcome.Answered(arrived.reply(), exchange.attempts));
    }
    return this;
  }

  /** What was put off by intent says nothing about how fast owners answer. */
  private void learn(Exchange exchange) {
    if (exchange.carry.kind() != Kind.WATCH && exchange.refusals == 0) {
      resendTimeout.answered(System.nanoTime() - exchange.startedNanos);
    }
  }

  /** Who takes no copy waits for an owner that proves to be one, if there may be one soon. */
  private boolean mayBeProvedLater(Exchange exchange, Document.Reply reply) {
    var standing =
        reply instanceof Document.Found found
            ? found.standing()
            : ((Document.Absent) reply).standing();
    return exchange.carry.proofOnly()
        && standing != Standing.CURRENT
        && (standing != Standing.DATABASE_AWAY || isOnlyTheOwnersLoss());
  }

  /**
   * A "no" that the journal does not know says nothing about the other attempts that are on their
   * way; the newest of them brings one that it knows.
   */
  private static boolean isFinal(Document.Reply reply) {
    if (reply instanceof Document.Refused refused) {
      return refused.refusal().isOfTheKey();
    }
    return !(reply instanceof Document.Done done) || done.kept();
  }

  /**
   * The database answers this node: an owner that misses it is cut off, and another will take its
   * place. Or it is away for all, and this node knows that a moment later.
   */
  private boolean isOnlyTheOwnersLoss() {
    return !surroundings.databaseAway().getAsBoolean();
  }

  /**
   * An owner that cannot prove that it is one is asked again; a database that is away for this node
   * too is an answer after a while.
   */
  private boolean waits(Exchange exchange, Document.NotNow notNow) {
    exchange.refusals++;
    if (exchange.isRefused()) {
      exchange.passage = new Passage();
    }
    if (notNow.reason() == Standing.DATABASE_AWAY
        && !isOnlyTheOwnersLoss()
        && exchange.isOlderThan(HELD_WHILE_DATABASE_AWAY, System.nanoTime())) {
      return !exchange.isRefused();
    }
    exchange.sendAgainNanos = System.nanoTime() + RESEND_AFTER_NOT_NOW.toNanos();
    return true;
  }

  private Behavior<Command> onMembersChange(MembersChange change) {
    unsettledUntilNanos = System.nanoTime() + UNSETTLED_FOR.toNanos();
    exchanges.values().forEach(it -> it.unanswered = 0);
    return change.gone() ? onSendAgain(new SendAgain(0)) : this;
  }

  private Behavior<Command> onSendAgain(SendAgain sendAgain) {
    int step = sendAgain.step();
    if (step > 0) {
      exchanges.values().forEach(this::resend);
    }
    if (step < RESEND_AFTER_REMOVAL_MILLIS.length) {
      long delay = RESEND_AFTER_REMOVAL_MILLIS[step];
      timers.startSingleTimer(SendAgain.class, new SendAgain(step + 1), Duration.ofMillis(delay));
    }
    return this;
  }

  private Behavior<Command> onTick() {
    long now = System.nanoTime();
    boolean away = surroundings.databaseAway().getAsBoolean();
    for (var exchange : new ArrayList<>(exchanges.values())) {
      look(exchange, now, away);
    }
    return this;
  }

  private void look(Exchange exchange, long now, boolean databaseAway) {
    var carry = exchange.carry;
    boolean hopeless =
        databaseAway && carry.kind() == Kind.READ && exchange.isOlderThan(HELD_AFTER, now);
    if (exchange.isOlderThan(patience(carry, now), now) || hopeless) {
      endUnanswered(exchange);
    } else if (databaseAway
        && carry.kind() == Kind.WRITE
        && exchange.isOlderThan(HELD_WHILE_DATABASE_AWAY, now)) {
      askForRefusal(exchange, now);
    } else if (now - exchange.sendAgainNanos >= 0) {
      exchange.unanswered++;
      resend(exchange);
    } else if (!exchange.held
        && carry.kind() != Kind.WATCH
        && exchange.isOlderThan(HELD_AFTER, now)) {
      hold(exchange);
    }
  }

  /**
   * Either no attempt has reached an owner, or one that knows of the database's absence refuses
   * this attempt and all before it that it has not looked at.
   */
  private void askForRefusal(Exchange exchange, long now) {
    if (exchange.isCalledOff()) {
      var notNow = new Document.NotNow(exchange.id, Standing.DATABASE_AWAY);
      end(exchange, new Outcome.Answered(notNow, exchange.attempts));
    } else if (now - exchange.sentNanos >= ASK_WHILE_DATABASE_AWAY.toNanos()) {
      resend(exchange);
    }
  }

  /** A write was sent: it is held whatever the limit, which turns away those after it. */
  private void hold(Exchange exchange) {
    if (exchange.carry.kind() == Kind.READ && surroundings.held().isFull()) {
      shed(exchange);
    } else {
      exchange.held = true;
      surroundings.held().add(exchange.shard);
    }
  }

  private Duration patience(Carry carry, long now) {
    boolean settled = now - unsettledUntilNanos >= 0;
    return carry
        .copyAfter()
        .map(after -> settled ? after.multipliedBy(PATIENCE_WHILE_SETTLED) : after)
        .filter(after -> after.compareTo(carry.patience()) < 0)
        .orElse(carry.patience());
  }

  private void resend(Exchange exchange) {
    if (exchange.carry.kind() != Kind.WATCH) {
      surroundings.resent().increment();
    }
    send(exchange);
  }

  private void send(Exchange exchange) {
    int attempt = exchange.attempts + 1;
    var attempts = exchange.carry.attempt();
    send(exchange, attempts.command(attempt, exchange.passage, exchange.id, replies));
  }

  private void send(Exchange exchange, Document.Command command) {
    exchange.attempts++;
    exchange.behind = false;
    exchange.sentNanos = System.nanoTime();
    long wait = resendTimeout.nanos(exchange.unanswered);
    long jitter = ThreadLocalRandom.current().nextLong(wait / 4);
    exchange.sendAgainNanos = exchange.sentNanos + wait + jitter;
    surroundings.toOwner().accept(command);
  }

  private void end(Exchange exchange, Outcome outcome) {
    exchanges.remove(exchange.id);
    if (exchange.held) {
      surroundings.held().remove(exchange.shard);
    }
    exchange.carry.outcome().complete(outcome);
  }
}
