package io.holdfast.upstream;

import io.holdfast.resilience.Rendezvous;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.RootActorPath;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;

/**
 * What the nodes know of services together. One lives on each node for one life of it. Several
 * times a second it tells all others what this node has counted and has in flight; for each service
 * that rendezvous hashing of the reachable members gives to this node it is the steward: it judges
 * from what all have counted, checks the instances, and tells the verdict. No request waits for it:
 * a node that hears of no steward goes on with what it sees itself.
 */
public final class Stewards extends AbstractBehavior<Stewards.Command> {
  /** By which the others find it. */
  public static final String NAME = "stewards";

  private static final Duration TELL_EVERY = Duration.ofMillis(200);

  /** News does not wait for that: whether a service is well again is a matter of moments. */
  private static final Duration NEWS_EVERY = Duration.ofMillis(50);

  /** What was heard so long ago says nothing any more. */
  private static final Duration HEARD_FOR = Duration.ofSeconds(2);

  /** For so long an order waits for the others' word. */
  private static final Duration ORDER_MAX = Duration.ofSeconds(2);

  /** What it is told. */
  public sealed interface Command {}

  /** What goes from node to node. */
  public sealed interface Message extends Command {}

  /**
   * What a node sees, and its verdicts on the services of which it is the steward.
   *
   * @param orders all that it knows of
   */
  public record Heard(
      String node, List<ServiceReport> reports, List<ServiceVerdict> verdicts, List<Order> orders)
      implements Message {}

  /** An order is known on a node. */
  public record Known(String node, Order order) implements Message {}

  /**
   * An order of this node's operator.
   *
   * @param instance empty: about the service's breaker
   */
  public record Give(String service, String instance, Order.Word word, ActorRef<Given> replyTo)
      implements Command {}

  /**
   * An order is known on all nodes, but for those that did not say so in time.
   *
   * @param nodes on how many it is
   * @param pending the addresses of the others
   */
  public record Given(int nodes, List<String> pending) {}

  private record Checked(String service, String instance, boolean succeeded) implements Command {}

  private record Overdue(Order order) implements Command {}

  private enum Tick implements Command {
    TELL,
    LOOK_FOR_NEWS
  }

  private record Word(Heard heard, long atNanos) {}

  private record Waiting(Set<String> known, Set<String> missing, ActorRef<Given> replyTo) {}

  private final Upstreams upstreams;
  private final Cluster cluster;
  private final String self;
  private final Checks checks;
  private final Map<String, Word> words = new HashMap<>();
  private final Map<String, Long> ruledAt = new HashMap<>();
  private final Map<Order, Waiting> waiting = new HashMap<>();

  public static Behavior<Command> create(Upstreams upstreams) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.TELL, TELL_EVERY);
                  timers.startTimerWithFixedDelay(Tick.LOOK_FOR_NEWS, NEWS_EVERY);
                  return new Stewards(context, upstreams);
                }));
  }

  private Stewards(ActorContext<Command> context, Upstreams upstreams) {
    super(context);
    this.upstreams = upstreams;
    this.cluster = Cluster.get(Adapter.toClassic(context.getSystem()));
    this.self = name(cluster.selfAddress());
    var me = context.getSelf();
    this.checks =
        new Checks(
            (service, instance, succeeded) -> me.tell(new Checked(service, instance, succeeded)));
  }

  private static String name(Address address) {
    return address.hostPort();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onMessage(Known.class, this::onKnown)
        .onMessage(Give.class, this::onGive)
        .onMessage(Checked.class, this::onChecked)
        .onMessage(Overdue.class, this::onOverdue)
        .onMessage(Tick.class, this::onTick)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onHeard(Heard heard) {
    long now = System.nanoTime();
    words.put(heard.node(), new Word(heard, now));
    var members = members();
    for (var verdict : heard.verdicts()) {
      if (heard.node().equals(steward(verdict.service(), members.keySet()))) {
        ruledAt.put(verdict.service(), now);
        upstreams.find(verdict.service()).ifPresent(it -> it.ruled(verdict, now));
      }
    }
    for (var order : heard.orders()) {
      if (upstreams.obey(order, now)) {
        tell(heard.node(), new Known(self, order));
      }
    }
    return heard.reports().stream().anyMatch(ServiceReport::tellsOfProbe) ? tellAll(now) : this;
  }

  private Behavior<Command> onTick(Tick tick) {
    long now = System.nanoTime();
    boolean isDue = tick == Tick.TELL || upstreams.all().stream().anyMatch(it -> it.hasNews(now));
    return isDue ? tellAll(now) : this;
  }

  private Behavior<Command> tellAll(long now) {
    var members = members();
    words.keySet().retainAll(members.keySet());
    words.values().removeIf(word -> now - word.atNanos() > HEARD_FOR.toNanos());
    var verdicts = new ArrayList<ServiceVerdict>();
    for (var upstream : upstreams.all()) {
      look(upstream, members.keySet(), verdicts, now);
    }
    if (members.size() > 1 && !upstreams.all().isEmpty()) {
      var reports = upstreams.all().stream().map(it -> it.report(now)).toList();
      var heard = new Heard(self, reports, verdicts, upstreams.orders());
      members.keySet().stream().filter(it -> !it.equals(self)).forEach(it -> tell(it, heard));
    }
    return this;
  }

  /** The node is no member any more: it is by itself until its next life. */
  private Behavior<Command> onStop() {
    long now = System.nanoTime();
    upstreams.all().forEach(it -> it.heard(List.of(), true, Circuit.Neighbours.ALONE, now));
    return this;
  }

  private void look(
      Upstream upstream, Set<String> members, List<ServiceVerdict> verdicts, long now) {
    var service = upstream.settings().name();
    boolean mine = self.equals(steward(service, members));
    var nodes = new Circuit.Neighbours(self, List.copyOf(new TreeSet<>(members)));
    upstream.heard(reportsOf(service), mine, nodes, now);
    if (mine) {
      checks.due(upstream.settings(), now);
      verdicts.add(upstream.verdict(now));
    } else if (now - ruledAt.getOrDefault(service, now) > HEARD_FOR.toNanos()) {
      upstream.isAlone(now);
    }
    ruledAt.putIfAbsent(service, now);
  }

  private List<ServiceReport> reportsOf(String service) {
    return words.values().stream()
        .flatMap(word -> word.heard().reports().stream())
        .filter(report -> report.service().equals(service))
        .toList();
  }

  /** Of the reachable members one; all who reach the same agree. */
  private static String steward(String service, Set<String> members) {
    return Rendezvous.choose(service, members, it -> it).orElse("");
  }

  /** The members that this node reaches, itself included. */
  private Map<String, Address> members() {
    var state = cluster.state();
    var unreachable = new HashSet<Member>(state.getUnreachable());
    var members = new HashMap<String, Address>();
    members.put(self, cluster.selfAddress());
    for (var member : state.getMembers()) {
      if (member.status().equals(MemberStatus.up()) && !unreachable.contains(member)) {
        members.put(name(member.address()), member.address());
      }
    }
    return members;
  }

  private Behavior<Command> onChecked(Checked checked) {
    upstreams
        .find(checked.service())
        .ifPresent(it -> it.checked(checked.instance(), checked.succeeded(), System.nanoTime()));
    return this;
  }

  // ---- orders ----

  private Behavior<Command> onGive(Give give) {
    var order =
        new Order(give.service(), give.instance(), give.word(), upstreams.nextVersion(), self);
    upstreams.obey(order, System.nanoTime());
    var missing = new TreeSet<>(members().keySet());
    missing.remove(self);
    waiting.put(order, new Waiting(new TreeSet<>(Set.of(self)), missing, give.replyTo()));
    var heard = new Heard(self, List.of(), List.of(), List.of(order));
    missing.forEach(it -> tell(it, heard));
    getContext().scheduleOnce(ORDER_MAX, getContext().getSelf(), new Overdue(order));
    answerIfKnownToAll(order);
    return this;
  }

  private Behavior<Command> onKnown(Known known) {
    var open = waiting.get(known.order());
    if (open != null && open.missing().remove(known.node())) {
      open.known().add(known.node());
      answerIfKnownToAll(known.order());
    }
    return this;
  }

  private void answerIfKnownToAll(Order order) {
    if (waiting.get(order).missing().isEmpty()) {
      answer(order);
    }
  }

  private Behavior<Command> onOverdue(Overdue overdue) {
    if (waiting.containsKey(overdue.order())) {
      answer(overdue.order());
    }
    return this;
  }

  private void answer(Order order) {
    var done = waiting.remove(order);
    done.replyTo().tell(new Given(done.known().size(), List.copyOf(done.missing())));
  }

  private void tell(String node, Message message) {
    var address = members().get(node);
    if (address != null) {
      path(address).tell(message, org.apache.pekko.actor.ActorRef.noSender());
    }
  }

  private ActorSelection path(Address address) {
    var path = new RootActorPath(address, "/").child("user").child(NAME);
    return Adapter.toClassic(getContext()).actorSelection(path);
  }
}
