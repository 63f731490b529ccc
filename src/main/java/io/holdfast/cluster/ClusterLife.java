package io.holdfast.cluster;

import io.holdfast.cluster.LifelineDecision.Proof;
import io.holdfast.cluster.Observation.CertainDeath;
import io.holdfast.cluster.Observation.DatabaseAnswers;
import io.holdfast.cluster.Observation.DatabaseAway;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry;
import io.holdfast.database.Registry.Presence;
import io.holdfast.database.Registry.Seen;
import io.holdfast.telemetry.Failover;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One incarnation's life in the cluster: it listens for its peers, finds them, gives signs of life,
 * notices deaths, and goes in order.
 *
 * <p>Threads: one steps through {@link Formation}, one gives the signs of life, one is the {@link
 * Lifeline}'s, two are the {@link SelfCheck}'s. The first two may wait for the database; no actor
 * ever does.
 */
public final class ClusterLife implements AutoCloseable {
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration BEAT_WHILE_AWAY = Duration.ofMillis(200);

  /** A longer gap between two signs of life is our own doing: we were paused. */
  private static final Duration GAP_MAX = Duration.ofSeconds(3);

  private static final Duration LEAVE_WAIT_MAX = Duration.ofSeconds(2);
  private static final Logger log = LoggerFactory.getLogger(ClusterLife.class);

  private final ActorSystem system;
  private final ClusterSetup setup;
  private final Registry registry;
  private final ArbitrationSettings times = ArbitrationSettings.defaults();
  private final Set<Long> everSeen = ConcurrentHashMap.newKeySet();
  private final Set<Long> members = ConcurrentHashMap.newKeySet();
  private final Map<Long, Incarnation> rows = new ConcurrentHashMap<>();
  private final Map<Long, InetSocketAddress> lifelines = new ConcurrentHashMap<>();
  private final ScheduledExecutorService beats = thread("holdfast-cluster-beat");
  private final ScheduledExecutorService steps = thread("holdfast-cluster-formation");
  private final Lifeline lifeline;
  private final ClockWatch clockWatch;
  private final Incarnation me;
  private final Formation formation;
  private Optional<Instant> answeringSince = Optional.empty();
  private Instant lastBeat;

  /** Only the formation's thread touches it. */
  private Optional<ScheduledFuture<?>> nextStep = Optional.empty();

  private volatile Optional<SelfCheck> selfCheck = Optional.empty();
  private volatile boolean closed;

  private ClusterLife(ActorSystem system, ClusterSetup setup) throws IOException {
    this.system = system;
    this.setup = setup;
    this.registry = setup.registry();
    this.clockWatch = new ClockWatch(setup.node().name());
    long id = Cluster.get(system).selfUniqueAddress().longUid();
    this.lifeline = listen(id);
    this.me = describe(id);
    this.formation = new Formation(system, setup, me, () -> Set.copyOf(everSeen));
    this.lastBeat = setup.now();
  }

  /**
   * Begins the life of the system's incarnation. The system must have been made with a {@link
   * ClusterSetup} and with {@code holdfast-cluster.conf}.
   *
   * @throws IOException the lifeline port cannot be listened on
   */
  public static ClusterLife start(ActorSystem system) throws IOException {
    var life = new ClusterLife(system, ClusterSetup.of(system));
    life.lifeline.bindTo(life.setup.meters());
    ((ExtendedActorSystem) system)
        .systemActorOf(MemberWatch.props(life::came, life::went), "holdfast-member-watch");
    life.hookShutdown();
    life.run(life.steps, life::step);
    return life;
  }

  /** Completes once this incarnation is up, and confirmed as a member by the database. */
  public CompletionStage<Void> up() {
    return formation.up();
  }

  /** Whether there were members that served when this one went to them. */
  public boolean someServe() {
    return formation.someServe();
  }

  /** Whether nobody served when this node went to the others, though there was a cluster before. */
  public boolean isAwaited() {
    return formation.isAwaited();
  }

  /** Who this node is in the database. */
  public Incarnation me() {
    return me;
  }

  /** From now on this node watches itself: it serves, and leaves when it cannot any more. */
  public SelfCheck checkItself(SelfCheck.Probe probe) {
    var check = SelfCheck.start(system, setup, me.id(), probe, this::tellSoon);
    selfCheck = Optional.of(check);
    return check;
  }

  /** Peers that cannot serve either must not count on this node for longer than can be helped. */
  private void tellSoon() {
    run(beats, this::tell);
  }

  private void tell() {
    try {
      registry.seen(me.id(), serves());
    } catch (Registry.Unanswered e) {
      log.debug("It is told with the next sign of life: {}", e.getMessage());
    }
  }

  private boolean serves() {
    return selfCheck.map(SelfCheck::serves).orElse(false);
  }

  /** How many peers' lifelines hold. */
  public int lifelines() {
    return lifeline.held();
  }

  /**
   * Leaves in order, for good: hands shards over, leaves the cluster, ends the actor system. The
   * phases' own limits in the configuration bound it.
   */
  public CompletionStage<Done> leave(CoordinatedShutdown.Reason reason) {
    setup.stopping();
    return CoordinatedShutdown.get(system).runAll(reason);
  }

  private Lifeline listen(long id) throws IOException {
    var at = new HostPort(setup.node().host(), setup.node().lifelinePort()).resolve();
    var mine = new Greeting(setup.settings().name(), id);
    return Lifeline.listen(at, mine, setup.settings().certainDeath(), new Deaths());
  }

  private final class Deaths implements Lifeline.Listener {
    @Override
    public void dead(long incarnation, Proof proof, Duration noticedIn) {
      ClusterLife.this.dead(incarnation, proof, noticedIn);
    }

    @Override
    public void broken() {
      setup.startAnew(system, "its lifeline broke");
    }
  }

  private Incarnation describe(long id) {
    var node = setup.node();
    var address = Cluster.get(system).selfAddress();
    return new Incarnation(
        id,
        node.name(),
        new HostPort(address.getHost().orElseThrow(), address.getPort().orElseThrow()).toString(),
        new HostPort(node.host(), node.httpPort()).toString(),
        new HostPort(node.host(), node.adminPort()).toString(),
        new HostPort(node.host(), lifeline.port()).toString());
  }

  private void step() {
    nextStep.ifPresent(next -> next.cancel(false));
    boolean wasRegistered = formation.isRegistered();
    var next = formation.step();
    if (!wasRegistered && formation.isRegistered()) {
      run(beats, this::beat);
    }
    nextStep = next.flatMap(delay -> runAfter(steps, delay, this::step));
  }

  /** A sign of life, and what is to be learned from the answer. */
  private void beat() {
    var delay = BEAT_WHILE_AWAY;
    try {
      var presence = registry.seen(me.id(), serves());
      if (presence == Presence.OUTSIDE) {
        presence = formation.confirmAgain();
      }
      if (presence == Presence.PRESENT) {
        answered(registry.live());
        delay = BEAT;
      } else {
        setup.startAnew(
            system,
            presence == Presence.GONE ? "it was written off" : "another cluster was formed");
      }
    } catch (Registry.Unanswered e) {
      away(e.getMessage());
    } catch (RuntimeException e) {
      away(e.toString()); // a row that cannot be understood, say: no reason to give this life up
    }
    runAfter(beats, delay, this::beat);
  }

  private void answered(List<Seen> live) {
    var now = setup.now();
    boolean wasPaused = Duration.between(lastBeat, now).compareTo(GAP_MAX) > 0;
    if (answeringSince.isEmpty() || wasPaused) {
      answeringSince = Optional.of(now);
    }
    lastBeat = now;
    clockWatch.look(registry.machineAhead(), now);
    var since = answeringSince.orElseThrow();
    live.forEach(row -> rows.put(row.id(), row.incarnation()));
    members.forEach(this::hold);
    var answers = new DatabaseAnswers(since, heard(live), silent(live, since, now));
    system.getEventStream().publish(answers);
  }

  private Set<Long> heard(List<Seen> live) {
    return live.stream()
        .filter(row -> row.silence().compareTo(times.heardWithin()) <= 0)
        .map(Seen::id)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private Set<Long> silent(List<Seen> live, Instant since, Instant now) {
    if (Duration.between(since, now).compareTo(times.silentAfter()) <= 0) {
      return Set.of();
    }
    return live.stream()
        .filter(row -> row.silence().compareTo(times.silentAfter()) > 0 && row.id() != me.id())
        .map(Seen::id)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private void away(String reason) {
    if (closed) {
      return;
    }
    if (answeringSince.isPresent()) {
      log.warn("{} does not reach the database: {}", me.name(), reason);
    }
    answeringSince = Optional.empty();
    lastBeat = setup.now();
    system.getEventStream().publish(new DatabaseAway());
  }

  private void came(long id) {
    if (id == me.id()) {
      run(steps, this::step);
      return;
    }
    everSeen.add(id);
    if (members.add(id)) {
      run(beats, this::readRows);
    }
  }

  private void went(long id) {
    members.remove(id);
    rows.remove(id);
    lifelines.remove(id);
    lifeline.unwatch(id);
  }

  private void readRows() {
    try {
      registry.live().forEach(row -> rows.put(row.id(), row.incarnation()));
      members.forEach(this::hold);
    } catch (Registry.Unanswered e) {
      log.debug("The rows of new members come with the next sign of life: {}", e.getMessage());
    }
  }

  private void hold(long id) {
    var row = rows.get(id);
    if (row != null) {
      lifeline.watch(id, addressOf(id, row));
    }
  }

  /** Once in its life: a name server that does not answer must not hold up the signs of life. */
  private InetSocketAddress addressOf(long id, Incarnation row) {
    var known = lifelines.get(id);
    if (known == null || known.isUnresolved()) {
      known = HostPort.parse(row.lifeline()).resolve();
      lifelines.put(id, known);
    }
    return known;
  }

  private void dead(long id, Proof proof, Duration noticedIn) {
    long now = System.nanoTime();
    setup.failover().sign(now - noticedIn.toNanos());
    setup.failover().done(Failover.Step.NOTICED, now);
    var row = rows.get(id);
    var who = row == null ? Long.toString(id) : row.name() + " (" + row.address() + ")";
    log.atInfo()
        .addKeyValue("step", "noticed")
        .addKeyValue("member", who)
        .addKeyValue("millis", noticedIn.toMillis())
        .log(
            "{} is dead: {}; noticed in {} ms",
            who,
            switch (proof) {
              case REFUSED -> "its lifeline ended and its host refuses another";
              case ANSWERED_BY_ANOTHER -> "another process answers on its lifeline port";
            },
            noticedIn.toMillis());
    system.getEventStream().publish(new CertainDeath(id, who, setup.now()));
  }

  /**
   * The shards are handed over before {@code cluster-leave}, so in the last phase an orderly leave
   * can be marked. Who starts anew is marked by the others, or by registering again. The lifeline
   * ends only with the system.
   */
  private void hookShutdown() {
    var shutdown = CoordinatedShutdown.get(system);
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
        "holdfast-stopping",
        () -> {
          setup.stopping();
          selfCheck.ifPresent(SelfCheck::close);
          selfCheck = Optional.empty();
          return CompletableFuture.completedFuture(Done.getInstance());
        });
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "holdfast-leave", this::markGone);
    system.getWhenTerminated().thenRun(this::close);
  }

  private CompletionStage<Done> markGone() {
    if (setup.isStartingAnew()) {
      return CompletableFuture.completedFuture(Done.getInstance());
    }
    var marked = new CompletableFuture<Done>();
    boolean runs =
        run(
            steps,
            () -> {
              try {
                registry.leave(me.id());
                log.info("{} has left", me.name());
              } catch (Registry.Unanswered e) {
                log.info("{} leaves without the database: {}", me.name(), e.getMessage());
              }
              marked.complete(Done.getInstance());
            });
    return runs
        ? marked.completeOnTimeout(
            Done.getInstance(), LEAVE_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)
        : CompletableFuture.completedFuture(Done.getInstance());
  }

  private boolean run(ScheduledExecutorService thread, Runnable work) {
    return runAfter(thread, Duration.ZERO, work).isPresent();
  }

  private Optional<ScheduledFuture<?>> runAfter(
      ScheduledExecutorService thread, Duration delay, Runnable work) {
    try {
      return Optional.of(
          thread.schedule(() -> guarded(work), delay.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException e) {
      log.debug("{} is closed", me.name());
      return Optional.empty();
    }
  }

  /** Whatever is thrown here would silence the node: it begins again instead. */
  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (Throwable e) {
      log.error("{} cannot go on", me.name(), e);
      setup.startAnew(system, e.toString());
    }
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          var thread = new Thread(work, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Where peers hold their lines to. */
  InetSocketAddress lifelineAddress() {
    return HostPort.parse(me.lifeline()).resolve();
  }

  /** Ends this life's threads. From now on the peers take this process for dead. */
  @Override
  public void close() {
    closed = true;
    setup.stopping();
    selfCheck.ifPresent(SelfCheck::close);
    steps.shutdownNow();
    beats.shutdownNow();
    lifeline.close();
  }
}
