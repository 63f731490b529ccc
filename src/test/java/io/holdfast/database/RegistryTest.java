package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Registry.Entry;
import io.holdfast.database.Registry.Forming;
import io.holdfast.database.Registry.Presence;
import io.holdfast.database.Registry.Removal;
import io.holdfast.database.Registry.Seen;
import io.holdfast.database.Registry.Withdrawal;
import io.holdfast.testing.TestDatabase;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(TestDatabase.class)
class RegistryTest {
  private static final Set<Long> NOBODY = Set.of();

  private final Database database;
  private final Registry registry;

  RegistryTest(TestDatabase kind) throws SQLException {
    this.database = Database.open(kind.fresh());
    database.prepare("test", new Slots(8));
    this.registry = new Registry(database);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Incarnation node(long id, String address) {
    return new Incarnation(id, "n" + id, address, "h:1", "h:2", "h:3");
  }

  private void register(long... ids) throws Exception {
    for (long id : ids) {
      registry.register(node(id, "h:" + id), true, NOBODY);
    }
  }

  /** 1 has formed a cluster, and the others are members of it. */
  private long clusterOf(long... ids) throws Exception {
    register(ids);
    var formed = (Forming.Formed) registry.form(ids[0], NOBODY, NOBODY);
    for (long id : ids) {
      assertThat(registry.confirm(id, formed.formation(), Set.of())).isEqualTo(Presence.PRESENT);
    }
    return formed.formation();
  }

  private List<Long> live() throws Exception {
    return registry.live().stream().map(Seen::id).sorted().toList();
  }

  private List<Long> ids(String condition) throws SQLException {
    return database.transaction(
        connection -> {
          try (var statement = connection.createStatement();
              var rows =
                  statement.executeQuery(
                      "SELECT id FROM incarnation WHERE " + condition + " ORDER BY id")) {
            var ids = new ArrayList<Long>();
            while (rows.next()) {
              ids.add(rows.getLong(1));
            }
            return ids;
          }
        });
  }

  private void update(String sql) throws SQLException {
    database.transaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
          }
        });
  }

  private static <T> List<T> atOnce(List<Callable<T>> works) throws Exception {
    var barrier = new CyclicBarrier(works.size());
    var threads = Executors.newFixedThreadPool(works.size());
    try {
      var results = new ArrayList<T>();
      var waiting = new ArrayList<Callable<T>>();
      for (var work : works) {
        waiting.add(
            () -> {
              barrier.await();
              return work.call();
            });
      }
      for (var result : threads.invokeAll(waiting)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void aRegisteredNodeIsLiveAndOutside() throws Exception {
    register(1);
    var seen = registry.live().get(0);
    assertThat(seen.incarnation()).isEqualTo(node(1, "h:1"));
    assertThat(seen.formation()).isZero();
    assertThat(registry.seen(1, true)).isEqualTo(Presence.OUTSIDE);
  }

  @Test
  void registeringTwiceChangesNothing() throws Exception {
    register(1);
    register(1);
    assertThat(live()).containsExactly(1L);
  }

  @Test
  void registeringAnAddressProvesItsFormerHolderDead() throws Exception {
    registry.register(node(1, "h:1"), true, NOBODY);
    registry.register(node(2, "h:2"), true, NOBODY);
    registry.register(node(3, "h:1"), true, Set.of(1L));
    assertThat(ids("gone AND dead")).containsExactly(1L);
    assertThat(live()).containsExactly(2L, 3L);
    assertThat(registry.seen(1, true)).isEqualTo(Presence.GONE);
  }

  @Test
  void nobodyRegistersUnderTheNameOrAtTheAddressOfAnotherThatMayLive() throws Exception {
    register(1, 2);
    var sameAddress = node(3, "h:1");
    var sameName = new Incarnation(3, "n2", "h:3", "", "", "");
    assertThat(registry.namesakes(sameAddress)).extracting(Seen::id).containsExactly(1L);
    assertThat(registry.namesakes(sameName)).extracting(Seen::id).containsExactly(2L);
    assertThat(registry.register(sameAddress, true, Set.of(2L))).isFalse();
    assertThat(registry.register(sameName, true, Set.of(1L))).isFalse();
    assertThat(live()).containsExactly(1L, 2L);

    registry.leave(2);
    assertThat(registry.namesakes(sameName)).isEmpty();
    assertThat(registry.register(sameName, true, NOBODY)).isTrue();
    assertThat(registry.namesakes(sameName)).as("never itself").isEmpty();
    assertThat(live()).containsExactly(1L, 3L);
  }

  @Test
  void ofManyThatRegisterAtOnceUnderOneNameExactlyOneDoes() throws Exception {
    var registered =
        atOnce(
            LongStream.rangeClosed(1, 8)
                .<Callable<Boolean>>mapToObj(
                    id ->
                        () ->
                            registry.register(
                                new Incarnation(id, "n", "h:" + id, "", "", ""), true, NOBODY))
                .toList());
    assertThat(registered).filteredOn(it -> it).hasSize(1);
    assertThat(live()).hasSize(1);
  }

  @Test
  void manyMayRegisterAtOnceOnAnEmptyDatabase() throws Exception {
    atOnce(
        LongStream.rangeClosed(1, 8)
            .<Callable<Void>>mapToObj(
                id ->
                    () -> {
                      registry.register(node(id, "h:" + id), true, NOBODY);
                      return null;
                    })
            .toList());
    assertThat(live()).hasSize(8);
  }

  @Test
  void thereIsNobodyToJoinBeforeAClusterIsFormed() throws Exception {
    register(1, 2);
    assertThat(registry.enter(1)).isEqualTo(new Entry.Empty());
  }

  @Test
  void entersAmongTheMembersOfTheCurrentFormation() throws Exception {
    long formation = clusterOf(1);
    register(2, 3);
    assertThat(registry.enter(2))
        .isInstanceOfSatisfying(
            Entry.Entered.class,
            entered -> {
              assertThat(entered.formation()).isEqualTo(formation);
              assertThat(entered.members()).extracting(Seen::id).containsExactly(1L);
            });
    // Who only tries to enter is nobody to join.
    assertThat(((Entry.Entered) registry.enter(3)).members())
        .extracting(Seen::id)
        .containsExactly(1L);
  }

  @Test
  void theFounderFindsItsFormationAgainWhenItDidNotHearOfIt() throws Exception {
    register(1);
    var formed = (Forming.Formed) registry.form(1, NOBODY, NOBODY);
    assertThat(registry.enter(1)).isEqualTo(new Entry.Founded(formed.formation()));
  }

  @Test
  void whoWasWrittenOffDecidesNothing() throws Exception {
    long formation = clusterOf(1, 2, 3);
    registry.remove(1, Set.of(2L), false);
    assertThat(registry.enter(2)).isEqualTo(new Entry.Refused());
    assertThat(registry.form(2, Set.of(1L, 3L), NOBODY)).isEqualTo(new Forming.Refused());
    assertThat(registry.remove(2, Set.of(1L, 3L), false)).isEqualTo(new Removal.Lost());
    assertThat(registry.remove(2, Set.of(1L), true)).isEqualTo(new Removal.Lost());
    assertThat(registry.confirm(2, formation, Set.of())).isEqualTo(Presence.GONE);
    assertThat(registry.seen(2, true)).isEqualTo(Presence.GONE);
    assertThat(live()).containsExactly(1L, 3L);
  }

  @Test
  void whoWasForgottenIsWrittenOff() throws Exception {
    assertThat(registry.seen(99, true)).isEqualTo(Presence.GONE);
  }

  @Test
  void formsOnlyOverMembersThatWereAllJudged() throws Exception {
    long formation = clusterOf(1, 2, 3);
    register(4);
    assertThat(registry.form(4, Set.of(1L), Set.of(2L))).isEqualTo(new Forming.Changed());
    assertThat(ids("gone")).isEmpty();
    assertThat(registry.form(4, Set.of(1L, 3L), Set.of(2L)))
        .isEqualTo(new Forming.Formed(formation + 1));
    assertThat(ids("gone")).containsExactly(1L, 2L, 3L);
    assertThat(ids("dead")).containsExactly(2L);
  }

  @Test
  void formsOverNodesThatOnlyTriedToEnterAndLeavesThemBe() throws Exception {
    clusterOf(1);
    register(2, 3);
    registry.enter(2);
    registry.enter(3);
    assertThat(registry.form(2, NOBODY, Set.of(1L))).isInstanceOf(Forming.Formed.class);
    assertThat(registry.form(3, NOBODY, Set.of(1L))).isEqualTo(new Forming.Changed());
    assertThat(((Entry.Entered) registry.enter(3)).members())
        .extracting(Seen::id)
        .containsExactly(2L);
  }

  @Test
  void ofManyThatFormAtOnceExactlyOneDoes() throws Exception {
    for (int round = 0; round < 50; round++) {
      var members = live();
      long base = 10L * round;
      register(base + 1, base + 2, base + 3, base + 4);
      var forming =
          atOnce(
              LongStream.rangeClosed(base + 1, base + 4)
                  .<Callable<Forming>>mapToObj(
                      id -> () -> registry.form(id, NOBODY, Set.copyOf(members)))
                  .toList());
      assertThat(forming).filteredOn(Forming.Formed.class::isInstance).hasSize(1);
      assertThat(forming).filteredOn(Forming.Changed.class::isInstance).hasSize(3);
      update("DELETE FROM incarnation WHERE formation = 0");
    }
  }

  @Test
  void whoJoinedAnotherFormationIsNotConfirmed() throws Exception {
    long formation = clusterOf(1);
    register(2, 3);
    registry.enter(2);
    registry.form(3, Set.of(1L), NOBODY);
    assertThat(registry.confirm(2, formation, Set.of(1L))).isEqualTo(Presence.OUTDATED);
    // Believing to have joined the new one, but having met a member of the old one.
    assertThat(registry.confirm(2, formation + 1, Set.of(1L))).isEqualTo(Presence.OUTDATED);
    assertThat(registry.confirm(2, formation + 1, Set.of(3L))).isEqualTo(Presence.PRESENT);
  }

  @Test
  void whoEnteredAFormationThatHasEndedRemovesNobody() throws Exception {
    clusterOf(1);
    register(2, 3);
    registry.enter(2);
    registry.form(3, Set.of(1L), NOBODY);
    assertThat(registry.remove(2, Set.of(3L), false)).isEqualTo(new Removal.Lost());
    assertThat(live()).containsExactly(2L, 3L);
  }

  @Test
  void tellsTheCertainlyDeadFromTheWrittenOff() throws Exception {
    clusterOf(1, 2, 3);
    registry.remove(1, Set.of(2L), false);
    registry.remove(1, Set.of(3L), true);
    assertThat(ids("gone")).containsExactly(2L, 3L);
    assertThat(ids("dead")).containsExactly(3L);
  }

  @Test
  void whoWasWrittenOffMayBeFoundDeadLater() throws Exception {
    clusterOf(1, 2);
    registry.remove(1, Set.of(2L), false);
    registry.remove(1, Set.of(2L), true);
    assertThat(ids("gone AND dead")).containsExactly(2L);
  }

  @Test
  void nobodyRemovesItself() throws Exception {
    clusterOf(1, 2);
    registry.remove(1, Set.of(1L, 2L), false);
    assertThat(live()).containsExactly(1L);
  }

  @Test
  void ofSidesThatRemoveEachOtherAtOnceExactlyOneIsLeft() throws Exception {
    var random = new Random(42);
    for (int round = 0; round < 50; round++) {
      long base = 100L * (round + 1);
      update("DELETE FROM incarnation");
      var ids = new ArrayList<>(LongStream.rangeClosed(base + 1, base + 6).boxed().toList());
      clusterOf(ids.stream().mapToLong(id -> id).toArray());
      Collections.shuffle(ids, random);
      int cut = 1 + random.nextInt(5);
      var one = Set.copyOf(ids.subList(0, cut));
      var other = Set.copyOf(ids.subList(cut, 6));

      var removals =
          atOnce(
              ids.stream()
                  .<Callable<Removal>>map(
                      id -> () -> registry.remove(id, one.contains(id) ? other : one, false))
                  .toList());

      assertThat(Set.copyOf(live())).isIn(one, other);
      assertThat(removals).filteredOn(Removal.Removed.class::isInstance).hasSize(live().size());
    }
  }

  @Test
  void whoServesSaysSinceWhenByTheDatabasesClock() throws Exception {
    register(1);
    assertThat(serving(1)).isEmpty();
    registry.seen(1, true);
    update("UPDATE incarnation SET serving_since = serving_since - INTERVAL '7' SECOND");
    registry.seen(1, true);
    assertThat(serving(1).orElseThrow().toMillis()).isBetween(7000L, 12000L);
    registry.seen(1, false);
    assertThat(serving(1)).isEmpty();
    registry.seen(1, true);
    assertThat(serving(1).orElseThrow().toMillis()).isLessThan(5000L);
  }

  private Optional<Duration> serving(long id) throws Registry.Unanswered {
    return registry.live().stream()
        .filter(row -> row.id() == id)
        .findFirst()
        .orElseThrow()
        .serving();
  }

  @Test
  void aMemberWithdrawsOnlyWhereTheOthersCanDoWithoutIt() throws Exception {
    clusterOf(1, 2, 3);
    register(4);
    assertThat(registry.withdraw(2, others -> false)).isEqualTo(Withdrawal.NEEDED);
    assertThat(live()).containsExactly(1L, 2L, 3L, 4L);
    var asked = new ArrayList<Long>();
    assertThat(registry.withdraw(2, others -> asked.addAll(others.stream().map(Seen::id).toList())))
        .isEqualTo(Withdrawal.WITHDRAWN);
    assertThat(asked).containsExactly(1L, 3L);
    assertThat(ids("gone")).containsExactly(2L);
    assertThat(ids("dead")).isEmpty();
    assertThat(registry.withdraw(2, others -> true)).isEqualTo(Withdrawal.GONE);
    assertThat(registry.withdraw(4, others -> true)).isEqualTo(Withdrawal.GONE);
  }

  @Test
  void ofMembersThatAllWithdrawAtOnceOneStays() throws Exception {
    for (int round = 0; round < 20; round++) {
      update("DELETE FROM incarnation");
      long base = 100L * (round + 1);
      var ids = LongStream.rangeClosed(base + 1, base + 4).toArray();
      clusterOf(ids);
      var withdrawals =
          atOnce(
              LongStream.of(ids)
                  .<Callable<Withdrawal>>mapToObj(
                      id -> () -> registry.withdraw(id, others -> !others.isEmpty()))
                  .toList());
      assertThat(withdrawals).filteredOn(Withdrawal.NEEDED::equals).hasSize(1);
      assertThat(live()).hasSize(1);
    }
  }

  @Test
  void whoLeftInOrderIsGoneAndDead() throws Exception {
    clusterOf(1, 2);
    registry.leave(2);
    assertThat(ids("gone AND dead")).containsExactly(2L);
  }

  @Test
  void whoLeavesWithoutGivingBackItsShardsIsGoneButNotDead() throws Exception {
    clusterOf(1, 2);
    update("UPDATE shard_owner SET incarnation = 2 WHERE slot = 3");
    registry.leave(2);
    assertThat(ids("gone")).containsExactly(2L);
    assertThat(ids("dead")).isEmpty();
  }

  @Test
  void aNodeFrozenInTheMiddleOfADecisionHoldsUpTheOthersForSecondsOnly() throws Exception {
    clusterOf(1, 2);
    var frozen = new CountDownLatch(1);
    var thaw = new CountDownLatch(1);
    var thread =
        new Thread(
            () -> {
              try {
                database.transaction(
                    connection -> {
                      try (var statement = connection.createStatement()) {
                        statement.execute("SELECT one FROM arbiter FOR UPDATE");
                        statement.execute("UPDATE incarnation SET seen_at = seen_at WHERE id = 2");
                        frozen.countDown();
                        thaw.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                      return null;
                    });
              } catch (SQLException e) {
                // Its transaction was ended, as it should be.
              }
            });
    thread.start();
    try {
      frozen.await();
      await()
          .atMost(Duration.ofSeconds(5))
          .pollInterval(Duration.ofMillis(200))
          .until(this::isTwoRemoved);
    } finally {
      thaw.countDown();
      thread.join();
    }
    assertThat(live()).containsExactly(1L);
  }

  private boolean isTwoRemoved() {
    try {
      return registry.remove(1, Set.of(2L), false) instanceof Removal.Removed;
    } catch (Registry.Unanswered e) {
      return false;
    }
  }

  @Test
  void silenceIsMeasuredByTheDatabasesClockAndEndsWithASignOfLife() throws Exception {
    register(1);
    update("UPDATE incarnation SET seen_at = seen_at - INTERVAL '7' SECOND");
    assertThat(registry.live().get(0).silence().toMillis()).isBetween(7000L, 12000L);
    registry.seen(1, true);
    assertThat(registry.live().get(0).silence().toMillis()).isLessThan(5000L);
  }

  @Test
  void aSignOfLifeOfOneOutdatedSaysSo() throws Exception {
    clusterOf(1);
    update("UPDATE arbiter SET formation = formation + 1");
    assertThat(registry.seen(1, true)).isEqualTo(Presence.OUTDATED);
  }

  @Test
  void forgetsWhoWasWrittenOffADayAgoAndNobodyElse() throws Exception {
    clusterOf(1, 2, 3);
    registry.remove(1, Set.of(2L, 3L), false);
    update("UPDATE incarnation SET seen_at = seen_at - INTERVAL '25' HOUR WHERE id IN (1, 2)");
    register(4);
    assertThat(ids("TRUE")).containsExactly(1L, 3L, 4L);
  }

  @Test
  void saysThatTheDatabaseDidNotAnswer() throws Exception {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    var nowhere = new DatabaseSettings("jdbc:h2:tcp://127.0.0.1:" + free + "/./x", "", "", 4);
    try (var away = Database.open(nowhere)) {
      assertThatThrownBy(() -> new Registry(away).seen(1, true))
          .isInstanceOf(Registry.Unanswered.class);
    }
  }
}
