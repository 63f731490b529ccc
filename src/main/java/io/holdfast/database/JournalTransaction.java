package io.holdfast.database;

import io.holdfast.database.JournalWrite.EventDeletion;
import io.holdfast.database.JournalWrite.Events;
import io.holdfast.database.JournalWrite.ListingRow;
import io.holdfast.database.JournalWrite.Snapshot;
import io.holdfast.database.JournalWrite.SnapshotDeletion;
import io.holdfast.database.WriteQueue.Pending;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ThreadLocalRandom;

/** The statements of the writer's transactions, prepared once for its connection. */
final class JournalTransaction implements AutoCloseable {
  private final Connection connection;
  private final Dialect dialect;
  private final PreparedStatement fence;
  private final RowBatches rows;
  private final RowBatch events;
  private final RowBatch listing;
  private final RowBatch changes;
  private final RowBatch snapshots;
  private final RowBatch oldSnapshots;
  private final RowBatch oldEvents;
  private final PreparedStatement insertStream;
  private final PreparedStatement deleteEvents;
  private final PreparedStatement deleteSnapshots;
  private final long stream = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
  private boolean streamIsNamed;
  private boolean streamIsKnown;
  private long position;

  JournalTransaction(Connection connection, Dialect dialect, Fence fence) throws SQLException {
    this.connection = connection;
    this.dialect = dialect;
    this.fence = connection.prepareStatement(fenceSql(dialect, fence));
    this.rows = new RowBatches(connection, dialect);
    var shapes = new JournalShapes(dialect);
    this.events = new RowBatch(shapes.events(), dialect);
    this.listing = new RowBatch(shapes.listing(), dialect);
    this.changes = new RowBatch(shapes.changes(), dialect);
    this.snapshots = new RowBatch(shapes.snapshots(), dialect);
    this.oldSnapshots = new RowBatch(shapes.oldSnapshots(), dialect);
    this.oldEvents = new RowBatch(shapes.oldEvents(), dialect);
    this.insertStream =
        connection.prepareStatement(
            "INSERT INTO change_stream (stream, incarnation) VALUES (?, ?)");
    this.deleteEvents =
        connection.prepareStatement(
            "DELETE FROM journal WHERE persistence_id = ? AND sequence_nr <= ? AND sequence_nr <"
                + " (SELECT MAX(sequence_nr) FROM journal WHERE persistence_id = ?)");
    this.deleteSnapshots =
        connection.prepareStatement(
            "DELETE FROM snapshot WHERE persistence_id = ? AND sequence_nr BETWEEN ? AND ?");
  }

  /** Whether a transaction asks for the shards' rows. Without it a test shows what they are for. */
  enum Fence {
    LOCKED,
    ABSENT
  }

  /** Of the slots, those that are the incarnation's stay so until the transaction ends. */
  static String fenceSql(Dialect dialect) {
    return fenceSql(dialect, Fence.LOCKED);
  }

  private static String fenceSql(Dialect dialect, Fence fence) {
    var columns = "SELECT slot, " + dialect.history() + " FROM shard_owner WHERE slot = ANY(?)";
    return switch (fence) {
      case LOCKED -> columns + " AND incarnation = ? ORDER BY slot " + fenceLock(dialect);
      case ABSENT -> columns + " AND CAST(? AS BIGINT) IS NOT NULL";
    };
  }

  /** A take-over holds a row for milliseconds. On H2 a longer wait means a frozen transaction. */
  private static String fenceLock(Dialect dialect) {
    return switch (dialect) {
      case H2 -> dialect.forShare() + " WAIT 0.5";
      case POSTGRESQL -> dialect.forShare();
    };
  }

  /**
   * What the first statement found.
   *
   * @param owned the slots that are ours until the transaction ends
   * @param history as {@link Dialect#history} gives it; empty when nothing is ours
   */
  record Fenced(Set<Integer> owned, Optional<String> history) {}

  /** Begins: locks the rows of the slots that are ours, in ascending order. */
  Fenced fence(SortedSet<Integer> slots, long me) throws SQLException {
    return fenced(fence, connection.createArrayOf(dialect.intArray(), slots.toArray()), me);
  }

  /** The same, with {@link #fenceSql} as somebody else has prepared it. */
  static Fenced fenced(PreparedStatement fence, Array slots, long me) throws SQLException {
    fence.setArray(1, slots);
    fence.setLong(2, me);
    var owned = new HashSet<Integer>();
    Optional<String> history = Optional.empty();
    try (var rows = fence.executeQuery()) {
      while (rows.next()) {
        owned.add(rows.getInt(1));
        history = Optional.of(rows.getString(2));
      }
    }
    return new Fenced(owned, history);
  }

  /** Writes everything, in few round trips. */
  void write(List<Pending> batch, long me, Instant now) throws SQLException {
    var written = only(batch, Events.class);
    var parts = List.of(events, changes, listing, snapshots, oldSnapshots, oldEvents);
    parts.forEach(RowBatch::clear);
    var time = OffsetDateTime.ofInstant(now, ZoneOffset.UTC);
    insert(written, me, time);
    tell(written, me, time);
    list(written);
    save(only(batch, Snapshot.class));
    rows.execute(parts);
    deleteEvents(only(batch, EventDeletion.class));
    deleteSnapshots(only(batch, SnapshotDeletion.class));
  }

  private static <T extends JournalWrite> List<T> only(List<Pending> batch, Class<T> type) {
    return batch.stream().map(Pending::write).filter(type::isInstance).map(type::cast).toList();
  }

  private void insert(List<Events> writes, long me, OffsetDateTime now) {
    events.all(me, now);
    for (var write : writes) {
      for (var event : write.events()) {
        events.add(
            write.persistenceId(),
            event.sequenceNr(),
            event.serializerId(),
            event.manifest(),
            event.payload());
      }
    }
  }

  /** Adds to the changes of this connection. What is rolled back leaves a gap in its positions. */
  private void tell(List<Events> writes, long me, OffsetDateTime now) throws SQLException {
    var told = writes.stream().flatMap(write -> write.listing().stream()).toList();
    if (told.isEmpty()) {
      return;
    }
    if (!streamIsKnown) {
      insertStream.setLong(1, stream);
      insertStream.setLong(2, me);
      insertStream.executeUpdate();
      streamIsNamed = true;
    }
    changes.all(stream, now);
    for (var row : told) {
      changes.add(++position, row.collection(), row.id(), row.etag(), row.deleted());
    }
  }

  /** The last change of each document wins: one statement may not touch a row twice. */
  private void list(List<Events> writes) {
    var last = new LinkedHashMap<String, ListingRow>();
    writes.forEach(w -> w.listing().ifPresent(row -> last.put(w.persistenceId(), row)));
    for (var row : last.values()) {
      listing.add(row.collection(), row.id(), row.etag(), row.deleted());
    }
  }

  /** With the new snapshot goes what is older than the one before it. */
  private void save(List<Snapshot> writes) {
    var newest = new LinkedHashMap<String, Snapshot>();
    writes.forEach(w -> newest.put(w.persistenceId(), w));
    for (var write : newest.values()) {
      var row = write.snapshot();
      snapshots.add(
          write.persistenceId(),
          row.sequenceNr(),
          OffsetDateTime.ofInstant(row.writtenAt(), ZoneOffset.UTC),
          row.serializerId(),
          row.manifest(),
          row.payload());
      oldSnapshots.add(write.persistenceId(), write.obsoleteTo());
      oldEvents.add(write.persistenceId(), write.obsoleteTo());
    }
  }

  private void deleteEvents(List<EventDeletion> writes) throws SQLException {
    for (var write : writes) {
      deleteEvents.setString(1, write.persistenceId());
      deleteEvents.setLong(2, write.toSequenceNr());
      deleteEvents.setString(3, write.persistenceId());
      deleteEvents.addBatch();
    }
    execute(deleteEvents, writes);
  }

  private void deleteSnapshots(List<SnapshotDeletion> writes) throws SQLException {
    for (var write : writes) {
      deleteSnapshots.setString(1, write.persistenceId());
      deleteSnapshots.setLong(2, write.fromSequenceNr());
      deleteSnapshots.setLong(3, write.toSequenceNr());
      deleteSnapshots.addBatch();
    }
    execute(deleteSnapshots, writes);
  }

  private static void execute(PreparedStatement statement, java.util.Collection<?> rows)
      throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try {
      statement.executeBatch();
    } finally {
      statement.clearBatch();
    }
  }

  void commit() throws SQLException {
    connection.commit();
    streamIsKnown |= streamIsNamed;
  }

  void rollback() throws SQLException {
    streamIsNamed = false;
    connection.rollback();
  }

  Connection connection() {
    return connection;
  }

  @Override
  public void close() {
    ConnectionPool.abandon(connection);
  }
}
