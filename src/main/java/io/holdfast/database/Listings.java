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
   * The first documents behind an id, in the order of their code units. Costs what the page holds,
   * whatever the collection holds.
   *
   * @param after exclusive, need not exist; empty for the beginning
   * @return fails with {@link SQLException} when the database does not answer
   */
  public CompletionStage<List<Row>> page(String collection, String after, int limit) {
    return database.reading(connection -> page(connection, collection, after, limit));
  }

  private List<Row> page(Connection connection, String collection, String after, int limit)
      throws SQLException {
    try (var select = connection.prepareStatement(sql(database.dialect()))) {
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

  /**
   * Ordered by the columns of the index {@code document_live}, all of them: without the first ones
   * H2 reads every later document of the collection, and sorts.
   */
  static String sql(Dialect dialect) {
    return switch (dialect) {
      case H2 ->
          "SELECT id, etag FROM document WHERE collection = ? AND deleted = FALSE AND id > ?"
              + " ORDER BY collection, deleted, id LIMIT ?";
      case POSTGRESQL ->
          "SELECT id, etag FROM document WHERE collection = ? AND NOT deleted AND id > ?"
              + " ORDER BY collection, id LIMIT ?";
    };
  }
}
