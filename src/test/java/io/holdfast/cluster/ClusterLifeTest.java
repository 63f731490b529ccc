package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.database.Registry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several nodes in one process, with real remoting, real lifelines and a real database. */
class ClusterLifeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Logger log = LoggerFactory.getLogger(ClusterLifeTest.class);

  private final TestDatabase database = new TestDatabase();
  private final Registry registry = new Registry(database.database);
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void endNodes() {
    nodes.parallelStream().forEach(TestNode::close);
    database.close();
  }

  private List<TestNode> startAtOnce(int count, CertainDeath policy) {
    var starting =
        IntStream.rangeClosed(1, count)
            .mapToObj(
                i -> CompletableFuture.supplyAsync(() -> TestNode.start("n" + i, registry, policy)))
            .toList();
    var started = starting.stream().map(CompletableFuture::join).toList();
    nodes.addAll(started);
    return started;
  }

  private static void awaitOneClusterOf(List<TestNode> members) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                members.stream().allMatch(n -> n.upMembers() == members.size())
                    && members.stream().map(TestNode::oldest).distinct().count() == 1
                    && members.stream().allMatch(n -> n.life.up().toCompletableFuture().isDone()));
  }

  @Test
  void nodesThatStartAtTheSameInstantFormOneCluster() {
    int rounds = Integer.getInteger("holdfast.test.formation-rounds", 5);
    for (int round = 0; round < rounds; round++) {
      try (var empty = new TestDatabase()) {
        var own = new Registry(empty.database);
        long began = System.nanoTime();
        var members =
            IntStream.rangeClosed(1, 3)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> TestNode.start("n" + i, own)))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        awaitOneClusterOf(members);
        assertThat(members).noneMatch(TestNode::isStartingAnew);
        log.info(
            "Round {}: one cluster after {} ms", round, (System.nanoTime() - began) / 1_000_000);
        members.parallelStream().forEach(TestNode::close);
      }
    }
  }

  @Test
  void nodesThatStartAtTheSameInstantFormOneClusterAlthoughOneDiesMeanwhile() {
    long seed = Long.getLong("holdfast.test.seed", System.nanoTime());
    log.info("seed {}", seed);
    var random = new Random(seed);
    int rounds = Integer.getInteger("holdfast.test.formation-rounds", 5);
    for (int round = 0; round < rounds; round++) {
      try (var empty = new TestDatabase()) {
        var own = new Registry(empty.database);
        var all =
            IntStream.rangeClosed(1, 3)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> TestNode.start("n" + i, own)))
                .toList()
                .stream()
                .map(CompletableFuture::join)
                .toList();
        var victim = all.get(random.nextInt(3));
        long killedAfter = random.nextInt(1500);
        CompletableFuture.runAsync(
                victim::kill, CompletableFuture.delayedExecutor(killedAfter, TimeUnit.MILLISECONDS))
            .join();
        var survivors = all.stream().filter(n -> n != victim).toList();
        long began = System.nanoTime();
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(20))
            .until(
                () ->
                    survivors.stream().anyMatch(TestNode::isStartingAnew)
                        || survivors.stream().allMatch(n -> n.upMembers() == 2));
        log.info(
            "Round {}: {} killed after {} ms, settled after {} ms, starting anew: {}",
            round,
            victim.name,
            killedAfter,
            (System.nanoTime() - began) / 1_000_000,
            survivors.stream().filter(TestNode::isStartingAnew).map(n -> n.name).toList());
        assertThat(survivors).anyMatch(n -> !n.isStartingAnew());
        if (survivors.stream().noneMatch(TestNode::isStartingAnew)) {
          awaitOneClusterOf(survivors);
        }
        all.parallelStream().forEach(TestNode::close);
      }
    }
  }

  @Test
  void removesADeadMemberWithinASecondByItsLifeline() {
    var members = startAtOnce(3, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);
    await().atMost(SOON).until(() -> members.stream().allMatch(n -> n.life.lifelines() == 2));

    long killed = System.nanoTime();
    members.get(0).kill();
    var survivors = members.subList(1, 3);
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> survivors.stream().allMatch(n -> n.upMembers() == 2));

    log.info("Removed {} ms after the kill", (System.nanoTime() - killed) / 1_000_000);
    assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(2));
    assertThat(survivors).noneMatch(TestNode::isStartingAnew);
    await().atMost(SOON).until(() -> live().size() == 2);
  }

  @Test
  void oneOfThreeSurvivesTheDeathOfTheOthersInTheSameInstant() {
    var members = startAtOnce(3, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);

    members.subList(0, 2).parallelStream().forEach(TestNode::kill);

    awaitOneClusterOf(members.subList(2, 3));
    assertThat(members.get(2).isStartingAnew()).isFalse();
  }

  @Test
  void theMajorityGoesOnWithoutAMemberThatIsCutOffAndThatStartsAnew() {
    var members = startAtOnce(3, CertainDeath.OFF);
    awaitOneClusterOf(members);
    var lonely = members.get(0);

    lonely.cutOff(members.get(1));
    lonely.cutOff(members.get(2));

    await().atMost(SOON).until(lonely::isStartingAnew);
    awaitOneClusterOf(members.subList(1, 3));
    assertThat(members.subList(1, 3)).noneMatch(TestNode::isStartingAnew);
    assertThat(live()).doesNotContain(lonely.id()).hasSize(2);
  }

  @Test
  void aCutBetweenTwoOfThreeCostsJustOneOfThem() {
    var members = startAtOnce(3, CertainDeath.OFF);
    awaitOneClusterOf(members);

    members.get(0).cutOff(members.get(1));

    await()
        .atMost(SOON)
        .until(() -> members.get(0).isStartingAnew() || members.get(1).isStartingAnew());
    var rest = members.stream().filter(n -> !n.isStartingAnew()).toList();
    assertThat(rest).hasSize(2);
    awaitOneClusterOf(rest);
  }

  @Test
  void aMemberThatLeavesInOrderIsRemovedAndMarked() {
    var members = startAtOnce(2, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);

    members.get(0).life.leave(CoordinatedShutdown.unknownReason());

    awaitOneClusterOf(members.subList(1, 2));
    await().atMost(SOON).until(() -> live().equals(List.of(members.get(1).id())));
    assertThat(members).noneMatch(TestNode::isStartingAnew);
  }

  @Test
  void aNodeThatWasWrittenOffStartsAnewWithinASecondOrTwo() throws Exception {
    var members = startAtOnce(2, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);

    registry.remove(members.get(0).id(), java.util.Set.of(members.get(1).id()), false);

    await().atMost(Duration.ofSeconds(2)).until(members.get(1)::isStartingAnew);
    assertThat(members.get(0).isStartingAnew()).isFalse();
  }

  @Test
  void aClusterWhoseMembersAllDiedIsFormedAgainAtOnce() {
    var members = startAtOnce(3, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);
    members.parallelStream().forEach(TestNode::kill);

    long began = System.nanoTime();
    var again = startAtOnce(3, CertainDeath.LOOPBACK);
    awaitOneClusterOf(again);

    log.info("Formed again after {} ms", (System.nanoTime() - began) / 1_000_000);
    assertThat(again).noneMatch(TestNode::isStartingAnew);
    assertThat(live()).hasSize(3);
  }

  private List<Long> live() {
    try {
      return registry.live().stream().map(Registry.Seen::id).toList();
    } catch (Registry.Unanswered e) {
      throw new IllegalStateException(e);
    }
  }
}
