package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes of documents, as each stream has counted them: a stream is one connection of one
 * node's writer. What a reader has seen is a position for each; there is no order among streams,
 * but whoever sees the heads sees every change that was committed before.
 */
public final class Changes {
  /** Rows of one stream that are removed in one transaction. */
  private static final int EXPIRED_AT_A_TIME = 5000;

  private final Database database;

  public Changes(Database database) {
    this.database = database;
  }

  /**
   * A change.
   *
   * @param etag the document's entity tag after it, without quotes
   */
  public record Row(
      long stream, long position, String collection, String id, String etag, boolean deleted) {}

  /** The last position of each stream; 0 where nothing is kept. Blocks. */
  public Map<Long, Long> heads() throws SQLException {
    return database.read(
        connection -> {
          var heads = new HashMap<Long, Long>();
          try (var select =
                  connection.prepareStatement(
                      "SELECT stream, (SELECT MAX(position) FROM document_change c"
                          + " WHERE c.stream = s.stream) FROM change_stream s");
              var rows = select.executeQuery()) {
            while (rows.next()) {
              heads.put(rows.getLong(1), rows.getLong(2));
            }
          }
          return heads;
        });
  }

  /**
   * One stream's changes, in their order. Blocks.
   *
   * @param after exclusive
   * @param to inclusive
   */
  public List<Row> of(long stream, long after, long to, int limit) throws SQLException {
    return database.read(connection -> of(connection, stream, after, to, limit));
  }

  private static List<Row> of(Connection connection, long stream, long after, long to, int limit)
      throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT position, collection, id, etag, deleted FROM document_change"
                + " WHERE stream = ? AND position > ? AND position <= ?"
                + " ORDER BY position LIMIT ?")) {
      select.setLong(1, stream);
      select.setLong(2, after);
      select.setLong(3, to);
      select.setInt(4, limit);
      var changes = new ArrayList<Row>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          changes.add(
              new Row(
                  stream,
                  rows.getLong(1),
                  rows.getString(2),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getBoolean(5)));
        }
      }
      return changes;
    }
  }

  /**
   * Removes changes that are older, a bounded number of them. Blocks.
   *
   * @return how many
   */
  public int expire(Duration age) throws SQLException {
    var limit = OffsetDateTime.ofInstant(Instant.now().minus(age), ZoneOffset.UTC);
    int removed = 0;
    for (long stream : heads().keySet()) {
      removed += database.transaction(connection -> expire(connection, stream, limit));
    }
    database.transaction(Changes::forgetStreams);
    return removed;
  }

  /** The oldest come first, so when the first is young enough nothing else is looked at. */
  private static int expire(Connection connection, long stream, OffsetDateTime limit)
      throws SQLException {
    try (var delete =
        connection.prepareStatement(
            "DELETE FROM document_change WHERE stream = ? AND changed_at < ? AND position <"
                + " (SELECT MIN(position) FROM document_change WHERE stream = ?) + ?")) {
      delete.setLong(1, stream);
      delete.setObject(2, limit);
      delete.setLong(3, stream);
      delete.setInt(4, EXPIRED_AT_A_TIME);
      return delete.executeUpdate();
    }
  }

  /** Those of nodes that have gone, of which nothing is left. */
  private static int forgetStreams(Connection connection) throws SQLException {
    try (var delete =
        connection.prepareStatement(
            "DELETE FROM change_stream WHERE incarnation NOT IN"
                + " (SELECT id FROM incarnation WHERE NOT gone) AND NOT EXISTS"
                + " (SELECT 1 FROM document_change c WHERE c.stream = change_stream.stream)")) {
      return delete.executeUpdate();
    }
  }
}
