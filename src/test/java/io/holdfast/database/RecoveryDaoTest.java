package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.RecoveryDao.Criteria;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecoveryDaoTest {
  private static final String DOC = "document|docs/a";
  private static final Pattern COMMIT = Pattern.compile("COMMIT(?!TED)");

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void readsTheSnapshotAndTheEventsBehindIt(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC, "document|docs/b");
      for (int nr = 1; nr <= 7; nr++) {
        node.written(DOC, nr);
      }
      node.written("document|docs/b", 1);
      var payload = new byte[300_000];
      payload[299_999] = 9;
      save(node, new SnapshotRow(3, Instant.ofEpochMilli(3000), 7, "old", new byte[1]));
      save(node, new SnapshotRow(5, Instant.ofEpochMilli(5000), 8, "m", payload));
      var recovery = node.recoveries.read(DOC, Criteria.ALL, 0);
      assertThat(recovery.highestSequenceNr()).isEqualTo(7);
      assertThat(recovery.after()).isEqualTo(5);
      assertThat(recovery.events()).extracting(EventRow::sequenceNr).containsExactly(6L, 7L);
      assertThat(recovery.events().get(0).manifest()).isEqualTo("m");
      assertThat(new String(recovery.events().get(0).payload(), StandardCharsets.UTF_8))
          .isEqualTo(DOC + "#6");
      var snapshot = recovery.snapshot().orElseThrow();
      assertThat(snapshot.sequenceNr()).isEqualTo(5);
      assertThat(snapshot.writtenAt()).isEqualTo(Instant.ofEpochMilli(5000));
      assertThat(snapshot.serializerId()).isEqualTo(8);
      assertThat(snapshot.payload()).isEqualTo(payload);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void readsAsFarAsItIsAsked(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      int events = RecoveryDao.EVENTS_MAX + 7;
      var last = node.append(DOC, 1);
      for (int nr = 2; nr <= events; nr++) {
        last = node.append(DOC, nr);
      }
      last.get(10, TimeUnit.SECONDS);
      save(node, new SnapshotRow(3, Instant.ofEpochMilli(3000), 7, "m", new byte[1]));
      var whole = node.recoveries.read(DOC, Criteria.NONE, 0);
      assertThat(whole.snapshot()).isEmpty();
      assertThat(whole.after()).isZero();
      assertThat(whole.highestSequenceNr()).isEqualTo(events);
      assertThat(whole.events()).hasSize(RecoveryDao.EVENTS_MAX);
      assertThat(whole.events().get(0).sequenceNr()).isEqualTo(1);
      assertThat(whole.holds(1, events, Long.MAX_VALUE)).isFalse();
      var end = node.recoveries.read(DOC, Criteria.ALL, events - 2);
      assertThat(end.after()).isEqualTo(events - 2);
      assertThat(end.events()).hasSize(2);
      assertThat(end.holds(events - 1, events, Long.MAX_VALUE)).isTrue();
      var early = new Criteria(0, Long.MAX_VALUE, 0, 2999);
      assertThat(node.recoveries.read(DOC, early, 0).snapshot()).isEmpty();
      assertThat(node.recoveries.read("document|docs/none", Criteria.ALL, 0))
          .isEqualTo(new Recovery(Optional.empty(), 0, 0, List.of()));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void afterAnUnknownCommitReadsOnlyOnceThatTransactionHasEnded(TestDatabase kind)
      throws Exception {
    var settings = kind.fresh();
    try (var link = new FaultyLink(TestDatabase.port(settings));
        var node = Node.start(1, TestDatabase.through(link, settings));
        var stalled =
            DriverManager.getConnection(settings.url(), settings.user(), settings.password())) {
      node.own(DOC);
      link.loseAnswerTo(COMMIT);
      var outcome = node.written(DOC, 1);
      assertThat(outcome).isInstanceOf(Unavailable.class);
      assertThat(((Unavailable) outcome).mayHaveBeenWritten()).isTrue();
      await().until(() -> !node.database.health().isAway() && answers(node));

      writeWithoutCommit(stalled, node.slotOf(DOC), 5);
      assertThatThrownBy(() -> node.highestSequenceNr(DOC))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(FailureKind.of(e)).isEqualTo(FailureKind.BUSY));
      stalled.commit();
      assertThat(node.highestSequenceNr(DOC)).isEqualTo(5);

      writeWithoutCommit(stalled, node.slotOf(DOC), 6);
      assertThat(node.highestSequenceNr(DOC)).as("nothing is waited for twice").isEqualTo(5);
    }
  }

  private static boolean answers(Node node) {
    try {
      return node.number("SELECT 1") == 1;
    } catch (SQLException e) {
      return false;
    }
  }

  /** As the journal's writer does, until its commit. */
  private static void writeWithoutCommit(Connection connection, int slot, int sequenceNr)
      throws SQLException {
    connection.setAutoCommit(false);
    try (var statement = connection.createStatement()) {
      statement.execute("SELECT slot FROM shard_owner WHERE slot = " + slot + " FOR UPDATE");
      statement.execute(
          "INSERT INTO journal VALUES ('%s', %d, 1, CURRENT_TIMESTAMP, 7, 'm', '')"
              .formatted(DOC, sequenceNr));
    }
  }

  private static void save(Node node, SnapshotRow snapshot) throws Exception {
    var saved = node.snapshots.save(DOC, snapshot).toCompletableFuture();
    assertThat(saved.get(10, TimeUnit.SECONDS)).isEqualTo(new Stored());
  }
}
