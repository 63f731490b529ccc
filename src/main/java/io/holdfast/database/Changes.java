package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
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
 *
 * <p>Rows are asked for in the order of all columns of their key, and first and last ones in this
 * way too: otherwise H2 reads a stream as a whole.
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

  /**
   * Where the streams end.
   *
   * @param generation of the history that they are of: a change that was seen in an earlier one may
   *     have been lost
   * @param positions the last one of each stream of which something is kept. One that is not named
   *     has nothing to be read, whatever was seen of it before
   */
  public record Heads(long generation, Map<Long, Long> positions) {
    public Heads {
      positions = Map.copyOf(positions);
    }
  }

  /**
   * Where the streams end now. Blocks.
   *
   * @throws SQLException also when another history is met meanwhile: ask again
   */
  public Heads heads() throws SQLException {
    var timeline = database.timeline();
    boolean isObserved = timeline.isObserved();
    long before = timeline.generation();
    var positions = positions();
    long generation = timeline.generation();
    if (isObserved && generation != before) {
      throw new SQLException("The database has another history now");
    }
    return new Heads(generation, positions);
  }

  private Map<Long, Long> positions() throws SQLException {
    return database.read(
        connection -> {
          var heads = new HashMap<Long, Long>();
          try (var select =
                  connection.prepareStatement(
                      "SELECT stream, (SELECT position FROM document_change c"
                          + " WHERE c.stream = s.stream"
                          + " ORDER BY c.stream DESC, c.position DESC LIMIT 1)"
                          + " FROM change_stream s");
              var rows = select.executeQuery()) {
            while (rows.next()) {
              var head = rows.getObject(2, Long.class);
              if (head != null) {
                heads.put(rows.getLong(1), head);
              }
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
                + " ORDER BY stream, position LIMIT ?")) {
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
    var limit = OffsetDateTime.ofInstant(database.clock().instant().minus(age), ZoneOffset.UTC);
    int removed = 0;
    for (long stream : positions().keySet()) {
      removed += database.transaction(connection -> expire(connection, stream, limit));
    }
    forgetStreams();
    return removed;
  }

  /** The oldest come first, so when the first is young enough nothing else is looked at. */
  private static int expire(Connection connection, long stream, OffsetDateTime limit)
      throws SQLException {
    try (var delete =
        connection.prepareStatement(
            "DELETE FROM document_change WHERE stream = ? AND changed_at < ? AND position <"
                + " (SELECT position FROM document_change WHERE stream = ?"
                + " ORDER BY stream, position LIMIT 1) + ?")) {
      delete.setLong(1, stream);
      delete.setObject(2, limit);
      delete.setLong(3, stream);
      delete.setInt(4, EXPIRED_AT_A_TIME);
      return delete.executeUpdate();
    }
  }

  /**
   * Those of nodes that have gone, of which nothing is left. A node that has gone may still write
   * as long as a shard's row names it; one without rows, and without a transaction that holds them,
   * never writes again. So what the second transaction sees is all there will be.
   */
  private void forgetStreams() throws SQLException {
    var ended = database.read(Changes::endedStreams);
    if (!ended.isEmpty()) {
      database.transaction(connection -> forget(connection, ended));
    }
  }

  private static List<Long> endedStreams(Connection connection) throws SQLException {
    var ended = new ArrayList<Long>();
    try (var select =
            connection.prepareStatement(
                "SELECT stream FROM change_stream s WHERE NOT EXISTS"
                    + " (SELECT 1 FROM incarnation i WHERE i.id = s.incarnation AND NOT i.gone)"
                    + " AND NOT EXISTS"
                    + " (SELECT 1 FROM shard_owner o WHERE o.incarnation = s.incarnation)");
        var rows = select.executeQuery()) {
      while (rows.next()) {
        ended.add(rows.getLong(1));
      }
    }
    return ended;
  }

  private int forget(Connection connection, List<Long> streams) throws SQLException {
    try (var delete =
        connection.prepareStatement(
            "DELETE FROM change_stream WHERE stream = ANY(?) AND NOT EXISTS"
                + " (SELECT 1 FROM document_change c WHERE c.stream = change_stream.stream)")) {
      delete.setArray(
          1, connection.createArrayOf(database.dialect().longArray(), streams.toArray()));
      return delete.executeUpdate();
    }
  }
}
