package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.RecoveryDao.Criteria;
import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.testing.TestDatabase;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalDaoTest {
  private static final String DOC = "document|docs/a";
  private static final WriteOutcome STORED = new Stored();

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void storesEventsAndReplaysThemInOrderAndInPages(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      int events = 2 * JournalDao.REPLAY_PAGE + 7;
      var outcomes = new ArrayList<CompletableFuture<WriteOutcome>>();
      for (int nr = 1; nr <= events; nr++) {
        outcomes.add(node.append(DOC, nr));
      }
      assertThat(all(outcomes)).containsOnly(STORED);
      assertThat(node.replayed(DOC))
          .isEqualTo(IntStream.rangeClosed(1, events).mapToObj(Long::valueOf).toList());
      assertThat(node.highestSequenceNr(DOC)).isEqualTo(events);
      assertThat(node.highestSequenceNr("document|docs/none")).isZero();
      assertThat(node.number("SELECT COUNT(*) FROM journal WHERE incarnation = 1"))
          .isEqualTo(events);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anOldOwnerWritesNothingAndOnlyItsRowsAreRejected(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    var other = inAnotherShardThan(DOC);
    try (var old = Node.start(1, settings);
        var successor = Node.start(2, settings)) {
      old.own(DOC, other);
      assertThat(old.written(DOC, 1)).isEqualTo(STORED);
      successor.own(DOC);
      var late = old.append(DOC, 2);
      var kept = old.append(other, 1);
      assertThat(late.get(5, TimeUnit.SECONDS)).isEqualTo(new Rejected(Reason.SHARD_LOST));
      assertThat(kept.get(5, TimeUnit.SECONDS)).isEqualTo(STORED);
      assertThat(successor.replayed(DOC)).containsExactly(1L);
      assertThat(successor.written(DOC, 2)).isEqualTo(STORED);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void withoutTheFenceTheOldOwnersWriteWouldLand(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var zombie = Node.startWithoutFence(1, settings);
        var successor = Node.start(2, settings)) {
      zombie.own(DOC);
      successor.own(DOC);
      assertThat(zombie.written(DOC, 1)).isEqualTo(STORED);
      assertThat(successor.replayed(DOC)).containsExactly(1L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void anOldOwnersSnapshotsAndDeletionsAreFencedToo(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var old = Node.start(1, settings);
        var successor = Node.start(2, settings)) {
      old.own(DOC);
      old.written(DOC, 1);
      old.written(DOC, 2);
      successor.own(DOC);
      var rejected = new Rejected(Reason.SHARD_LOST);
      assertThat(done(old, new JournalWrite.EventDeletion(DOC, 1))).isEqualTo(rejected);
      assertThat(done(old, new JournalWrite.Snapshot(DOC, snapshot(2), 1))).isEqualTo(rejected);
      assertThat(successor.replayed(DOC)).containsExactly(1L, 2L);
      assertThat(successor.number("SELECT COUNT(*) FROM snapshot")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void duplicatesInABatchOfManyHarmOnlyTheGuilty(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      var ids = IntStream.range(0, 200).mapToObj(i -> "document|docs/d" + i).toList();
      node.own(ids.toArray(String[]::new));
      assertThat(node.written(ids.get(17), 1)).isEqualTo(STORED);
      assertThat(node.written(ids.get(150), 1)).isEqualTo(STORED);
      var outcomes = new ArrayList<CompletableFuture<WriteOutcome>>();
      ids.forEach(id -> outcomes.add(node.append(id, 1)));
      var results = all(outcomes);
      for (int i = 0; i < ids.size(); i++) {
        var expected = i == 17 || i == 150 ? new Rejected(Reason.DUPLICATE) : STORED;
        assertThat(results.get(i)).as(ids.get(i)).isEqualTo(expected);
      }
      assertThat(node.number("SELECT COUNT(*) FROM journal")).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aValueThatTheDatabaseRefusesHarmsOnlyItsEntity(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      var other = "document|docs/b";
      node.own(DOC, other);
      var tooLong = new EventRow(1, 7, "m".repeat(300), new byte[1]);
      var bad =
          node.journal
              .write(new JournalWrite.Events(DOC, List.of(tooLong), Optional.empty()))
              .toCompletableFuture();
      var good = node.append(other, 1);
      assertThat(bad.get(5, TimeUnit.SECONDS)).isEqualTo(new Rejected(Reason.REFUSED));
      assertThat(good.get(5, TimeUnit.SECONDS)).isEqualTo(STORED);
      assertThat(node.written("strange|docs/a", 1)).isEqualTo(new Rejected(Reason.UNKNOWN_KIND));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aSnapshotThatIsRefusedDoesNotHarmItsEntitysEvent(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    try (var node = Node.start(1, settings);
        var holding =
            DriverManager.getConnection(settings.url(), settings.user(), settings.password())) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(STORED);
      holding.setAutoCommit(false);
      try (var lock = holding.createStatement()) {
        lock.execute(
            "SELECT slot FROM shard_owner WHERE slot = " + node.slotOf(DOC) + " FOR UPDATE");
      }
      var before = node.append(DOC, 2);
      await().pollInterval(Duration.ofMillis(2)).until(() -> node.journal.waiting() == 0);
      var tooLong = new SnapshotRow(2, Instant.now(), 7, "m".repeat(300), new byte[1]);
      var snapshot =
          node.journal.write(new JournalWrite.Snapshot(DOC, tooLong, 0)).toCompletableFuture();
      var event = node.append(DOC, 3);
      holding.rollback();
      assertThat(all(List.of(before, event))).containsOnly(STORED);
      assertThat(snapshot.get(5, TimeUnit.SECONDS)).isEqualTo(new Rejected(Reason.REFUSED));
      assertThat(node.replayed(DOC)).containsExactly(1L, 2L, 3L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void theListingShowsLiveDocumentsInCodeUnitOrderPageByPage(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      var ids = List.of("a", "B", "b", "_", "~", "a.b", "a-b", "aa");
      for (var id : ids) {
        node.own("document|docs/" + id);
        node.written("document|docs/" + id, 1);
      }
      node.own("document|other/a");
      node.written("document|other/a", 1);
      assertThat(node.listed("docs", "", 100))
          .extracting(Listings.Row::id)
          .containsExactly("B", "_", "a", "a-b", "a.b", "aa", "b", "~");
      assertThat(node.listed("docs", "a-", 2))
          .extracting(Listings.Row::id)
          .containsExactly("a-b", "a.b");
      node.written("document|docs/aa", 2);
      assertThat(done(node, Node.event("document|docs/aa", 3, true))).isEqualTo(STORED);
      assertThat(done(node, Node.event("document|docs/b", 2, true))).isEqualTo(STORED);
      assertThat(node.written("document|docs/b", 3)).isEqualTo(STORED);
      assertThat(node.listed("docs", "a.b", 100))
          .containsExactly(new Listings.Row("b", "0-3"), new Listings.Row("~", "0-1"));
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whatASnapshotMakesSuperfluousGoesWithIt(TestDatabase kind) throws Exception {
    var other = "document|docs/b";
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC, other);
      for (int nr = 1; nr <= 7; nr++) {
        node.written(DOC, nr);
        node.written(other, nr);
      }
      for (int nr : List.of(2, 4, 6)) {
        var saved = node.journal.write(new JournalWrite.Snapshot(DOC, snapshot(nr), nr - 2));
        var ofOther = node.journal.write(new JournalWrite.Snapshot(other, snapshot(nr), nr - 3));
        assertThat(saved.toCompletableFuture().get(5, TimeUnit.SECONDS)).isEqualTo(STORED);
        assertThat(ofOther.toCompletableFuture().get(5, TimeUnit.SECONDS)).isEqualTo(STORED);
      }
      assertThat(
              node.number(
                  "SELECT MIN(sequence_nr) FROM snapshot WHERE persistence_id = '" + DOC + "'"))
          .isEqualTo(4);
      assertThat(latest(node, 0, Long.MAX_VALUE).orElseThrow().sequenceNr()).isEqualTo(6);
      assertThat(latest(node, 0, 5).orElseThrow().sequenceNr()).isEqualTo(4);
      assertThat(latest(node, 0, 3)).isEmpty();
      assertThat(node.replayed(DOC)).containsExactly(5L, 6L, 7L);
      assertThat(node.replayed(other)).containsExactly(4L, 5L, 6L, 7L);
    }
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void deletesWhatItIsToldToButNeverTheLastEvent(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      for (int nr = 1; nr <= 6; nr++) {
        node.written(DOC, nr);
      }
      done(node, new JournalWrite.Snapshot(DOC, snapshot(4), 0));
      done(node, new JournalWrite.Snapshot(DOC, snapshot(6), 0));
      assertThat(done(node, new JournalWrite.EventDeletion(DOC, 4))).isEqualTo(STORED);
      assertThat(node.replayed(DOC)).containsExactly(5L, 6L);
      assertThat(done(node, new JournalWrite.EventDeletion(DOC, 99))).isEqualTo(STORED);
      assertThat(node.replayed(DOC)).containsExactly(6L);
      assertThat(node.highestSequenceNr(DOC)).isEqualTo(6);
      assertThat(done(node, new JournalWrite.SnapshotDeletion(DOC, 0, 4))).isEqualTo(STORED);
      assertThat(node.number("SELECT COUNT(*) FROM snapshot")).isEqualTo(1);
    }
  }

  /** A snapshot carries a document and the answers to its writes. */
  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void aSnapshotMayBeLargerThanAnyEvent(TestDatabase kind) throws Exception {
    try (var node = Node.start(1, kind.fresh())) {
      node.own(DOC);
      node.written(DOC, 1);
      var payload = new byte[3 << 20];
      payload[payload.length - 1] = 9;
      var large = new SnapshotRow(1, Instant.ofEpochMilli(1), 7, "m", payload);
      assertThat(done(node, new JournalWrite.Snapshot(DOC, large, 0))).isEqualTo(STORED);
      assertThat(latest(node, 0, 5).orElseThrow().payload()).isEqualTo(payload);
      assertThat(latest(node, 0, 5).orElseThrow().writtenAt()).isEqualTo(Instant.ofEpochMilli(1));
    }
  }

  @Test
  void onPostgresqlAPageOfTheListingIsARangeOfItsIndex() throws Exception {
    try (var node = Node.start(1, TestDatabase.POSTGRESQL.fresh())) {
      node.execute(
          "INSERT INTO document SELECT 'docs', 'd' || n, '1', n % 10 = 0"
              + " FROM generate_series(1, 20000) n");
      node.execute("ANALYZE document");
      assertThat(planOfAPage(node))
          .contains("Index Scan using document_live", "Index Cond", "(id)::text > 'd5'")
          .doesNotContain("Sort", "Filter", "Seq Scan");
    }
  }

  @Test
  void onH2APageOfTheListingIsARangeOfItsIndex() throws Exception {
    try (var node = Node.start(1, TestDatabase.H2.fresh())) {
      node.execute(
          "INSERT INTO document SELECT 'docs', 'd' || x, '1', MOD(x, 10) = 0"
              + " FROM system_range(1, 20000)");
      node.execute("ANALYZE");
      assertThat(planOfAPage(node).replaceAll("\\s+", " "))
          .contains("DOCUMENT_LIVE: ID > ?2 AND COLLECTION = ?1 AND DELETED = FALSE")
          .contains("/* index sorted */");
    }
  }

  private static String planOfAPage(Node node) throws SQLException {
    return node.database.read(
        connection -> {
          var plan = new StringBuilder();
          var sql = "EXPLAIN " + Listings.sql(node.database.dialect());
          try (var explain = connection.prepareStatement(sql)) {
            explain.setString(1, "docs");
            explain.setString(2, "d5");
            explain.setInt(3, 100);
            try (var rows = explain.executeQuery()) {
              while (rows.next()) {
                plan.append(rows.getString(1)).append('\n');
              }
            }
          }
          return plan.toString();
        });
  }

  private static Optional<SnapshotRow> latest(Node node, long from, long to) throws Exception {
    return node.recoveries.read(DOC, new Criteria(from, to, 0, Long.MAX_VALUE), 0).snapshot();
  }

  private static SnapshotRow snapshot(long sequenceNr) {
    return new SnapshotRow(sequenceNr, Instant.now(), 7, "m", new byte[] {1, 2, 3});
  }

  private static WriteOutcome done(Node node, JournalWrite write) throws Exception {
    return node.journal.write(write).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static List<WriteOutcome> all(List<CompletableFuture<WriteOutcome>> outcomes)
      throws Exception {
    var results = new ArrayList<WriteOutcome>();
    for (var outcome : outcomes) {
      results.add(outcome.get(20, TimeUnit.SECONDS));
    }
    return results;
  }

  /** The first id after the given one that another row guards. */
  private static String inAnotherShardThan(String persistenceId) {
    int shard = Node.SLOTS.shardOf(persistenceId.substring(9));
    return IntStream.range(0, 1000)
        .mapToObj(i -> "docs/x" + i)
        .filter(id -> Node.SLOTS.shardOf(id) != shard)
        .map(id -> "document|" + id)
        .findFirst()
        .orElseThrow();
  }
}
