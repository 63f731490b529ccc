package io.holdfast.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.config.NodeSettings;
import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.Registry;
import io.holdfast.database.Slots;
import io.holdfast.telemetry.Failover;
import io.holdfast.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.remote.RemoteActorRefProvider;
import org.apache.pekko.remote.transport.ThrottlerTransportAdapter;
import scala.jdk.javaapi.CollectionConverters;

/** One node: an actor system with its life, on ports that the kernel chose. */
final class TestNode implements AutoCloseable {
  private static final String CONFIG =
      """
      pekko.remote.artery { canonical { hostname = "127.0.0.1", port = 0 }, advanced.test-mode = on }
      pekko.loglevel = WARNING
      pekko.stdout-loglevel = OFF
      pekko.coordinated-shutdown { run-by-jvm-shutdown-hook = off, run-by-actor-system-terminate = off }
      """;

  static final SelfCheckSettings SELF_CHECK =
      new SelfCheckSettings(
          Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofMillis(1500));

  final String name;
  final ActorSystem system;
  final Cluster cluster;
  final ClusterLife life;
  final CountDownLatch anew = new CountDownLatch(1);
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  final Registry registry;
  private final Database database;
  private volatile Departure departure;
  private SelfCheck selfCheck;

  private TestNode(
      String name,
      DatabaseSettings at,
      CertainDeath policy,
      Config more,
      Consumer<TestNode> beforeItLives) {
    this.name = name;
    this.database = Database.open(at);
    this.registry = new Registry(database);
    var node = new NodeSettings(name, "127.0.0.1", 1, 2, 0, 0, 0);
    var settings = new ClusterSettings("test", 8, policy, SELF_CHECK);
    var setup =
        new ClusterSetup(registry, node, settings, meters, new Failover(meters), this::leave);
    this.system =
        ActorSystem.create(
            "holdfast",
            ActorSystemSetup.create(
                BootstrapSetup.create(more.withFallback(config()).resolve()), setup));
    this.cluster = Cluster.get(system);
    beforeItLives.accept(this);
    try {
      this.life = ClusterLife.start(system);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static TestNode start(String name, DatabaseSettings at) {
    return start(name, at, CertainDeath.LOOPBACK);
  }

  static TestNode start(String name, DatabaseSettings at, CertainDeath policy) {
    return new TestNode(name, at, policy, ConfigFactory.empty(), node -> {});
  }

  /**
   * @param more settings that go before the usual ones
   * @param beforeItLives called with the node before it looks for others
   */
  static TestNode start(
      String name, DatabaseSettings at, String more, Consumer<TestNode> beforeItLives) {
    return new TestNode(
        name, at, CertainDeath.LOOPBACK, ConfigFactory.parseString(more), beforeItLives);
  }

  /** A new, empty, prepared database. */
  static DatabaseSettings freshDatabase() {
    var at = TestDatabase.H2.fresh();
    prepare(at);
    return at;
  }

  static void prepare(DatabaseSettings at) {
    try (var database = Database.open(at)) {
      database.prepare("test", new Slots(8));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static Config config() {
    return ConfigFactory.parseString(CONFIG)
        .withFallback(ConfigFactory.parseResources("holdfast-cluster.conf"))
        .withFallback(ConfigFactory.load())
        .resolve();
  }

  long id() {
    return life.me().id();
  }

  /** How many members are up, seen from here; none while anybody is not up or not reached. */
  int upMembers() {
    var state = cluster.state();
    if (!state.getUnreachable().isEmpty()) {
      return 0;
    }
    int up = 0;
    for (Member member : state.getMembers()) {
      if (member.status() != MemberStatus.up()) {
        return 0;
      }
      up++;
    }
    return up;
  }

  boolean isJoining() {
    return cluster.selfMember().status() == MemberStatus.joining();
  }

  /** How many members it knows, whatever their status. */
  int members() {
    int members = 0;
    for (Member member : cluster.state().getMembers()) {
      members++;
    }
    return members;
  }

  Optional<Address> oldest() {
    return CollectionConverters.asJava(cluster.state().members()).stream()
        .min((one, other) -> one.isOlderThan(other) ? -1 : 1)
        .map(Member::address);
  }

  boolean isStartingAnew() {
    return anew.getCount() == 0;
  }

  private void leave(Departure how) {
    departure = how;
    anew.countDown();
  }

  /** How it is to end, once it {@link #isStartingAnew}. */
  Departure departure() {
    return departure;
  }

  /** Watches itself from now on. */
  void checks(SelfCheck.Probe probe) {
    selfCheck = life.checkItself(probe);
  }

  Optional<String> trouble() {
    return selfCheck.trouble();
  }

  /** Messages between the two get lost from now on, in both directions. */
  void cutOff(TestNode other) {
    throttle(other, ThrottlerTransportAdapter.Blackhole$.MODULE$);
    other.throttle(this, ThrottlerTransportAdapter.Blackhole$.MODULE$);
  }

  /** Messages between the two arrive again. */
  void reach(TestNode other) {
    throttle(other, ThrottlerTransportAdapter.Unthrottled$.MODULE$);
    other.throttle(this, ThrottlerTransportAdapter.Unthrottled$.MODULE$);
  }

  /** What becomes of what this node sends to the other, and of what it receives from it. */
  private void throttle(TestNode other, ThrottlerTransportAdapter.ThrottleMode mode) {
    var provider =
        (RemoteActorRefProvider) ((org.apache.pekko.actor.ExtendedActorSystem) system).provider();
    provider
        .transport()
        .managementCommand(
            new ThrottlerTransportAdapter.SetThrottle(
                other.cluster.selfAddress(), bothDirections(), mode));
  }

  /** Scala's nested object has a name that Java's compiler cannot say. */
  private static ThrottlerTransportAdapter.Direction bothDirections() {
    try {
      var both = Class.forName(ThrottlerTransportAdapter.Direction.class.getName() + "$Both$");
      return (ThrottlerTransportAdapter.Direction) both.getField("MODULE$").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As near to a kill as one process allows: no goodbye, the sockets close. */
  void kill() {
    life.close();
    ((RemoteActorRefProvider) ((org.apache.pekko.actor.ExtendedActorSystem) system).provider())
        .transport()
        .shutdown();
  }

  @Override
  public void close() {
    life.close();
    system.terminate();
    try {
      system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(name + " did not end within " + Duration.ofSeconds(20), e);
    } finally {
      database.close();
    }
  }
}
