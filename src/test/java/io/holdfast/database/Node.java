package io.holdfast.database;

import io.holdfast.database.JournalTransaction.Fence;
import io.holdfast.database.JournalWrite.Events;
import io.holdfast.database.JournalWrite.ListingRow;
import io.holdfast.database.RecoveryDao.Criteria;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The database side of one node, registered, with its own pool, journal and shard rows. */
final class Node implements AutoCloseable {
  static final Slots SLOTS = new Slots(64);

  final long me;
  final Database database;
  final ShardRows rows;
  final JournalDao journal;
  final SnapshotDao snapshots;
  final RecoveryDao recoveries;

  /** Completed when the journal asks the node to begin anew. */
  final CompletableFuture<Void> startsAnew = new CompletableFuture<>();

  private Node(long me, DatabaseSettings settings, Duration settlesAfter, Fence fence)
      throws SQLException {
    this.me = me;
    this.database = Database.open(settings, settlesAfter, new SimpleMeterRegistry());
    register(database, me);
    this.rows = new ShardRows(database);
    this.journal =
        JournalDao.start(
            database,
            SLOTS,
            () -> me,
            fence,
            () -> startsAnew.complete(null),
            new SimpleMeterRegistry());
    this.snapshots = new SnapshotDao(journal);
    this.recoveries = new RecoveryDao(journal);
  }

  static Node start(long me, DatabaseSettings settings) throws SQLException {
    return start(me, settings, Duration.ZERO);
  }

  /** A node that after a promotion waits so long for those who may still answer. */
  static Node start(long me, DatabaseSettings settings, Duration settlesAfter) throws SQLException {
    prepare(settings);
    return new Node(me, settings, settlesAfter, Fence.LOCKED);
  }

  static Node startWithoutFence(long me, DatabaseSettings settings) throws SQLException {
    prepare(settings);
    return new Node(me, settings, Duration.ZERO, Fence.ABSENT);
  }

  /** A node on a new database, which is reached by way of the driver. */
  static Node startWatched(long me, TestDatabase kind, WatchedDriver driver) throws SQLException {
    var settings = kind.fresh();
    prepare(settings);
    return new Node(me, driver.watched(settings), Duration.ZERO, Fence.LOCKED);
  }

  /** As a process does before its first life, with a {@link Database} of its own. */
  private static void prepare(DatabaseSettings settings) throws SQLException {
    try (var database = Database.open(settings)) {
      database.prepare("holdfast", SLOTS);
    }
  }

  private static void register(Database database, long id) throws SQLException {
    database.transaction(
        connection -> {
          try (var insert =
              connection.prepareStatement(
                  "INSERT INTO incarnation (id, name, address, http, admin, lifeline, formation,"
                      + " registered_at, seen_at) VALUES (?, ?, ?, '', '', '', 1, ?, ?)")) {
            insert.setLong(1, id);
            insert.setString(2, "n" + id);
            insert.setString(3, "127.0.0.1:" + id);
            insert.setObject(4, OffsetDateTime.now());
            insert.setObject(5, OffsetDateTime.now());
            return insert.executeUpdate();
          }
        });
  }

  void execute(String sql) throws SQLException {
    database.transaction(
        connection -> {
          try (var statement = connection.createStatement()) {
            return statement.execute(sql);
          }
        });
  }

  long number(String sql) throws SQLException {
    return DatabaseTest.number(database, sql);
  }

  int slotOf(String persistenceId) {
    return journal.slotOf(persistenceId).orElseThrow();
  }

  /** Takes the shards of these entities, whoever has them. */
  void own(String... persistenceIds) throws SQLException {
    var slots = new TreeSet<Integer>();
    for (var persistenceId : persistenceIds) {
      slots.add(slotOf(persistenceId));
    }
    rows.takeOver(slots, Set.of(), me);
  }

  CompletableFuture<WriteOutcome> append(String persistenceId, long sequenceNr) {
    return journal.write(event(persistenceId, sequenceNr)).toCompletableFuture();
  }

  /** Waits for the outcome. */
  WriteOutcome written(String persistenceId, long sequenceNr) throws Exception {
    return append(persistenceId, sequenceNr).get(10, TimeUnit.SECONDS);
  }

  static Events event(String persistenceId, long sequenceNr) {
    return event(persistenceId, sequenceNr, false);
  }

  static Events event(String persistenceId, long sequenceNr, boolean deleted) {
    var payload = (persistenceId + "#" + sequenceNr).getBytes(StandardCharsets.UTF_8);
    var change =
        new ListingChange() {
          @Override
          public boolean deleted() {
            return deleted;
          }

          @Override
          public String etag() {
            return "0-" + sequenceNr;
          }
        };
    return new Events(
        persistenceId,
        List.of(new EventRow(sequenceNr, 7, "m", payload)),
        Optional.of(ListingRow.of(persistenceId, change)));
  }

  long highestSequenceNr(String persistenceId) throws SQLException {
    return recoveries.read(persistenceId, Criteria.NONE, 0).highestSequenceNr();
  }

  List<Long> replayed(String persistenceId) throws SQLException {
    var numbers = new ArrayList<Long>();
    journal.replay(
        persistenceId, 1, Long.MAX_VALUE, Long.MAX_VALUE, row -> numbers.add(row.sequenceNr()));
    return numbers;
  }

  /** A page of the collection's listing. */
  List<Listings.Row> listed(String collection, String after, int limit) throws Exception {
    return new Listings(database)
        .page(collection, after, limit)
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    journal.close();
    rows.close();
    database.close();
  }
}
