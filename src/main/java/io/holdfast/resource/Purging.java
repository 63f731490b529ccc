package io.holdfast.resource;

import io.holdfast.caching.Purge;
import io.holdfast.database.Purges.Added;
import io.holdfast.database.Purges.Numbered;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.RootActorPath;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/**
 * Carries purges out on all nodes. One lives on each node for one life of it. An order is written
 * down first, under the next number; then every member is asked to apply what there is up to it,
 * again and again until it says so or the time is over. A member that does not say so is named: it
 * may be paused, or cut off, and then it answers nothing as current until it has read the number by
 * itself ({@link io.holdfast.ownership.PurgeWatch}).
 *
 * <p>That holds for a node that is no member any more, too, once the guard's time is over: an order
 * soon after a member was removed is answered no earlier than that.
 */
public final class Purging extends AbstractBehavior<Purging.Command> {
  /** By which the others find it. */
  public static final String NAME = "purging";

  /** Orders that wait at one time; beyond, one is refused. */
  static final int ORDERS_MAX = 1000;

  private static final Duration ASK_AGAIN = Duration.ofMillis(300);
  private static final Duration WAIT_MIN = Duration.ofSeconds(2);
  private static final Duration GUARD_MARGIN = Duration.ofMillis(200);

  /** What it is told. */
  public sealed interface Command {}

  /** What goes from node to node. */
  public sealed interface Message extends Command {}

  /**
   * An order, answered when it is carried out.
   *
   * @param soft what is stored becomes stale; else it is removed
   * @param dryRun nothing is done but to count
   */
  public record Order(Purge.Scope scope, boolean soft, boolean dryRun, ActorRef<Reply> replyTo)
      implements Command {}

  /** What became of an order. */
  public sealed interface Reply {}

  /**
   * It is carried out, on all nodes but those that did not say so in time.
   *
   * @param number of the purge; 0 for a dry run
   * @param purged target URLs, on the nodes that answered
   * @param nodes how many those are
   * @param pending the others' names
   */
  public record Done(long number, long purged, int nodes, List<String> pending) implements Reply {}

  /** It was not carried out. */
  public record Refused(Reason reason) implements Reply {}

  /** Why not. */
  public enum Reason {
    /** Whether it was written down may be open: giving it again does no harm. */
    DATABASE_AWAY,
    TOO_MANY_ORDERS
  }

  /**
   * Asks a node to apply a purge, and all before it.
   *
   * @param asked tells which answer belongs to it
   * @param node whom to answer
   * @param previous the number before; a node that knows it need not read
   */
  public record Apply(long asked, String node, long previous, Numbered purge, boolean dryRun)
      implements Message {}

  /**
   * A node has done so.
   *
   * @param reached target URLs of representations that it owns
   */
  public record Applied(long asked, String node, long reached) implements Message {}

  private record WrittenDown(Order order, Added added) implements Command {}

  private record NotWrittenDown(Order order, Throwable failure) implements Command {}

  private record CaughtUp(Apply apply) implements Command {}

  private record NotCaughtUp(Apply apply, Throwable failure) implements Command {}

  private record AskAgain(long asked) implements Command {}

  private record AnswerNow(long asked) implements Command {}

  private record Overdue(long asked) implements Command {}

  private record Named(long asked, Map<Long, String> names) implements Command {}

  private record Left(MemberRemoved event) implements Command {}

  private final PurgeTable table;
  private final PurgeLearning learning;
  private final Duration guardTime;
  private final Duration waitMax;
  private final Cluster cluster;
  private final String self;
  private final Map<Long, OpenPurge> open = new HashMap<>();
  private int beingWritten;

  /** Numbers of an earlier life are not met again. */
  private long lastAsked = ThreadLocalRandom.current().nextLong();

  private long memberLeftNanos;

  /**
   * @param learning what this node stores, and what it knows
   * @param guardTime for how long a node may answer as current after it has last read what has been
   *     purged
   */
  public static Behavior<Command> create(
      PurgeTable table, PurgeLearning learning, Duration guardTime) {
    return Behaviors.setup(context -> new Purging(context, table, learning, guardTime));
  }

  private Purging(
      ActorContext<Command> context, PurgeTable table, PurgeLearning learning, Duration guardTime) {
    super(context);
    this.table = table;
    this.learning = learning;
    this.guardTime = guardTime.plus(GUARD_MARGIN);
    this.waitMax = waitMax(guardTime);
    this.cluster = Cluster.get(context.getSystem());
    this.self = name(cluster.selfMember().address());
    this.memberLeftNanos = System.nanoTime() - this.guardTime.toNanos();
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(MemberRemoved.class, Left::new), MemberRemoved.class));
  }

  /** For so long an order waits for the others' word, at most, once it is written down. */
  public static Duration waitMax(Duration guardTime) {
    var lapsed = guardTime.plus(GUARD_MARGIN);
    return lapsed.compareTo(WAIT_MIN) > 0 ? lapsed : WAIT_MIN;
  }

  private static String name(Address address) {
    return address.hostPort();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Order.class, this::onOrder)
        .onMessage(Apply.class, this::onApply)
        .onMessage(Applied.class, this::onApplied)
        .onMessage(WrittenDown.class, this::onWrittenDown)
        .onMessage(NotWrittenDown.class, this::onNotWrittenDown)
        .onMessage(CaughtUp.class, this::onCaughtUp)
        .onMessage(NotCaughtUp.class, this::onNotCaughtUp)
        .onMessage(AskAgain.class, this::onAskAgain)
        .onMessage(AnswerNow.class, this::onAnswerNow)
        .onMessage(Overdue.class, this::onOverdue)
        .onMessage(Named.class, this::onNamed)
        .onMessage(Left.class, this::onLeft)
        .build();
  }

  private Behavior<Command> onOrder(Order order) {
    if (open.size() + beingWritten >= ORDERS_MAX) {
      order.replyTo().tell(new Refused(Reason.TOO_MANY_ORDERS));
      return this;
    }
    var row = PurgeRow.of(order.scope(), order.soft());
    if (order.dryRun()) {
      long known = learning.log().known();
      ask(order, new Apply(++lastAsked, self, known, new Numbered(known + 1, row), true));
      return this;
    }
    beingWritten++;
    getContext()
        .pipeToSelf(
            table.add(row),
            (added, failure) ->
                failure == null
                    ? new WrittenDown(order, added)
                    : new NotWrittenDown(order, failure));
    return this;
  }

  private Behavior<Command> onApply(Apply apply) {
    if (apply.dryRun()) {
      answer(apply, learning.count(PurgeRow.purge(apply.purge())));
    } else if (learning.learn(apply.previous(), apply.purge())) {
      answer(apply);
    } else {
      getContext()
          .pipeToSelf(
              learning.upTo(apply.purge().number()),
              (done, failure) ->
                  failure == null ? new CaughtUp(apply) : new NotCaughtUp(apply, failure));
    }
    return this;
  }

  private Behavior<Command> onApplied(Applied applied) {
    var order = open.get(applied.asked());
    if (order != null) {
      order.answered(applied);
      answerIfAllHave(order);
    }
    return this;
  }

  private Behavior<Command> onWrittenDown(WrittenDown written) {
    beingWritten--;
    var order = written.order();
    var row = PurgeRow.of(order.scope(), order.soft());
    var added = written.added();
    ask(
        order,
        new Apply(++lastAsked, self, added.previous(), new Numbered(added.number(), row), false));
    return this;
  }

  private Behavior<Command> onNotWrittenDown(NotWrittenDown failed) {
    beingWritten--;
    getContext().getLog().warn("A purge was not written down: {}", failed.failure().toString());
    failed.order().replyTo().tell(new Refused(Reason.DATABASE_AWAY));
    return this;
  }

  private Behavior<Command> onCaughtUp(CaughtUp caughtUp) {
    answer(caughtUp.apply());
    return this;
  }

  /** It is asked again, and with the next poll it asks itself. */
  private Behavior<Command> onNotCaughtUp(NotCaughtUp failed) {
    getContext()
        .getLog()
        .debug(
            "Purge {} is not applied yet: {}",
            failed.apply().purge().number(),
            failed.failure().toString());
    return this;
  }

  private Behavior<Command> onAskAgain(AskAgain again) {
    var order = open.get(again.asked());
    if (order != null) {
      askMembers(order);
      order.missing().forEach(member -> tell(member.address(), order.apply()));
      getContext().scheduleOnce(ASK_AGAIN, getContext().getSelf(), again);
      if (order.names().isEmpty() && !order.missing().isEmpty()) {
        getContext()
            .pipeToSelf(
                table.nodeNames(),
                (names, failure) -> new Named(again.asked(), failure == null ? names : Map.of()));
      }
    }
    return this;
  }

  private Behavior<Command> onAnswerNow(AnswerNow now) {
    var order = open.get(now.asked());
    if (order != null) {
      answerIfAllHave(order);
    }
    return this;
  }

  private Behavior<Command> onOverdue(Overdue overdue) {
    var order = open.get(overdue.asked());
    if (order != null) {
      done(order);
    }
    return this;
  }

  private Behavior<Command> onNamed(Named named) {
    var order = open.get(named.asked());
    if (order != null) {
      order.call(named.names());
    }
    return this;
  }

  private Behavior<Command> onLeft(Left left) {
    memberLeftNanos = System.nanoTime();
    return this;
  }

  // ---- on the node that was asked ----

  private void answer(Apply apply) {
    answer(apply, learning.counted(apply.purge().number()).orElse(0));
  }

  private void answer(Apply apply, long reached) {
    var applied = new Applied(apply.asked(), self, reached);
    if (apply.node().equals(self)) {
      getContext().getSelf().tell(applied);
      return;
    }
    for (var member : cluster.state().getMembers()) {
      if (name(member.address()).equals(apply.node())) {
        tell(member.address(), applied);
      }
    }
  }

  // ---- on the node that was ordered to ----

  private void ask(Order order, Apply apply) {
    var waiting = new OpenPurge(apply, order.replyTo(), System.nanoTime());
    open.put(apply.asked(), waiting);
    askMembers(waiting);
    var me = getContext().getSelf();
    getContext().scheduleOnce(waitMax, me, new Overdue(apply.asked()));
    getContext().scheduleOnce(ASK_AGAIN, me, new AskAgain(apply.asked()));
  }

  /** Whoever is a member now, and has not been asked. Who joins has nothing to be purged. */
  private void askMembers(OpenPurge order) {
    for (var member : cluster.state().getMembers()) {
      boolean joins =
          member.status().equals(MemberStatus.joining())
              || member.status().equals(MemberStatus.weaklyUp());
      boolean isSelf = name(member.address()).equals(self);
      if ((isSelf || !joins) && order.asks(name(member.address()), member)) {
        tell(member.address(), order.apply());
      }
    }
  }

  private void answerIfAllHave(OpenPurge order) {
    askMembers(order);
    if (!order.missing().isEmpty()) {
      return;
    }
    long left = untilNobodyElseAnswers(order);
    if (left <= 0) {
      done(order);
    } else {
      getContext()
          .scheduleOnce(
              Duration.ofNanos(left), getContext().getSelf(), new AnswerNow(order.apply().asked()));
    }
  }

  /** In nanoseconds. A node that was removed a moment ago may not know of that, or of the purge. */
  private long untilNobodyElseAnswers(OpenPurge order) {
    boolean leftLately = order.sinceNanos() - memberLeftNanos < guardTime.toNanos();
    return leftLately && !order.apply().dryRun()
        ? guardTime.toNanos() - (System.nanoTime() - order.sinceNanos())
        : 0;
  }

  private void done(OpenPurge order) {
    open.remove(order.apply().asked());
    var done = order.done();
    getContext().getLog().debug("{} of {}", done, order.apply());
    order.replyTo().tell(done);
  }

  private void tell(Address address, Message message) {
    if (name(address).equals(self)) {
      getContext().getSelf().tell((Command) message);
    } else {
      path(address).tell(message, org.apache.pekko.actor.ActorRef.noSender());
    }
  }

  private ActorSelection path(Address address) {
    var path = new RootActorPath(address, "/").child("user").child(NAME);
    return Adapter.toClassic(getContext()).actorSelection(path);
  }
}
