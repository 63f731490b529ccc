package io.holdfast.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Reads snapshots. They are written by the journal's writer, in the same batches as events. */
public final class SnapshotDao {
  /** The end of time, as far as both databases know it. */
  private static final long LAST_MILLIS = 253_402_300_799_000L;

  private final JournalDao journal;
  private final Database database;

  public SnapshotDao(JournalDao journal) {
    this.journal = journal;
    this.database = journal.database();
  }

  /** Which snapshots a reader accepts, by sequence number and time; all ends included. */
  public record Criteria(long fromSequenceNr, long toSequenceNr, long fromMillis, long toMillis) {}

  /** The newest snapshot that the criteria admit. Blocks. */
  public Optional<SnapshotRow> latest(String persistenceId, Criteria criteria) throws SQLException {
    var sql =
        "SELECT sequence_nr, written_at, serializer_id, manifest, payload FROM snapshot"
            + " WHERE persistence_id = ? AND sequence_nr BETWEEN ? AND ?"
            + " AND written_at BETWEEN ? AND ? ORDER BY sequence_nr DESC LIMIT 1";
    database.timeline().recovering(persistenceId);
    return database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql)) {
            select.setString(1, persistenceId);
            select.setLong(2, criteria.fromSequenceNr());
            select.setLong(3, criteria.toSequenceNr());
            select.setObject(4, at(criteria.fromMillis()));
            select.setObject(5, at(criteria.toMillis()));
            try (var rows = select.executeQuery()) {
              return rows.next() ? Optional.of(snapshot(rows)) : Optional.<SnapshotRow>empty();
            }
          }
        });
  }

  private static OffsetDateTime at(long millis) {
    var instant = Instant.ofEpochMilli(Math.max(0, Math.min(millis, LAST_MILLIS)));
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  private static SnapshotRow snapshot(ResultSet rows) throws SQLException {
    return new SnapshotRow(
        rows.getLong(1),
        rows.getObject(2, OffsetDateTime.class).toInstant(),
        rows.getInt(3),
        rows.getString(4),
        rows.getBytes(5));
  }

  /** Saves a snapshot and forgets all but the two newest, if the shard is ours. */
  public CompletionStage<WriteOutcome> save(String persistenceId, SnapshotRow snapshot) {
    return journal.write(new JournalWrite.Snapshot(persistenceId, snapshot));
  }

  /** Deletes snapshots by sequence number, both ends included, if the shard is ours. */
  public CompletionStage<WriteOutcome> delete(String persistenceId, long from, long to) {
    return journal.write(new JournalWrite.SnapshotDeletion(persistenceId, from, to));
  }
}
