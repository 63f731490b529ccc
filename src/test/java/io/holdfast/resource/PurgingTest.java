package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.database.Purges.Numbered;
import io.holdfast.resource.Purging.Done;
import io.holdfast.resource.Purging.Reason;
import io.holdfast.resource.Purging.Refused;
import io.holdfast.resource.Purging.Reply;
import io.holdfast.testing.PurgesInMemory;
import io.holdfast.testing.ReachedTargets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.MemberStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several actor systems in one cluster, over real sockets; the table is in memory. */
class PurgingTest {
  private static final Duration GUARD_TIME = Duration.ofMillis(1500);
  private static final TargetUri A = TargetUri.of("http", "shop.example", "/a");
  private static final TargetUri B = TargetUri.of("http", "shop.example", "/b");
  private static final TargetUri C = TargetUri.of("http", "shop.example", "/c");
  private final PurgesInMemory table = new PurgesInMemory();
  private final List<OneNode> nodes = new ArrayList<>();

  /** A member of the cluster, which stores something. */
  private final class OneNode {
    final ActorTestKit kit =
        ActorTestKit.create(
            "holdfast",
            ConfigFactory.parseString(
                    """
                    pekko {
                      actor.provider = cluster
                      remote.artery.canonical { hostname = 127.0.0.1, port = 0 }
                      cluster {
                        jmx.enabled = off
                        gossip-interval = 100ms
                        leader-actions-interval = 50ms
                        periodic-tasks-initial-delay = 50ms
                        shutdown-after-unsuccessful-join-seed-nodes = off
                      }
                      coordinated-shutdown.exit-jvm = off
                    }
                    """)
                .withFallback(
                    ConfigFactory.parseResources("holdfast-pekko.conf").withOnlyPath("pekko.actor"))
                .withFallback(ConfigFactory.load()));
    final Cluster cluster = Cluster.get(Adapter.toClassic(kit.system()));
    final ReachedTargets reached;
    final PurgeLearning learning;
    ActorRef<Purging.Command> purging;

    OneNode(TargetUri... stored) {
      reached = new ReachedTargets("catalog", stored);
      learning = new PurgeLearning(table, new PurgeLog(), reached);
    }

    void begin() {
      purging = kit.spawn(Purging.create(table, learning, GUARD_TIME), Purging.NAME);
    }

    Reply give(Purge.Scope scope, boolean soft, boolean dryRun) throws Exception {
      return AskPattern.ask(
              purging,
              (ActorRef<Reply> replyTo) -> new Purging.Order(scope, soft, dryRun, replyTo),
              Duration.ofSeconds(10),
              kit.system().scheduler())
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
    }

    Reply purge(Purge.Scope scope) throws Exception {
      return give(scope, false, false);
    }

    String address() {
      return cluster.selfAddress().hostPort();
    }
  }

  private OneNode join(TargetUri... stored) {
    var node = new OneNode(stored);
    nodes.add(node);
    node.cluster.join(nodes.get(0).cluster.selfAddress());
    await().atMost(Duration.ofSeconds(20)).until(() -> nodes.stream().allMatch(this::seesAll));
    return node;
  }

  private boolean seesAll(OneNode node) {
    int up = 0;
    for (var member : node.cluster.state().getMembers()) {
      up += member.status().equals(MemberStatus.up()) ? 1 : 0;
    }
    return up == nodes.size();
  }

  @AfterEach
  void end() {
    nodes.forEach(node -> node.kit.shutdownTestKit());
  }

  @Test
  void anOrderIsAnsweredWhenEveryNodeHasAppliedIt() throws Exception {
    var one = join(A);
    var two = join(B, A);
    var three = join(C);
    nodes.forEach(OneNode::begin);
    assertThat(one.give(new Purge.Prefix(TargetUri.of("http", "shop.example", "/")), false, true))
        .as("a dry run")
        .isEqualTo(new Done(0, 4, 3, List.of()));
    assertThat(table.add(PurgeRow.of(new Purge.Route("other"), false)))
        .as("the dry run wrote nothing down")
        .isCompletedWithValueMatching(added -> added.number() == 1);
    assertThat(one.purge(new Purge.Target(A))).isEqualTo(new Done(2, 2, 3, List.of()));
    assertThat(nodes).allSatisfy(node -> assertThat(node.learning.log().known()).isEqualTo(2));
    assertThat(one.reached.stored).isEmpty();
    assertThat(two.reached.stored).containsExactly(B);
    assertThat(three.reached.stored).containsExactly(C);
    assertThat(three.give(new Purge.Route("catalog"), true, false))
        .isEqualTo(new Done(3, 2, 3, List.of()));
    assertThat(two.reached.applied).last().satisfies(last -> assertThat(last.soft()).isTrue());
  }

  /** It was told of by its poll before the message came; what was there then is what counts. */
  @Test
  void whatANodeHasAppliedByItselfIsCountedToo() throws Exception {
    var one = join(A, B);
    one.begin();
    table.add(PurgeRow.of(new Purge.Target(A), false));
    one.learning.apply(1);
    one.purging.tell(
        new Purging.Apply(
            7, one.address(), 0, new Numbered(1, PurgeRow.of(new Purge.Target(A), false)), false));
    assertThat(one.learning.counted(1)).hasValue(1);
    assertThat(one.purge(new Purge.Target(B))).isEqualTo(new Done(2, 1, 1, List.of()));
  }

  @Test
  void aNodeThatDoesNotAnswerIsNamedAndLearnsOfItLater() throws Exception {
    var one = join(A);
    var silent = join(A);
    var nameless = join(A);
    one.begin();
    table.names.put(silent.cluster.selfUniqueAddress().longUid(), "n2");
    long began = System.nanoTime();
    assertThat(one.purge(new Purge.Target(A)))
        .isEqualTo(new Done(1, 1, 1, List.of(nameless.address(), "n2")));
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("by then the silent one's last proof has lapsed")
        .isGreaterThan(GUARD_TIME);
    silent.learning.apply(1);
    assertThat(silent.reached.stored).isEmpty();
  }

  @Test
  void aNodeThatIsLateIsAskedAgain() throws Exception {
    var one = join(A);
    var late = join(A);
    one.begin();
    table.add(PurgeRow.of(new Purge.Route("other"), false));
    var order =
        AskPattern.ask(
            one.purging,
            (ActorRef<Reply> replyTo) ->
                new Purging.Order(new Purge.Target(A), false, false, replyTo),
            Duration.ofSeconds(10),
            one.kit.system().scheduler());
    await().until(() -> one.learning.log().known() == 2);
    late.begin();
    assertThat(order.toCompletableFuture().get(10, TimeUnit.SECONDS))
        .isEqualTo(new Done(2, 2, 2, List.of()));
    assertThat(late.reached.applied).hasSize(2);
  }

  @Test
  void whileTheDatabaseIsAwayAnOrderIsRefusedAndNothingIsPurged() throws Exception {
    var one = join(A);
    one.begin();
    table.away(true);
    assertThat(one.purge(new Purge.Target(A))).isEqualTo(new Refused(Reason.DATABASE_AWAY));
    assertThat(one.reached.stored).containsExactly(A);
    assertThat(one.give(new Purge.Target(A), false, true))
        .as("counting needs no database")
        .isEqualTo(new Done(0, 1, 1, List.of()));
    table.away(false);
    assertThat(one.purge(new Purge.Target(A))).isEqualTo(new Done(1, 1, 1, List.of()));
  }

  /** Until its last proof is over it may answer, if it has not noticed that it is no member. */
  @Test
  void soonAfterANodeWasRemovedAnAnswerWaitsForTheGuardsTime() throws Exception {
    var one = join(A);
    var gone = join(A);
    nodes.forEach(OneNode::begin);
    assertThat(one.purge(new Purge.Target(B))).isEqualTo(new Done(1, 0, 2, List.of()));
    gone.cluster.leave(gone.cluster.selfAddress());
    await().atMost(Duration.ofSeconds(20)).until(() -> one.cluster.state().members().size() == 1);
    long began = System.nanoTime();
    assertThat(one.purge(new Purge.Target(A))).isEqualTo(new Done(2, 1, 1, List.of()));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(GUARD_TIME);
    await().pollDelay(GUARD_TIME.plusMillis(300)).until(() -> true);
    began = System.nanoTime();
    assertThat(one.purge(new Purge.Target(A))).isEqualTo(new Done(3, 0, 1, List.of()));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(GUARD_TIME);
  }
}
