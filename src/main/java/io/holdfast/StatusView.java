package io.holdfast;

import io.holdfast.admin.NodeView;
import io.holdfast.database.Database;
import io.holdfast.resource.Document;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.ShardRegion.CurrentShardRegionState;
import org.apache.pekko.cluster.sharding.typed.GetShardRegionState;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;

/** This life of the node, as the operator's port shows it. */
final class StatusView implements NodeView {
  private static final Duration REGION_ANSWERS = Duration.ofMillis(500);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  /** A failover is over by then, and a balancer has not missed the node for it. */
  private static final int LOOKS_UNTIL_CUT_OFF = 6;

  private final HoldfastSettings settings;
  private final long startedNanos;
  private volatile State state = State.STARTING;
  private volatile double startSeconds;
  private volatile String failure = "";
  private volatile int cutOffLooks;
  private volatile Supplier<Optional<String>> trouble = Optional::empty;
  private volatile Running running;

  private record Running(
      ActorSystem<?> system,
      ClusterSharding sharding,
      Database database,
      Supplier<List<Integer>> shards,
      long incarnation) {}

  StatusView(HoldfastSettings settings, long startedNanos) {
    this.settings = settings;
    this.startedNanos = startedNanos;
  }

  void begin(
      ActorSystem<?> system,
      ClusterSharding sharding,
      Database database,
      Supplier<List<Integer>> shards,
      long incarnation) {
    running = new Running(system, sharding, database, shards, incarnation);
  }

  /** False when it was told to stop before it was ready. */
  synchronized boolean ready() {
    startSeconds = (System.nanoTime() - startedNanos) / 1e9;
    if (state == State.STARTING) {
      state = State.READY;
      watchMembers();
    }
    return state == State.READY;
  }

  /**
   * @param ownTrouble why this node does not serve, when it does not
   */
  void watch(Supplier<Optional<String>> ownTrouble) {
    trouble = ownTrouble;
  }

  private void watchMembers() {
    var system = running.system();
    system
        .scheduler()
        .scheduleAtFixedRate(
            LOOK_EVERY, LOOK_EVERY, this::lookAtMembers, system.executionContext());
  }

  /** Alone among members that it does not reach, a node reaches few of the shards. */
  private void lookAtMembers() {
    var cluster = Cluster.get(Adapter.toClassic(running.system()));
    int members = 0;
    for (var member : cluster.state().getMembers()) {
      members++;
    }
    boolean cutOff = 2 * (members - cluster.state().getUnreachable().size()) < members;
    cutOffLooks = cutOff ? cutOffLooks + 1 : 0;
  }

  private boolean reachesShards() {
    return cutOffLooks < LOOKS_UNTIL_CUT_OFF;
  }

  synchronized void draining() {
    state = State.DRAINING;
  }

  void failed(Exception e) {
    failure = e.toString();
  }

  @Override
  public Readiness readiness() {
    var checks = new LinkedHashMap<String, String>();
    var now = running;
    checks.put("cluster", now == null ? "starting" : member(now));
    checks.put(
        "shards",
        state == State.STARTING ? "not all reached yet" : reachesShards() ? "ok" : "cut off");
    checks.put("database", now == null || now.database().health().isAway() ? "away" : "ok");
    var failing = trouble.get();
    checks.put("self", failing.orElse("ok"));
    if (!failure.isEmpty()) {
      checks.put("start", failure);
    }
    boolean reaching = reachesShards() && checks.get("cluster").equals("ok");
    return new Readiness(state == State.READY ? ready(reaching, failing) : state, checks);
  }

  private static State ready(boolean reaching, Optional<String> failing) {
    return !reaching ? State.CUT_OFF : failing.isPresent() ? State.FAILING : State.READY;
  }

  private static String member(Running now) {
    var status = Cluster.get(Adapter.toClassic(now.system())).selfMember().status();
    return status.equals(MemberStatus.up()) ? "ok" : status.toString().toLowerCase(Locale.ROOT);
  }

  @Override
  public CompletionStage<Status> status() {
    var now = running;
    return documents(now).thenApply(documents -> status(now, documents));
  }

  @Override
  public Status glance() {
    return status(running, -1);
  }

  @Override
  public List<Integer> shards() {
    return running.shards().get();
  }

  @Override
  public int shardsOfAll() {
    return settings.cluster().shards();
  }

  private CompletionStage<Long> documents(Running now) {
    if (state == State.STARTING) {
      return CompletableFuture.completedFuture(0L);
    }
    CompletionStage<CurrentShardRegionState> region =
        AskPattern.ask(
            now.sharding().shardState(),
            replyTo -> new GetShardRegionState(Document.TYPE_KEY, replyTo),
            REGION_ANSWERS,
            now.system().scheduler());
    return region.handle((found, failed) -> failed == null ? count(found) : -1L);
  }

  private static long count(CurrentShardRegionState region) {
    return region.getShards().stream()
        .flatMap(shard -> shard.getEntityIds().stream())
        .filter(id -> !id.startsWith("~/"))
        .count();
  }

  private Status status(Running now, long documents) {
    var node = settings.node();
    var members = members(now);
    var self = Cluster.get(Adapter.toClassic(now.system())).selfMember().address().hostPort();
    boolean oldest = members.stream().anyMatch(m -> m.oldest() && self.endsWith(m.address()));
    Map<String, Object> database = new HashMap<>();
    database.put("state", now.database().health().isAway() ? "away" : "up");
    database.put("generation", now.database().timeline().generation());
    return new Status(
        node.name(),
        Long.toUnsignedString(now.incarnation()),
        state == State.READY ? "up" : state.name().toLowerCase(Locale.ROOT),
        oldest,
        now.shards().get().size(),
        documents,
        Duration.ofNanos(System.nanoTime() - startedNanos).toSeconds(),
        Math.round(startSeconds * 10) / 10.0,
        "http://" + node.host() + ":" + node.httpPort(),
        "http://" + node.host() + ":" + node.adminPort(),
        database,
        members);
  }

  private static List<NodeView.ClusterMember> members(Running now) {
    var found = new ArrayList<Member>();
    var cluster = Cluster.get(Adapter.toClassic(now.system()));
    cluster.state().getMembers().forEach(found::add);
    found.sort((a, b) -> a.isOlderThan(b) ? -1 : b.isOlderThan(a) ? 1 : 0);
    var unreachable = cluster.state().getUnreachable();
    var members = new ArrayList<NodeView.ClusterMember>();
    for (var member : found) {
      var address =
          member.address().getHost().orElse("") + ":" + member.address().getPort().orElse(0);
      var status =
          unreachable.contains(member)
              ? "unreachable"
              : member.status().toString().toLowerCase(Locale.ROOT);
      members.add(
          new NodeView.ClusterMember(address, address, status, member.equals(found.get(0))));
    }
    return members;
  }

  @Override
  public void drain() {
    CoordinatedShutdown.get(Adapter.toClassic(running.system()))
        .runAll(CoordinatedShutdown.clusterLeavingReason());
  }
}
