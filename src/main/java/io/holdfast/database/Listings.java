package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Pages of a collection's documents. A row is written in the transaction of its event, so a page
 * has every write that was acknowledged before it was asked for; deleted documents are not in the
 * index that is read.
 */
public final class Listings {
  private static final String PAGE =
      "SELECT id, etag FROM document WHERE collection = ? AND deleted = FALSE AND id > ?"
          + " ORDER BY id LIMIT ?";

  private final Database database;

  public Listings(Database database) {
    this.database = database;
  }

  /**
   * A document that exists.
   *
   * @param etag its entity tag, without quotes
   */
  public record Row(String id, String etag) {}

  /**
   * The first documents behind an id, in the order of their code units.
   *
   * @param after exclusive, need not exist; empty for the beginning
   * @return fails with {@link SQLException} when the database does not answer
   */
  public CompletionStage<List<Row>> page(String collection, String after, int limit) {
    return database.reading(connection -> page(connection, collection, after, limit));
  }

  private static List<Row> page(Connection connection, String collection, String after, int limit)
      throws SQLException {
    try (var select = connection.prepareStatement(PAGE)) {
      select.setString(1, collection);
      select.setString(2, after);
      select.setInt(3, limit);
      var rows = new ArrayList<Row>();
      try (var found = select.executeQuery()) {
        while (found.next()) {
          rows.add(new Row(found.getString(1), found.getString(2)));
        }
      }
      return rows;
    }
  }
}
