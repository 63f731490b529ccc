package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Reads collections: the live documents in code-unit order of their ids. */
public final class Listing {
  private final Database database;

  public Listing(Database database) {
    this.database = database;
  }

  /** A live document, as of the transaction that wrote its last event. */
  public record Row(String id, String etag) {}

  /**
   * One page. Costs what the page holds, whatever the collection holds. Blocks.
   *
   * @param after the last id of the page before; it need not exist
   */
  public List<Row> page(String collection, Optional<String> after, int limit) throws SQLException {
    return database.read(connection -> page(connection, collection, after, limit));
  }

  /** {@link #page} on a thread that may block. */
  public CompletionStage<List<Row>> reading(String collection, Optional<String> after, int limit) {
    return database.reading(connection -> page(connection, collection, after, limit));
  }

  /** No id is empty, so every id comes after the empty string. */
  private List<Row> page(
      Connection connection, String collection, Optional<String> after, int limit)
      throws SQLException {
    try (var select = connection.prepareStatement(sql(database.dialect()))) {
      select.setString(1, collection);
      select.setString(2, after.orElse(""));
      select.setInt(3, limit);
      var page = new ArrayList<Row>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          page.add(new Row(rows.getString(1), rows.getString(2)));
        }
      }
      return List.copyOf(page);
    }
  }

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
