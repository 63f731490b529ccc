package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What the database has of one entity, for whoever looks at it: its row in the listing, and that
 * there were events, but not what is in them.
 */
public final class History {
  private static final String LISTED =
      "SELECT etag, deleted FROM document WHERE collection = ? AND id = ?";
  private static final String EVENTS =
      "SELECT sequence_nr, written_at, manifest FROM journal WHERE persistence_id = ?"
          + " ORDER BY persistence_id DESC, sequence_nr DESC LIMIT ?";

  private final Database database;

  public History(Database database) {
    this.database = database;
  }

  /**
   * An event, without what it says.
   *
   * @param manifest names what kind it is, as its serializer wrote it
   */
  public record Written(long sequenceNr, Instant at, String manifest) {}

  /**
   * @param etag of its last change, without quotes; empty where there never was one
   * @param events the newest first; a snapshot has removed those that came before it
   */
  public record Of(Optional<String> etag, boolean deleted, List<Written> events) {}

  /**
   * A document's.
   *
   * @param most events
   * @return fails with {@link SQLException} when the database does not answer
   */
  public CompletionStage<Of> of(String collection, String id, String persistenceId, int most) {
    return database.reading(connection -> read(connection, collection, id, persistenceId, most));
  }

  private static Of read(
      Connection connection, String collection, String id, String persistenceId, int most)
      throws SQLException {
    var events = events(connection, persistenceId, most);
    try (var select = connection.prepareStatement(LISTED)) {
      select.setString(1, collection);
      select.setString(2, id);
      try (var found = select.executeQuery()) {
        return found.next()
            ? new Of(Optional.of(found.getString(1)), found.getBoolean(2), events)
            : new Of(Optional.empty(), false, events);
      }
    }
  }

  private static List<Written> events(Connection connection, String persistenceId, int most)
      throws SQLException {
    try (var select = connection.prepareStatement(EVENTS)) {
      select.setString(1, persistenceId);
      select.setInt(2, most);
      var events = new ArrayList<Written>();
      try (var found = select.executeQuery()) {
        while (found.next()) {
          var at = found.getObject(2, OffsetDateTime.class).toInstant();
          events.add(new Written(found.getLong(1), at, found.getString(3)));
        }
      }
      return events;
    }
  }
}
