package io.holdfast.database;

import io.holdfast.database.KeyedRequests.Answer;
import io.holdfast.database.KeyedRequests.Claim;
import io.holdfast.database.KeyedRequests.Id;
import io.holdfast.database.KeyedRequests.Row;
import io.holdfast.database.KeyedRequests.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The rows of requests under idempotency keys: one transaction for each question, and the INSERT is
 * the lock. Blocks; see {@link KeyedRequests} for the threads. Each may be asked again after a
 * failure that leaves open whether it was done.
 */
final class KeyedRows {
  private static final String COLUMNS =
      "fingerprint, state, token, runs_until, status, reason, fields, content, NOT EXISTS"
          + " (SELECT 1 FROM incarnation i WHERE i.id = k.incarnation AND NOT i.gone)";

  static final String EXPIRED =
      "SELECT scope, request_key FROM keyed_request WHERE created_at < ?"
          + " ORDER BY created_at LIMIT ?";

  static final String SURPLUS =
      "SELECT scope, request_key FROM keyed_request WHERE scope = ? AND state = 'answered'"
          + " ORDER BY scope, state, created_at DESC LIMIT ? OFFSET ?";

  private static final String IS_RUNNING = " AND state = 'running'";

  private final Database database;

  KeyedRows(Database database) {
    this.database = database;
  }

  /** Makes the row unless there is one, and says which is there now. */
  Optional<Row> claim(Id id, Claim claim) throws SQLException {
    return database.transaction(
        connection -> {
          insert(connection, id, claim);
          return row(connection, id);
        });
  }

  /** H2 waits for another's uncommitted row and then fails, the statement only. */
  private void insert(Connection connection, Id id, Claim claim) throws SQLException {
    var sql =
        "INSERT INTO keyed_request (scope, request_key, fingerprint, state, token, incarnation,"
            + " runs_until, created_at) VALUES (?, ?, ?, 'running', ?, ?, ?, ?)"
            + database.dialect().unlessThere();
    var now = database.clock().instant();
    try (var insert = connection.prepareStatement(sql)) {
      insert.setString(1, id.scope());
      insert.setString(2, id.key());
      insert.setString(3, claim.fingerprint());
      insert.setString(4, claim.token());
      insert.setLong(5, claim.incarnation());
      insert.setObject(6, utc(now.plus(claim.runsFor())));
      insert.setObject(7, utc(now));
      insert.executeUpdate();
    } catch (SQLException e) {
      if (FailureKind.of(e) != FailureKind.DUPLICATE) {
        throw e;
      }
    }
  }

  /** Makes the row the claim's, if it still has that token and no answer, and says what it is. */
  Optional<Row> takeOver(Id id, String from, Claim claim) throws SQLException {
    return database.transaction(
        connection -> {
          try (var update =
              connection.prepareStatement(
                  "UPDATE keyed_request SET token = ?, incarnation = ?, runs_until = ?,"
                      + " state = 'running' WHERE scope = ? AND request_key = ? AND token = ?"
                      + " AND fingerprint = ? AND state IN ('running', 'unknown')")) {
            update.setString(1, claim.token());
            update.setLong(2, claim.incarnation());
            update.setObject(3, utc(database.clock().instant().plus(claim.runsFor())));
            name(update, 4, id);
            update.setString(6, from);
            update.setString(7, claim.fingerprint());
            update.executeUpdate();
          }
          return row(connection, id);
        });
  }

  Optional<Row> look(Id id) throws SQLException {
    return database.read(connection -> row(connection, id));
  }

  private static Optional<Row> row(Connection connection, Id id) throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT "
                + COLUMNS
                + " FROM keyed_request k WHERE k.scope = ? AND k.request_key = ?")) {
      name(select, 1, id);
      try (var rows = select.executeQuery()) {
        return rows.next() ? Optional.of(read(rows)) : Optional.empty();
      }
    }
  }

  private static Row read(ResultSet rows) throws SQLException {
    var state = State.of(rows.getString(2));
    return new Row(
        rows.getString(1),
        state,
        rows.getString(3),
        rows.getObject(4, OffsetDateTime.class).toInstant(),
        rows.getBoolean(9),
        state == State.ANSWERED
            ? Optional.of(
                new Answer(rows.getInt(5), rows.getString(6), rows.getBytes(7), rows.getBytes(8)))
            : Optional.empty());
  }

  /**
   * Writes the answer into the token's row.
   *
   * @return whether it is there now
   */
  boolean answer(Id id, String token, Answer answer) throws SQLException {
    return end(id, token, State.ANSWERED, Optional.of(answer), answer.status());
  }

  /** Writes down that there was an answer which is not kept. */
  boolean notKept(Id id, String token, int status) throws SQLException {
    return end(id, token, State.NOT_KEPT, Optional.empty(), status);
  }

  boolean unknown(Id id, String token) throws SQLException {
    return end(id, token, State.UNKNOWN, Optional.empty(), 0);
  }

  private boolean end(Id id, String token, State state, Optional<Answer> answer, int status)
      throws SQLException {
    return database.transaction(
        connection -> {
          try (var update =
              connection.prepareStatement(
                  "UPDATE keyed_request SET state = ?, status = ?, reason = ?, fields = ?,"
                      + " content = ? WHERE scope = ? AND request_key = ? AND token = ?"
                      + IS_RUNNING)) {
            update.setString(1, state.word());
            update.setInt(2, status);
            update.setString(3, answer.map(Answer::reason).orElse(""));
            update.setBytes(4, answer.map(Answer::fields).orElse(null));
            update.setBytes(5, answer.map(Answer::content).orElse(null));
            name(update, 6, id);
            update.setString(8, token);
            return update.executeUpdate() == 1 || isEnded(row(connection, id), token, state);
          }
        });
  }

  /** An earlier attempt to write it may have come through. */
  private static boolean isEnded(Optional<Row> row, String token, State state) {
    return row.filter(it -> it.token().equals(token) && it.state() == state).isPresent();
  }

  /**
   * Takes the token's row away, unless it says what became of the request.
   *
   * @return whether no row of the token is left
   */
  boolean release(Id id, String token) throws SQLException {
    return database.transaction(
        connection -> {
          try (var delete =
              connection.prepareStatement(
                  "DELETE FROM keyed_request WHERE scope = ? AND request_key = ? AND token = ?"
                      + IS_RUNNING)) {
            name(delete, 1, id);
            delete.setString(3, token);
            return delete.executeUpdate() == 1
                || row(connection, id).filter(it -> it.token().equals(token)).isEmpty();
          }
        });
  }

  /**
   * Removes rows that are older, the oldest first.
   *
   * @return how many
   */
  int expire(Duration age, int limit) throws SQLException {
    var before = utc(database.clock().instant().minus(age));
    return remove(EXPIRED, select -> bindExpired(select, before, limit));
  }

  static void bindExpired(PreparedStatement select, OffsetDateTime before, int limit)
      throws SQLException {
    select.setObject(1, before);
    select.setInt(2, limit);
  }

  /**
   * Removes answers of a scope beyond the newest.
   *
   * @return how many
   */
  int prune(String scope, int keptMax, int limit) throws SQLException {
    return remove(SURPLUS, select -> bindSurplus(select, scope, keptMax, limit));
  }

  static void bindSurplus(PreparedStatement select, String scope, int keptMax, int limit)
      throws SQLException {
    select.setString(1, scope);
    select.setInt(2, limit);
    select.setInt(3, keptMax);
  }

  @FunctionalInterface
  private interface Values {
    void in(PreparedStatement statement) throws SQLException;
  }

  /** By key: so the plan is the same whatever the table holds. */
  private int remove(String selection, Values values) throws SQLException {
    return database.transaction(
        connection -> {
          int found = 0;
          try (var select = connection.prepareStatement(selection);
              var delete =
                  connection.prepareStatement(
                      "DELETE FROM keyed_request WHERE scope = ? AND request_key = ?")) {
            values.in(select);
            try (var rows = select.executeQuery()) {
              for (; rows.next(); found++) {
                name(delete, 1, new Id(rows.getString(1), rows.getString(2)));
                delete.addBatch();
              }
            }
            if (found > 0) {
              delete.executeBatch();
            }
          }
          return found;
        });
  }

  private static void name(PreparedStatement statement, int from, Id id) throws SQLException {
    statement.setString(from, id.scope());
    statement.setString(from + 1, id.key());
  }

  private static OffsetDateTime utc(Instant instant) {
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }
}
