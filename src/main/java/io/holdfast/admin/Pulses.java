package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.telemetry.Story;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.RootActorPath;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.MemberStatus;

/**
 * Gathers the pulses of all members for whoever watches through this node, and tells others this
 * node's. Nobody is asked while nobody watches; all who watch here share one round of questions.
 * And asks all of them what they have of a resource.
 */
public final class Pulses extends AbstractBehavior<Pulses.Command> {
  /** By which the others find it. */
  public static final String NAME = "pulses";

  /** A member that has not answered by then is silent, in this round. */
  private static final Duration ROUND_MAX = Duration.ofMillis(400);

  /** Whoever asks so soon after a round has begun gets what came of it. */
  private static final Duration ROUND_EVERY = Duration.ofMillis(450);

  /** All who ask within a round get the same: to feel takes longer than to tell. */
  private static final Duration FELT_FOR = Duration.ofMillis(400);

  /** For so long it is told what a node said last that is no member any more. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int LINES_MAX = 500;
  private static final String ROUND = "round";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What it is told. */
  public sealed interface Command {}

  /** What goes from node to node. */
  public sealed interface Message extends Command {}

  /**
   * Tell me.
   *
   * @param asker the address to answer to
   * @param port of its operator: a page that was opened there may go on at the one who is asked
   * @param after the number of the last line of your story that I know
   */
  public record Ask(long round, String asker, String port, long after) implements Message {}

  /**
   * A node's pulse.
   *
   * @param address of the node
   * @param port of its operator, as an origin
   * @param pulse as JSON
   */
  public record Told(
      long round, String address, String node, String port, String pulse, List<Story.Line> story)
      implements Message {}

  /** For who watches through this node. */
  record Gather(ActorRef<Gathered> replyTo) implements Command {}

  /**
   * What came of a round.
   *
   * @param pulses as JSON, by node
   * @param ports of operators, of all nodes that were heard of lately; as origins
   * @param silent names, or addresses, of members that did not answer in time
   * @param stories the last lines of each node's, also of nodes that are no members any more
   */
  record Gathered(
      long round,
      Map<String, String> pulses,
      List<String> ports,
      List<String> silent,
      Map<String, List<Story.Line>> stories) {

    /** Whether there are members that have never answered, known by their addresses alone. */
    boolean hasStrangers() {
      return silent.stream().anyMatch(it -> it.contains(":"));
    }
  }

  private record RoundOver(long round) implements Command {}

  /**
   * What do you have of it?
   *
   * @param path as it was asked for
   */
  public record Look(long question, String asker, String path) implements Message {}

  /**
   * What a node has of a resource.
   *
   * @param sighting as JSON
   */
  public record Saw(long question, String address, String node, String sighting)
      implements Message {}

  /** What has each of the members of it? Never answered when too many have asked. */
  record Find(String path, ActorRef<Sighted> replyTo) implements Command {}

  /**
   * @param sightings as JSON, by node
   * @param missing members that have not answered in time
   */
  record Sighted(Map<String, String> sightings, int missing) {}

  private record LookOver(long question) implements Command {}

  private static final class Peer {
    long memberNanos = System.nanoTime();
    String node = "";
    String port = "";
    List<Story.Line> story = List.of();

    long last() {
      return story.isEmpty() ? 0 : story.get(story.size() - 1).number();
    }
  }

  private final Pulse pulse;
  private final ResourceView resources;
  private final Sightings sightings = new Sightings();
  private final String node;
  private final String port;
  private final TimerScheduler<Command> timers;
  private final Cluster cluster;
  private final String self;
  private final Map<String, Peer> peers = new HashMap<>();
  private final List<ActorRef<Gathered>> waiting = new ArrayList<>();
  private final Map<String, String> pulses = new TreeMap<>();
  private final Set<String> missing = new HashSet<>();
  private long round;
  private boolean underWay;
  private long begunNanos;
  private String felt = "";
  private long feltNanos;
  private Optional<Gathered> last = Optional.empty();

  /**
   * @param node this node's name
   * @param port of its operator, as an origin
   */
  public static Behavior<Command> create(
      String node, String port, Pulse pulse, ResourceView resources) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new Pulses(context, timers, node, port, pulse, resources)));
  }

  private Pulses(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String node,
      String port,
      Pulse pulse,
      ResourceView resources) {
    super(context);
    this.resources = resources;
    this.timers = timers;
    this.node = node;
    this.port = port;
    this.pulse = pulse;
    this.cluster = Cluster.get(Adapter.toClassic(context.getSystem()));
    this.self = cluster.selfAddress().hostPort();
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Gather.class, this::onGather)
        .onMessage(Ask.class, this::onAsk)
        .onMessage(Told.class, this::onTold)
        .onMessage(RoundOver.class, this::onRoundOver)
        .onMessage(Find.class, this::onFind)
        .onMessage(Look.class, this::onLook)
        .onMessage(Saw.class, this::onSaw)
        .onMessage(LookOver.class, this::onLookOver)
        .build();
  }

  private Behavior<Command> onGather(Gather gather) {
    boolean recent = System.nanoTime() - begunNanos < ROUND_EVERY.toNanos();
    if (!underWay && recent && last.isPresent() && !last.get().hasStrangers()) {
      gather.replyTo().tell(last.get());
      return this;
    }
    waiting.add(gather.replyTo());
    if (!underWay) {
      begin();
    }
    return this;
  }

  private void begin() {
    underWay = true;
    begunNanos = System.nanoTime();
    round++;
    pulses.clear();
    var members = members();
    missing.clear();
    missing.addAll(members.keySet());
    timers.startSingleTimer(ROUND, new RoundOver(round), ROUND_MAX);
    members.forEach(
        (name, address) -> {
          long after = Optional.ofNullable(peers.get(name)).map(Peer::last).orElse(0L);
          send(address, new Ask(round, self, port, after));
        });
  }

  private Behavior<Command> onAsk(Ask ask) {
    peers.computeIfAbsent(ask.asker(), it -> new Peer()).port = ask.port();
    var asker = members().get(ask.asker());
    if (asker != null) {
      var story = pulse.story(ask.after());
      send(asker, new Told(ask.round(), self, node, port, felt(), story));
    }
    return this;
  }

  private String felt() {
    long now = System.nanoTime();
    if (felt.isEmpty() || now - feltNanos >= FELT_FOR.toNanos()) {
      felt = json(pulse.now());
      feltNanos = now;
    }
    return felt;
  }

  private static String json(Map<String, Object> felt) {
    try {
      return JSON.writeValueAsString(felt);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A pulse that is no JSON", e);
    }
  }

  private Behavior<Command> onTold(Told told) {
    var peer = peers.computeIfAbsent(told.address(), it -> new Peer());
    peer.node = told.node();
    peer.port = told.port();
    var story = new ArrayList<>(peer.story);
    told.story().stream().filter(it -> it.number() > peer.last()).forEach(story::add);
    peer.story = List.copyOf(story.subList(Math.max(0, story.size() - LINES_MAX), story.size()));
    if (underWay && told.round() == round && missing.remove(told.address())) {
      pulses.put(told.node(), told.pulse());
      if (missing.isEmpty()) {
        over();
      }
    }
    return this;
  }

  private Behavior<Command> onRoundOver(RoundOver timer) {
    if (underWay && timer.round() == round) {
      over();
    }
    return this;
  }

  private Behavior<Command> onFind(Find find) {
    var members = members();
    sightings
        .begin(members.keySet(), find.replyTo())
        .ifPresent(
            question -> {
              timers.startSingleTimer("look" + question, new LookOver(question), ROUND_MAX);
              var look = new Look(question, self, find.path());
              members.values().forEach(it -> send(it, look));
            });
    return this;
  }

  private Behavior<Command> onLook(Look look) {
    var asker = members().get(look.asker());
    if (asker != null) {
      send(asker, new Saw(look.question(), self, node, json(resources.here(look.path()))));
    }
    return this;
  }

  private Behavior<Command> onSaw(Saw saw) {
    sightings.saw(saw);
    return this;
  }

  private Behavior<Command> onLookOver(LookOver timer) {
    sightings.over(timer.question());
    return this;
  }

  private void over() {
    underWay = false;
    timers.cancel(ROUND);
    missing.retainAll(members().keySet()); // whoever was written off meanwhile is gone
    forgetPeers();
    var stories = new TreeMap<String, List<Story.Line>>();
    peers.values().stream()
        .filter(peer -> !peer.node.isEmpty())
        .forEach(peer -> stories.put(peer.node, peer.story));
    var gathered =
        new Gathered(
            round,
            new TreeMap<>(pulses),
            peers.values().stream().map(it -> it.port).distinct().sorted().toList(),
            missing.stream().map(this::name).toList(),
            stories);
    last = Optional.of(gathered);
    waiting.forEach(it -> it.tell(gathered));
    waiting.clear();
  }

  /** Else addresses that come and go would fill the memory, and stay trusted. */
  private void forgetPeers() {
    long now = System.nanoTime();
    members()
        .keySet()
        .forEach(
            it -> {
              if (peers.containsKey(it)) {
                peers.get(it).memberNanos = now;
              }
            });
    peers.values().removeIf(it -> now - it.memberNanos > REMEMBERED.toNanos());
  }

  private String name(String address) {
    return Optional.ofNullable(peers.get(address))
        .map(it -> it.node)
        .filter(it -> !it.isEmpty())
        .orElse(address);
  }

  /** All members, also those that are not reached: they are to be seen as silent. */
  private Map<String, Address> members() {
    var members = new TreeMap<String, Address>();
    for (var member : cluster.state().getMembers()) {
      if (!member.status().equals(MemberStatus.down())) {
        members.put(member.address().hostPort(), member.address());
      }
    }
    members.put(self, cluster.selfAddress());
    return members;
  }

  private void send(Address address, Message message) {
    var path = new RootActorPath(address, "/").child("user").child(NAME);
    Adapter.toClassic(getContext())
        .actorSelection(path)
        .tell(message, org.apache.pekko.actor.ActorRef.noSender());
  }
}
