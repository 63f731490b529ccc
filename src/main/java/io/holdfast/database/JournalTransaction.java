package io.holdfast.database;

import io.holdfast.database.JournalWrite.EventDeletion;
import io.holdfast.database.JournalWrite.Events;
import io.holdfast.database.JournalWrite.ListingRow;
import io.holdfast.database.JournalWrite.Snapshot;
import io.holdfast.database.JournalWrite.SnapshotDeletion;
import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.WriteQueue.Pending;
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
  private static final String TIME = "TIMESTAMP(3) WITH TIME ZONE";

  private final Connection connection;
  private final Dialect dialect;
  private final PreparedStatement fence;
  private final RowBatch events;
  private final RowBatch listing;
  private final PreparedStatement insertStream;
  private final RowBatch changes;
  private final PreparedStatement upsertSnapshot;
  private final PreparedStatement keepTwoSnapshots;
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
    this.events =
        new RowBatch(
            connection,
            dialect,
            Shape.insert(
                "INSERT INTO journal (incarnation, written_at, persistence_id, sequence_nr,"
                    + " serializer_id, manifest, payload)",
                List.of("BIGINT", TIME),
                List.of("VARCHAR", "BIGINT", "INTEGER", "VARCHAR", "VARBINARY(1048576)")));
    this.listing =
        new RowBatch(
            connection,
            dialect,
            upsertRows(
                "document",
                "collection, id",
                "etag, deleted",
                List.of("VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN")));
    this.insertStream =
        connection.prepareStatement(
            "INSERT INTO change_stream (stream, incarnation) VALUES (?, ?)");
    this.changes =
        new RowBatch(
            connection,
            dialect,
            Shape.insert(
                "INSERT INTO document_change (stream, changed_at, position, collection, id,"
                    + " etag, deleted)",
                List.of("BIGINT", TIME),
                List.of("BIGINT", "VARCHAR", "VARCHAR", "VARCHAR", "BOOLEAN")));
    this.upsertSnapshot =
        connection.prepareStatement(
            upsert(
                "snapshot",
                "persistence_id, sequence_nr",
                "written_at, serializer_id, manifest, payload",
                "(?, ?, ?, ?, ?, ?)"));
    this.keepTwoSnapshots =
        connection.prepareStatement(
            "DELETE FROM snapshot WHERE persistence_id = ? AND sequence_nr < (SELECT sequence_nr"
                + " FROM snapshot WHERE persistence_id = ? ORDER BY sequence_nr DESC"
                + " OFFSET 1 ROWS FETCH FIRST 1 ROW ONLY)");
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

  private static String fenceSql(Dialect dialect, Fence fence) {
    var columns = "SELECT slot, " + dialect.timeline() + " FROM shard_owner WHERE slot = ANY(?)";
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

  private Shape upsertRows(String table, String key, String values, List<String> types) {
    var columns = "%s (%s, %s)".formatted(table, key, values);
    return switch (dialect) {
      case H2 -> Shape.insert("MERGE INTO " + columns + " KEY (" + key + ")", List.of(), types);
      case POSTGRESQL ->
          new Shape(
              "INSERT INTO " + columns,
              " ON CONFLICT (%s) DO UPDATE SET (%s) = (%s)"
                  .formatted(key, values, excluded(values)),
              List.of(),
              types);
    };
  }

  private String upsert(String table, String key, String values, String parameters) {
    return switch (dialect) {
      case H2 ->
          "MERGE INTO %s (%s, %s) KEY (%s) VALUES %s"
              .formatted(table, key, values, key, parameters);
      case POSTGRESQL ->
          "INSERT INTO %s (%s, %s) VALUES %s ON CONFLICT (%s) DO UPDATE SET (%s) = (%s)"
              .formatted(table, key, values, parameters, key, values, excluded(values));
    };
  }

  private static String excluded(String values) {
    return "EXCLUDED." + values.replace(", ", ", EXCLUDED.");
  }

  /**
   * What the first statement found.
   *
   * @param owned the slots that are ours until the transaction ends
   * @param timeline empty when nothing is ours
   */
  record Fenced(Set<Integer> owned, Optional<String> timeline) {}

  /** Begins: locks the rows of the slots that are ours, in ascending order. */
  Fenced fence(SortedSet<Integer> slots, long me) throws SQLException {
    fence.setArray(1, connection.createArrayOf(dialect.intArray(), slots.toArray()));
    fence.setLong(2, me);
    var owned = new HashSet<Integer>();
    Optional<String> timeline = Optional.empty();
    try (var rows = fence.executeQuery()) {
      while (rows.next()) {
        owned.add(rows.getInt(1));
        timeline = Optional.of(rows.getString(2));
      }
    }
    return new Fenced(owned, timeline);
  }

  /** Writes everything, in few round trips: one for each kind of row. */
  void write(List<Pending> batch, long me, Instant now) throws SQLException {
    var written = only(batch, Events.class);
    var snapshots = only(batch, Snapshot.class);
    insert(written, me, now);
    tell(written, me, now);
    list(written);
    save(snapshots);
    deleteEvents(only(batch, EventDeletion.class));
    deleteSnapshots(only(batch, SnapshotDeletion.class));
  }

  private static <T extends JournalWrite> List<T> only(List<Pending> batch, Class<T> type) {
    return batch.stream().map(Pending::write).filter(type::isInstance).map(type::cast).toList();
  }

  private void insert(List<Events> writes, long me, Instant now) throws SQLException {
    events.clear();
    events.all(me, OffsetDateTime.ofInstant(now, ZoneOffset.UTC));
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
    events.execute();
  }

  /** Adds to the changes of this connection. What is rolled back leaves a gap in its positions. */
  private void tell(List<Events> writes, long me, Instant now) throws SQLException {
    var rows = writes.stream().flatMap(write -> write.listing().stream()).toList();
    if (rows.isEmpty()) {
      return;
    }
    if (!streamIsKnown) {
      insertStream.setLong(1, stream);
      insertStream.setLong(2, me);
      insertStream.executeUpdate();
      streamIsNamed = true;
    }
    changes.clear();
    changes.all(stream, OffsetDateTime.ofInstant(now, ZoneOffset.UTC));
    for (var row : rows) {
      changes.add(++position, row.collection(), row.id(), row.etag(), row.deleted());
    }
    changes.execute();
  }

  /** The last change of each document wins: one statement may not touch a row twice. */
  private void list(List<Events> writes) throws SQLException {
    var rows = new LinkedHashMap<String, ListingRow>();
    writes.forEach(w -> w.listing().ifPresent(row -> rows.put(w.persistenceId(), row)));
    listing.clear();
    for (var row : rows.values()) {
      listing.add(row.collection(), row.id(), row.etag(), row.deleted());
    }
    listing.execute();
  }

  private void save(List<Snapshot> writes) throws SQLException {
    var newest = new LinkedHashMap<String, Snapshot>();
    writes.forEach(w -> newest.put(w.persistenceId(), w));
    for (var write : newest.values()) {
      var row = write.snapshot();
      upsertSnapshot.setString(1, write.persistenceId());
      upsertSnapshot.setLong(2, row.sequenceNr());
      upsertSnapshot.setObject(3, OffsetDateTime.ofInstant(row.writtenAt(), ZoneOffset.UTC));
      upsertSnapshot.setInt(4, row.serializerId());
      upsertSnapshot.setString(5, row.manifest());
      upsertSnapshot.setBytes(6, row.payload());
      upsertSnapshot.addBatch();
      keepTwoSnapshots.setString(1, write.persistenceId());
      keepTwoSnapshots.setString(2, write.persistenceId());
      keepTwoSnapshots.addBatch();
    }
    execute(upsertSnapshot, newest.values());
    execute(keepTwoSnapshots, newest.values());
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
