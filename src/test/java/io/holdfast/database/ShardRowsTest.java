package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.ShardRows.Outcome.Held;
import io.holdfast.database.ShardRows.Outcome.Refused;
import io.holdfast.database.ShardRows.Outcome.TakenOver;
import io.holdfast.database.ShardRows.RowsLocked;
import io.holdfast.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShardRowsTest {

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void takesFreeRowsThenOwnOnesThenThoseOfAnother(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      assertThat(take(one, 3, 5))
          .isEqualTo(
              Map.of(
                  3, new TakenOver(Optional.empty(), false, true, 1),
                  5, new TakenOver(Optional.empty(), false, true, 1)));
      assertThat(take(one, 3)).isEqualTo(Map.of(3, new TakenOver(Optional.of(1L), false, true, 2)));
      assertThat(take(two, 3)).isEqualTo(Map.of(3, new TakenOver(Optional.of(1L), false, true, 3)));
      one.execute("UPDATE incarnation SET gone = TRUE, dead = TRUE WHERE id = 2");
      assertThat(take(one, 3)).isEqualTo(Map.of(3, new TakenOver(Optional.of(2L), true, false, 4)));
      assertThat(one.rows.proof(1).slots()).containsExactlyInAnyOrder(3, 5);
      assertThat(one.rows.proof(2)).isEqualTo(new ShardRows.Proof(true, Set.of(), 0, 0));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void onlyAnIncarnationThatIsWrittenOffFallsSilent(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      one.rows.fallSilent(1);
      assertThat(two.rows.silent(Set.of(1L, 2L))).isEmpty();
      one.execute("UPDATE incarnation SET gone = TRUE WHERE id = 1");
      assertThat(two.rows.silent(Set.of(1L, 2L))).isEmpty();
      one.rows.fallSilent(1);
      assertThat(two.rows.silent(Set.of(1L, 2L))).containsExactly(1L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void leavesAPatientSlotToALiveHolderButNotToOneWrittenOff(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      take(one, 3, 4);
      assertThat(two.rows.takeOver(slots(3, 4, 6), Set.of(3, 6), 2))
          .isEqualTo(
              Map.of(
                  3, new Held(1),
                  4, new TakenOver(Optional.of(1L), false, true, 2),
                  6, new TakenOver(Optional.empty(), false, true, 1)));
      one.execute("UPDATE incarnation SET gone = TRUE WHERE id = 1");
      assertThat(two.rows.takeOver(slots(3), Set.of(3), 2))
          .isEqualTo(Map.of(3, new TakenOver(Optional.of(1L), false, true, 2)));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aReleasedRowIsFreeAndOnlyItsHolderReleasesIt(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      take(one, 3);
      two.rows.release(Set.of(3), 2);
      assertThat(one.rows.proof(1).slots()).containsExactly(3);
      one.rows.release(Set.of(3), 1);
      assertThat(one.rows.proof(1).slots()).isEmpty();
      assertThat(take(two, 3))
          .isEqualTo(Map.of(3, new TakenOver(Optional.empty(), false, true, 2)));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aWaitThatIsOwedGoesOverToWhoeverTakesTheRowNext(TestDatabase kind) throws SQLException {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var three = Node.start(3, settings)) {
      take(one, 3, 4, 5);
      take(two, 3, 4, 5);
      assertThat(take(two, 3).get(3))
          .as("the answer was lost")
          .isEqualTo(from(2L, false, false, 3));
      two.rows.release(Set.of(4), 2);
      assertThat(take(three, 4).get(4))
          .as("given back while it waited")
          .isEqualTo(new TakenOver(Optional.empty(), false, false, 3));
      one.execute("UPDATE incarnation SET gone = TRUE, dead = TRUE WHERE id = 2");
      assertThat(take(three, 5).get(5))
          .as("died while it waited")
          .isEqualTo(from(2L, true, false, 3));
      two.rows.settle(Set.of(4, 5), 2);
      three.rows.settle(Set.of(4), 3);
      assertThat(take(three, 4, 5))
          .isEqualTo(Map.of(4, from(3L, false, true, 4), 5, from(3L, false, false, 4)));
    }
  }

  private static TakenOver from(long previous, boolean dead, boolean settled, long epoch) {
    return new TakenOver(Optional.of(previous), dead, settled, epoch);
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whoIsWrittenOffOrNotRegisteredGetsNothing(TestDatabase kind) throws SQLException {
    try (var one = Node.start(1, kind.fresh())) {
      one.execute("UPDATE incarnation SET gone = TRUE WHERE id = 1");
      assertThat(take(one, 3)).isEqualTo(Map.of(3, new Refused()));
      assertThat(one.rows.takeOver(slots(3), Set.of(), 99)).isEqualTo(Map.of(3, new Refused()));
      assertThat(one.rows.proof(1).gone()).isTrue();
      assertThat(one.rows.proof(99).gone()).isTrue();
      assertThat(one.number("SELECT COUNT(*) FROM shard_owner WHERE epoch > 0")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTakeOverWaitsForAWriterInMidTransaction(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var writer = one.database.source().forWork()) {
      take(one, 3);
      lockAsWriter(writer, one.database.dialect(), 3, 1);
      var takeOver = CompletableFuture.supplyAsync(() -> outcome(two, 3));
      await().until(() -> isWaitingForALock(one));
      assertThat(takeOver).isNotDone();
      writer.commit();
      assertThat(takeOver.get(5, TimeUnit.SECONDS))
          .isEqualTo(Map.of(3, new TakenOver(Optional.of(1L), false, true, 2)));
    }
  }

  private static boolean isWaitingForALock(Node node) throws SQLException {
    return switch (node.database.dialect()) {
      case H2 ->
          node.number(
                  "SELECT COUNT(*) FROM information_schema.sessions WHERE session_state <> 'SLEEP'"
                      + " AND session_id <> SESSION_ID()")
              > 0;
      case POSTGRESQL -> node.number("SELECT COUNT(*) FROM pg_locks WHERE NOT granted") > 0;
    };
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aNodeFrozenInMidTransactionIsGotRidOf(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings)) {
      take(one, 3);
      var frozen = one.database.source().forWork();
      lockAsWriter(frozen, one.database.dialect(), 3, 1);
      assertThatThrownBy(() -> take(two, 3)).isInstanceOf(RowsLocked.class);
      await()
          .atMost(Duration.ofMillis(2500))
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(100))
          .ignoreExceptionsInstanceOf(RowsLocked.class)
          .until(() -> take(two, 3).get(3) instanceof TakenOver);
      assertThatThrownBy(
              () -> {
                lockAsWriter(frozen, one.database.dialect(), 3, 1);
                frozen.commit();
              })
          .isInstanceOf(SQLException.class);
      ConnectionPool.abandon(frozen);
      assertThat(two.written("document|docs/unrelated", 1)).isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aTransactionThatWorksIsNotEndedByATakeOverThatWaitsForIt(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    try (var one = Node.start(1, settings);
        var two = Node.start(2, settings);
        var writer = one.database.source().forWork()) {
      take(one, 3);
      lockAsWriter(writer, one.database.dialect(), 3, 1);
      assertThatThrownBy(() -> take(two, 3)).isInstanceOf(RowsLocked.class);
      writer.commit();
      assertThat(writer.isValid(1)).isTrue();
    }
  }

  private static void lockAsWriter(Connection connection, Dialect dialect, int slot, long me)
      throws SQLException {
    var sql =
        "SELECT slot FROM shard_owner WHERE slot = ? AND incarnation = ? " + dialect.forShare();
    try (var lock = connection.prepareStatement(sql)) {
      lock.setInt(1, slot);
      lock.setLong(2, me);
      try (var rows = lock.executeQuery()) {
        assertThat(rows.next()).isTrue();
      }
    }
  }

  private static Map<Integer, ShardRows.Outcome> take(Node node, Integer... slots)
      throws SQLException {
    return node.rows.takeOver(slots(slots), Set.of(), node.me);
  }

  private static TreeSet<Integer> slots(Integer... slots) {
    return new TreeSet<>(Set.of(slots));
  }

  private static Map<Integer, ShardRows.Outcome> outcome(Node node, int slot) {
    try {
      return take(node, slot);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
