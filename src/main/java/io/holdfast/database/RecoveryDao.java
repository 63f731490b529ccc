package io.holdfast.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Optional;

/** Reads what an entity recovers from, in one round trip. */
public final class RecoveryDao {
  /** Events that are read with the snapshot: more than there are between two snapshots. */
  static final int EVENTS_MAX = 100;

  /** The end of time, as far as both databases know it. */
  private static final long LAST_MILLIS = 253_402_300_799_000L;

  private static final int SNAPSHOT = 1;
  private static final int EVENT = 2;

  /** A column of every part, and NULL in all but one, so that each keeps its type. */
  static final String SQL =
      """
      (SELECT 1 AS part, sequence_nr, serializer_id, manifest, payload, NULL AS event, written_at
        FROM snapshot WHERE %1$s
        ORDER BY persistence_id DESC, sequence_nr DESC LIMIT 1)
      UNION ALL
      (SELECT 2, sequence_nr, serializer_id, manifest, NULL, payload, NULL
        FROM journal WHERE persistence_id = ? AND sequence_nr >
          GREATEST(?, COALESCE((SELECT MAX(sequence_nr) FROM snapshot WHERE %1$s), 0))
        ORDER BY persistence_id, sequence_nr LIMIT ?)
      UNION ALL
      (SELECT 3, GREATEST(
          COALESCE((SELECT MAX(sequence_nr) FROM journal WHERE persistence_id = ?), 0),
          COALESCE((SELECT MAX(sequence_nr) FROM snapshot WHERE persistence_id = ?), 0)),
        NULL, NULL, NULL, NULL, NULL)
      ORDER BY 1, 2
      """
          .formatted(
              "persistence_id = ? AND sequence_nr BETWEEN ? AND ? AND written_at BETWEEN ? AND ?");

  private final JournalDao journal;
  private final Database database;

  public RecoveryDao(JournalDao journal) {
    this.journal = journal;
    this.database = journal.database();
  }

  /** Which snapshots a reader accepts, by sequence number and time; all ends included. */
  public record Criteria(long fromSequenceNr, long toSequenceNr, long fromMillis, long toMillis) {
    /** Any. */
    public static final Criteria ALL = new Criteria(0, Long.MAX_VALUE, 0, Long.MAX_VALUE);

    /** None. */
    public static final Criteria NONE = new Criteria(1, 0, 0, 0);
  }

  /**
   * Reads an entity, after every transaction of this node that may have written it has ended.
   * Blocks.
   *
   * @param after events up to this one are not wanted
   * @throws SQLException also when such a transaction is still under way: ask again
   */
  public Recovery read(String persistenceId, Criteria criteria, long after) throws SQLException {
    var slot = journal.slotOf(persistenceId);
    if (slot.isPresent()) {
      database.unknownCommits().awaitEnd(slot.get());
    }
    database.timeline().recovering(persistenceId);
    return database.read(connection -> read(connection, persistenceId, criteria, after));
  }

  private static Recovery read(
      Connection connection, String persistenceId, Criteria criteria, long after)
      throws SQLException {
    try (var select = connection.prepareStatement(SQL)) {
      bind(select, persistenceId, criteria, after);
      try (var rows = select.executeQuery()) {
        return recovery(rows, after);
      }
    }
  }

  static void bind(PreparedStatement statement, String persistenceId, Criteria criteria, long after)
      throws SQLException {
    var parameters = new ArrayList<Object>();
    add(parameters, persistenceId, criteria);
    parameters.add(persistenceId);
    parameters.add(after);
    add(parameters, persistenceId, criteria);
    parameters.add(EVENTS_MAX);
    parameters.add(persistenceId);
    parameters.add(persistenceId);
    for (int i = 0; i < parameters.size(); i++) {
      statement.setObject(i + 1, parameters.get(i));
    }
  }

  private static void add(ArrayList<Object> parameters, String persistenceId, Criteria criteria) {
    parameters.add(persistenceId);
    parameters.add(criteria.fromSequenceNr());
    parameters.add(criteria.toSequenceNr());
    parameters.add(at(criteria.fromMillis()));
    parameters.add(at(criteria.toMillis()));
  }

  private static OffsetDateTime at(long millis) {
    var instant = Instant.ofEpochMilli(Math.max(0, Math.min(millis, LAST_MILLIS)));
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  private static Recovery recovery(ResultSet rows, long after) throws SQLException {
    Optional<SnapshotRow> snapshot = Optional.empty();
    var events = new ArrayList<EventRow>();
    long highest = 0;
    while (rows.next()) {
      switch (rows.getInt(1)) {
        case SNAPSHOT -> snapshot = Optional.of(snapshot(rows));
        case EVENT ->
            events.add(
                new EventRow(rows.getLong(2), rows.getInt(3), rows.getString(4), rows.getBytes(6)));
        default -> highest = rows.getLong(2);
      }
    }
    long begin = Math.max(after, snapshot.map(SnapshotRow::sequenceNr).orElse(0L));
    return new Recovery(snapshot, highest, begin, events);
  }

  private static SnapshotRow snapshot(ResultSet rows) throws SQLException {
    return new SnapshotRow(
        rows.getLong(2),
        rows.getObject(7, OffsetDateTime.class).toInstant(),
        rows.getInt(3),
        rows.getString(4),
        rows.getBytes(5));
  }
}
