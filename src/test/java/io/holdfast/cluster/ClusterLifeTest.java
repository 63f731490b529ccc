package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.holdfast.cluster.ClusterSettings.CertainDeath;
import io.holdfast.database.Database;
import io.holdfast.database.DatabaseSettings;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.WatchedDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.h2.tools.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several nodes in one process, with real remoting, real lifelines and a real database. */
class ClusterLifeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int ROUNDS = Integer.getInteger("holdfast.test.formation-rounds", 5);
  private static final Logger log = LoggerFactory.getLogger(ClusterLifeTest.class);

  private static final Duration MOMENT = Duration.ofMillis(5);
  private static final int BROKEN_CALLS = 3;

  /** Takes steps so seldom that several have joined meanwhile; and nobody is suspected. */
  private static final String SLOW_LEADER =
      """
      pekko.cluster.leader-actions-interval = 4s
      pekko.cluster.failure-detector.acceptable-heartbeat-pause = 60s
      """;

  private final DatabaseSettings database = TestNode.freshDatabase();
  private final List<TestNode> nodes = new ArrayList<>();

  @AfterEach
  void endNodes() {
    nodes.parallelStream().forEach(TestNode::close);
  }

  private List<TestNode> startAtOnce(int count, CertainDeath policy) {
    var started = startAtOnce(count, database, policy);
    nodes.addAll(started);
    return started;
  }

  private static void awaitOneClusterOf(List<TestNode> members) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(20)).until(() -> isOneClusterOf(members));
  }

  private static boolean isOneClusterOf(List<TestNode> members) {
    return members.stream().allMatch(n -> n.upMembers() == members.size())
        && members.stream().map(TestNode::oldest).distinct().count() == 1
        && members.stream().allMatch(n -> n.life.up().toCompletableFuture().isDone());
  }

  private static List<TestNode> startAtOnce(int count, DatabaseSettings at, CertainDeath policy) {
    var starting =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> TestNode.start("n" + i, at, policy)))
            .toList();
    return starting.stream().map(CompletableFuture::join).toList();
  }

  @Test
  void nodesThatStartAtTheSameInstantFormOneCluster() {
    for (int round = 1; round <= ROUNDS; round++) {
      long began = System.nanoTime();
      var members = startAtOnce(3, TestNode.freshDatabase(), CertainDeath.LOOPBACK);
      awaitOneClusterOf(members);
      assertThat(members).noneMatch(TestNode::isStartingAnew);
      log.info("Round {}: one cluster after {} ms", round, millisSince(began));
      members.parallelStream().forEach(TestNode::close);
    }
  }

  @Test
  void nodesThatStartAtTheSameInstantFormOneClusterAlthoughOneDiesMeanwhile() {
    long seed = Long.getLong("holdfast.test.seed", System.nanoTime());
    log.info("-Dholdfast.test.seed={}", seed);
    var random = new Random(seed);
    for (int round = 1; round <= ROUNDS; round++) {
      var at = TestNode.freshDatabase();
      var all = new ArrayList<>(startAtOnce(3, at, CertainDeath.LOOPBACK));
      var victim = all.get(random.nextInt(3));
      int delay = random.nextInt(400);
      CompletableFuture.runAsync(
              victim::kill, CompletableFuture.delayedExecutor(delay, TimeUnit.MILLISECONDS))
          .join();
      long killed = System.nanoTime();
      var survivors = new ArrayList<>(all);
      survivors.remove(victim);
      await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                restartThoseWhoStartAnew(survivors, at);
                return isOneClusterOf(survivors);
              });
      log.info(
          "Round {}: {} killed {} ms after the start, one cluster {} ms later, restarted: {}",
          round,
          victim.name,
          delay,
          millisSince(killed),
          survivors.stream().filter(n -> !all.contains(n)).count());
      victim.close();
      survivors.parallelStream().forEach(TestNode::close);
    }
  }

  /** What the program does with a life that is over. */
  private static void restartThoseWhoStartAnew(List<TestNode> nodes, DatabaseSettings at) {
    nodes.replaceAll(
        node -> {
          if (!node.isStartingAnew()) {
            return node;
          }
          node.close();
          return TestNode.start(node.name, at);
        });
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }

  /**
   * The first lets two others in and makes both members in one step, and dies when it has told only
   * one of them of the other. That one has become a member of which the other never hears.
   */
  @Test
  void aMemberOfWhichOnlyTheDeadHadHeardStartsAnewAndIsLetIn() throws Exception {
    var first = node("n1", node -> {});
    await().atMost(SOON).until(() -> first.upMembers() == 1);
    var uninformed = node("n2", node -> {});
    await().atMost(SOON).pollInterval(MOMENT).until(() -> uninformed.members() == 2);
    first.cutOff(uninformed);
    var unknown = node("n3", node -> node.cutOff(uninformed));
    await().atMost(SOON).pollInterval(MOMENT).until(() -> unknown.members() == 3);
    unknown.reach(uninformed);
    await().atMost(SOON).pollInterval(MOMENT).until(() -> !unknown.isJoining());

    first.kill();

    await().atMost(SOON).until(unknown::isStartingAnew);
    assertThat(unknown.life.up()).isNotCompleted();
    var survivors = new ArrayList<>(List.of(uninformed, unknown));
    restartThoseWhoStartAnew(survivors, database);
    nodes.addAll(survivors);
    awaitOneClusterOf(survivors);
  }

  private TestNode node(String name, Consumer<TestNode> beforeItLives) {
    var node = TestNode.start(name, database, SLOW_LEADER, beforeItLives);
    nodes.add(node);
    return node;
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

    var one = members.get(0);
    one.registry.remove(one.id(), Set.of(members.get(1).id()), false);

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

  @Test
  void nobodyIsLostWhileTheDatabaseIsAwayAndTheDeadAreRemovedOnceItIsBack(@TempDir Path files)
      throws Exception {
    var server = h2(files, 0);
    int port = server.getPort();
    var at = new DatabaseSettings("jdbc:h2:tcp://127.0.0.1:" + port + "/./test", "sa", "secret", 4);
    TestNode.prepare(at);
    nodes.addAll(startAtOnce(3, at, CertainDeath.OFF));
    awaitOneClusterOf(nodes);
    var victim = nodes.get(0);
    var survivors = List.copyOf(nodes.subList(1, 3));

    server.stop();
    victim.cutOff(survivors.get(0));
    victim.cutOff(survivors.get(1));
    await()
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(8))
        .until(() -> nodes.stream().noneMatch(n -> n.isStartingAnew() || n.upMembers() == 2));
    var again = h2(files, port);
    try {
      await().atMost(SOON).until(victim::isStartingAnew);
      awaitOneClusterOf(survivors);
      assertThat(survivors).noneMatch(TestNode::isStartingAnew);
    } finally {
      endNodes();
      nodes.clear();
      again.stop();
    }
  }

  @Test
  void aDriverThatBreaksIsAskedAgainAndMakesNobodyStartAnew() throws Exception {
    var broken = new AtomicInteger();
    try (var driver = new WatchedDriver()) {
      driver.watch("prepareStatement", sql -> breakForAWhile(sql, "FOR UPDATE", broken));
      nodes.addAll(startAtOnce(1, driver.watched(database), CertainDeath.LOOPBACK));
      awaitOneClusterOf(nodes);
      assertThat(broken).hasValue(BROKEN_CALLS);

      broken.set(0);
      driver.watch("prepareStatement", sql -> breakForAWhile(sql, "seen_at = ", broken));
      await().atMost(SOON).until(() -> broken.get() == BROKEN_CALLS);
      awaitSignOfLife(nodes.get(0));
      assertThat(nodes.get(0).isStartingAnew()).isFalse();
      assertThat(nodes.get(0).upMembers()).isOne();
      endNodes();
      nodes.clear();
    }
  }

  /** As PostgreSQL's driver does when a connection breaks. */
  private static void breakForAWhile(String sql, String part, AtomicInteger broken) {
    if (sql.contains(part) && broken.get() < BROKEN_CALLS) {
      broken.incrementAndGet();
      throw new IllegalStateException("a driver's defect");
    }
  }

  private static void awaitSignOfLife(TestNode node) {
    await()
        .atMost(SOON)
        .until(() -> node.registry.live().get(0).silence().compareTo(Duration.ofMillis(500)) < 0);
  }

  /** Two machines that both take 127.0.0.1 for their address, say. */
  @Test
  void aNodeWhoseAddressAnotherOneElsewhereHasDoesNotStartAndTheOtherIsUnharmed() throws Exception {
    var first = TestNode.start("n1", database);
    nodes.add(first);
    await().atMost(SOON).until(() -> first.upMembers() == 1);
    var elsewhere = new Incarnation(77, "n2", "127.0.0.1:" + freePort(), "", "", "127.0.0.1:1");
    first.registry.register(elsewhere, true, Set.of());
    var living = Executors.newSingleThreadScheduledExecutor();
    living.scheduleAtFixedRate(
        () -> assertThatCode(() -> first.registry.seen(77, true)).doesNotThrowAnyException(),
        0,
        500,
        TimeUnit.MILLISECONDS);
    try {
      var port = HostPort.parse(elsewhere.address()).port();
      var second =
          TestNode.start(
              "n3", database, "pekko.remote.artery.canonical.port = " + port, node -> {});
      nodes.add(second);
      assertThat(second.life.up().toCompletableFuture())
          .failsWithin(SOON)
          .withThrowableThat()
          .withCauseInstanceOf(StartRefused.class)
          .withMessageContaining("n2, lives at " + elsewhere.address() + " already");
      assertThat(live()).contains(77L).doesNotContain(second.id());
    } finally {
      living.shutdownNow();
    }
    assertThat(first.isStartingAnew()).isFalse();
  }

  /** Its peer reaches it: its lifeline and its heartbeats are well. */
  @Test
  void aNodeThatAloneDoesNotReachTheDatabaseIsRemovedAndTheLastOneStays() {
    var port = Integer.parseInt(database.url().replaceAll(".*:(\\d+)/.*", "$1"));
    try (var link = new FaultyLink(port);
        var lastLink = new FaultyLink(port)) {
      var stuck = TestNode.start("n1", through(link));
      var last = TestNode.start("n2", through(lastLink));
      nodes.addAll(List.of(stuck, last));
      awaitOneClusterOf(nodes);
      link.goBlack();
      await().atMost(SOON).until(stuck::isStartingAnew);
      awaitOneClusterOf(List.of(last));

      lastLink.goBlack();
      await()
          .during(Duration.ofMillis(5500))
          .atMost(Duration.ofSeconds(9))
          .until(() -> !last.isStartingAnew() && last.upMembers() == 1);
      link.heal();
      lastLink.heal();
      endNodes();
      nodes.clear();
    }
  }

  private DatabaseSettings through(FaultyLink link) {
    return new DatabaseSettings(
        database.url().replaceAll(":\\d+/", ":" + link.port() + "/"),
        database.user(),
        database.password(),
        database.connectionsMax());
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Where a refused connection proves nothing, only its silence tells that it has ended. */
  @Test
  void rowsThatACrashLeftAreIgnoredOnceTheyAreSilent() {
    var members = startAtOnce(1, CertainDeath.OFF);
    awaitOneClusterOf(members);
    members.get(0).kill();

    var again = startAtOnce(1, CertainDeath.OFF);
    awaitOneClusterOf(again);
    assertThat(again).noneMatch(TestNode::isStartingAnew);
    assertThat(live()).containsExactly(again.get(0).id());
  }

  /** As after a promotion of the database that lost what was written last. */
  @Test
  void aMemberOfWhomTheDatabaseDoesNotKnowThatAnyMoreIsConfirmedAgain() throws Exception {
    var members = startAtOnce(2, CertainDeath.LOOPBACK);
    awaitOneClusterOf(members);
    try (var open = Database.open(database)) {
      open.transaction(
          connection -> {
            try (var statement = connection.createStatement()) {
              return statement.executeUpdate("UPDATE incarnation SET formation = -formation");
            }
          });
      var registry = new Registry(open);
      await().atMost(SOON).until(() -> registry.live().stream().allMatch(it -> it.formation() > 0));
    }
    assertThat(members).noneMatch(TestNode::isStartingAnew);
    assertThat(isOneClusterOf(members)).isTrue();
  }

  private static Server h2(Path files, int port) throws SQLException {
    return Server.createTcpServer(
            "-tcpPort", Integer.toString(port), "-baseDir", files.toString(), "-ifNotExists")
        .start();
  }

  private List<Long> live() {
    try (var open = Database.open(database)) {
      return new Registry(open).live().stream().map(Registry.Seen::id).toList();
    } catch (Registry.Unanswered e) {
      throw new IllegalStateException(e);
    }
  }
}
