package io.holdfast.database;

import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.RowBatch.Type;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The rows of operations. Whoever accepts, cancels or asks again needs no right; whoever begins or
 * ends an attempt holds the slot's row in {@code shard_owner}, as the journal's writer does, so
 * that one who was frozen changes nothing when he wakes up. Of two changes of one operation the
 * version lets one through. Blocks.
 */
public final class OperationRows {
  private static final String COLUMNS =
      "o.id, o.slot, o.route, o.method, o.target, o.fingerprint, o.priority, o.order_key, o.state,"
          + " o.version, o.attempts, o.created_at, o.updated_at, o.due_at, o.deadline,"
          + " o.last_error, o.result_status, o.result_length";

  private static final String IS_OPEN = "state IN ('accepted', 'running')";

  private static final int ACCEPT_TRIES = 5;

  private final Database database;
  private final Dialect dialect;
  private final Shape inserted;
  private final Shape parts;

  public OperationRows(Database database) {
    this.database = database;
    this.dialect = database.dialect();
    this.inserted = inserted(dialect);
    this.parts = parts(dialect);
  }

  /** How far an operation has come. */
  public enum State {
    ACCEPTED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    EXPIRED;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    static State of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Whether it stays as it is. */
    public boolean isFinal() {
      return this != ACCEPTED && this != RUNNING;
    }
  }

  /** The large part of a request or an answer; fields as they stand in a head, each with CRLF. */
  public record Part(String reason, byte[] fields, byte[] content) {}

  /**
   * One that is to be accepted.
   *
   * @param id 26 characters; the same for all requests that are to be one operation
   * @param fingerprint of the request, 43 characters; empty if its client gave no key
   * @param priority lower ones go first among those that are due
   * @param orderKey up to 43 characters; empty: its order does not matter
   * @param runsFor until its deadline
   */
  public record Accepting(
      String id,
      int slot,
      String route,
      String method,
      String target,
      String fingerprint,
      int priority,
      String orderKey,
      Duration runsFor,
      Part request) {}

  /**
   * An operation as it is.
   *
   * @param dueAt of the next attempt; empty once it is final
   * @param lastError empty if there was none
   * @param resultStatus 0: there is no result
   * @param resultLength of its content, bytes
   */
  public record Row(
      String id,
      int slot,
      String route,
      String method,
      String target,
      String fingerprint,
      int priority,
      String orderKey,
      State state,
      long version,
      int attempts,
      Instant createdAt,
      Instant updatedAt,
      Optional<Instant> dueAt,
      Instant deadline,
      String lastError,
      int resultStatus,
      int resultLength) {}

  /** One version of one operation. */
  public record Version(String id, int slot, long version) {
    public static Version of(Row row) {
      return new Version(row.id(), row.slot(), row.version());
    }
  }

  /**
   * What became of an attempt.
   *
   * @param of the version that the attempt began with
   * @param state that it is in now
   * @param dueAt of the next attempt, if there is one
   * @param counts false: it was none, and the attempts are as many as before it
   * @param result empty: there is none, or the one that is there stays
   */
  public record Ending(
      Version of,
      State state,
      Optional<Instant> dueAt,
      boolean counts,
      String lastError,
      int resultStatus,
      Optional<Part> result) {}

  /**
   * Which ones a list has; newest first.
   *
   * @param after an operation: those that come behind it
   */
  public record Query(
      Optional<State> state, Optional<String> route, Optional<String> after, int limit) {}

  private static Shape inserted(Dialect dialect) {
    var types =
        List.of(
            Type.TEXT,
            Type.SMALL_NUMBER,
            Type.TEXT,
            Type.TEXT,
            Type.TEXT,
            Type.TEXT,
            Type.SMALL_NUMBER,
            Type.TEXT,
            Type.TIME,
            Type.TIME,
            Type.TIME,
            Type.TIME);
    var sql =
        "INSERT INTO operation (id, slot, route, method, target, fingerprint, priority, order_key,"
            + " created_at, updated_at, due_at, deadline, state, version, attempts, last_error,"
            + " result_status, result_length) SELECT C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11,"
            + " C12, 'accepted', 1, 0, '', 0, 0 FROM %s WHERE NOT EXISTS"
            + " (SELECT 1 FROM operation o WHERE o.id = C1)"
            + dialect.unlessThere();
    return new Shape(sql, List.of(), types);
  }

  private static Shape parts(Dialect dialect) {
    return Shape.insert(
        "INSERT INTO operation_part (part, id, reason, fields, content)",
        List.of(Type.TEXT),
        List.of(Type.TEXT, Type.TEXT, Type.LARGE, Type.LARGE),
        dialect.unlessThere(),
        dialect);
  }

  // ---- accepting ----

  /**
   * Accepts all in one transaction.
   *
   * @param batch no two with the same id
   * @return for each id what is there now: an operation of that id that was there before stays
   * @throws SQLException nothing was accepted, unless the connection broke at the commit: then the
   *     same may be asked again
   */
  public Map<String, Row> accept(List<Accepting> batch) throws SQLException {
    for (int tries = 1; ; tries++) {
      try {
        return database.transaction(connection -> accept(connection, batch));
      } catch (SQLException e) {
        // H2 fails where another transaction makes the same row at the same moment.
        if (FailureKind.of(e) != FailureKind.DUPLICATE || tries == ACCEPT_TRIES) {
          throw e;
        }
      }
    }
  }

  private Map<String, Row> accept(Connection connection, List<Accepting> batch)
      throws SQLException {
    var all = found(connection, batch.stream().map(Accepting::id).toList());
    var fresh = batch.stream().filter(it -> !all.containsKey(it.id())).toList();
    insert(connection, fresh, database.clock().instant());
    all.putAll(found(connection, fresh.stream().map(Accepting::id).toList()));
    return all;
  }

  private void insert(Connection connection, List<Accepting> fresh, Instant now)
      throws SQLException {
    if (fresh.isEmpty()) {
      return;
    }
    var rows = new RowBatch(inserted, dialect);
    var requests = new RowBatch(parts, dialect).all("request");
    var at = utc(now);
    for (var it : fresh) {
      rows.add(
          it.id(),
          it.slot(),
          it.route(),
          it.method(),
          it.target(),
          it.fingerprint(),
          it.priority(),
          it.orderKey(),
          at,
          at,
          at,
          utc(now.plus(it.runsFor())));
      requests.add(it.id(), it.request().reason(), it.request().fields(), it.request().content());
    }
    new RowBatches(connection, dialect).execute(List.of(rows, requests));
  }

  // ---- carrying out ----

  /**
   * Those of a slot that are due, the most important first and then the oldest. Of those with the
   * same order key there is one.
   */
  public List<Row> due(int slot, Instant now, int limit) throws SQLException {
    var sql =
        "SELECT "
            + COLUMNS
            + " FROM operation o WHERE o.slot = ? AND o.due_at <= ? AND (o.order_key = ''"
            + " OR NOT EXISTS (SELECT 1 FROM operation b WHERE b.slot = o.slot"
            + " AND b.order_key = o.order_key AND b.due_at IS NOT NULL"
            + " AND (b.created_at < o.created_at OR b.created_at = o.created_at AND b.id < o.id)))"
            + " ORDER BY o.priority, o.due_at, o.id LIMIT ?";
    return database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql)) {
            select.setInt(1, slot);
            select.setObject(2, utc(now));
            select.setInt(3, limit);
            return rows(select);
          }
        });
  }

  /**
   * Begins attempts, in one transaction.
   *
   * @return those that were begun: their slot is the incarnation's, and nobody has changed them
   */
  public Set<Version> begin(List<Version> attempts, long incarnation) throws SQLException {
    var sql =
        "UPDATE operation SET state = 'running', attempts = attempts + 1, version = version + 1,"
            + " updated_at = ? WHERE id = ? AND version = ? AND "
            + IS_OPEN;
    var at = utc(database.clock().instant());
    return database.transaction(
        connection -> {
          var owned = owned(connection, slots(attempts), incarnation);
          var mine = attempts.stream().filter(it -> owned.contains(it.slot())).toList();
          try (var update = connection.prepareStatement(sql)) {
            for (var it : mine) {
              update.setObject(1, at);
              name(update, 2, it);
              update.addBatch();
            }
            return changed(mine, update);
          }
        });
  }

  /**
   * Ends attempts, in one transaction.
   *
   * @return those that were ended, as of {@link #begin}: what is not among them has come to nothing
   */
  public Set<Version> end(List<Ending> endings, long incarnation) throws SQLException {
    var sql =
        "UPDATE operation SET state = ?, due_at = ?, attempts = attempts - ?, last_error = ?,"
            + " result_status = ?, result_length = ?, version = version + 1, updated_at = ?"
            + " WHERE id = ? AND version = ? AND state = 'running'";
    var at = utc(database.clock().instant());
    var versions = endings.stream().map(Ending::of).toList();
    return database.transaction(
        connection -> {
          var owned = owned(connection, slots(versions), incarnation);
          var mine = endings.stream().filter(it -> owned.contains(it.of().slot())).toList();
          try (var update = connection.prepareStatement(sql)) {
            for (var it : mine) {
              bind(update, it, at);
              update.addBatch();
            }
            var ended = changed(mine.stream().map(Ending::of).toList(), update);
            keepResults(connection, mine, ended);
            return ended;
          }
        });
  }

  private static void bind(PreparedStatement update, Ending it, OffsetDateTime at)
      throws SQLException {
    update.setString(1, it.state().word());
    update.setObject(2, it.dueAt().map(OperationRows::utc).orElse(null));
    update.setInt(3, it.counts() ? 0 : 1);
    update.setString(4, it.lastError());
    update.setInt(5, it.resultStatus());
    update.setInt(6, it.result().map(part -> part.content().length).orElse(0));
    update.setObject(7, at);
    name(update, 8, it.of());
  }

  private void keepResults(Connection connection, List<Ending> endings, Set<Version> ended)
      throws SQLException {
    var results = new RowBatch(parts, dialect).all("result");
    var old = new ArrayList<String>();
    for (var it : endings) {
      if (ended.contains(it.of()) && it.result().isPresent()) {
        var part = it.result().get();
        old.add(it.of().id());
        results.add(it.of().id(), part.reason(), part.fields(), part.content());
      }
    }
    if (!old.isEmpty()) {
      remove(connection, "DELETE FROM operation_part WHERE part = 'result' AND id = ANY(?)", old);
      new RowBatches(connection, dialect).execute(List.of(results));
    }
  }

  private Set<Integer> owned(Connection connection, SortedSet<Integer> slots, long incarnation)
      throws SQLException {
    try (var fence = connection.prepareStatement(JournalTransaction.fenceSql(dialect))) {
      fence.setArray(1, connection.createArrayOf(dialect.intArray(), slots.toArray()));
      fence.setLong(2, incarnation);
      var owned = new HashSet<Integer>();
      try (var rows = fence.executeQuery()) {
        while (rows.next()) {
          owned.add(rows.getInt(1));
        }
      }
      return owned;
    }
  }

  private static SortedSet<Integer> slots(List<Version> versions) {
    var slots = new TreeSet<Integer>();
    versions.forEach(it -> slots.add(it.slot()));
    return slots;
  }

  private static Set<Version> changed(List<Version> which, PreparedStatement update)
      throws SQLException {
    var changed = new HashSet<Version>();
    if (!which.isEmpty()) {
      var counts = update.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          changed.add(which.get(i));
        }
      }
    }
    return changed;
  }

  // ---- what anybody may do ----

  /** Cancels it unless it is final, and says what it is now. */
  public Optional<Row> cancel(String id) throws SQLException {
    return change(
        id,
        "UPDATE operation SET state = 'cancelled', due_at = NULL, version = version + 1,"
            + " updated_at = ? WHERE id = ? AND "
            + IS_OPEN,
        database.clock().instant());
  }

  /**
   * Accepts one that failed anew, with as many attempts as at first, and says what it is now.
   *
   * @param runsFor until its deadline
   */
  public Optional<Row> retry(String id, Duration runsFor) throws SQLException {
    var now = database.clock().instant();
    return change(
        id,
        "UPDATE operation SET state = 'accepted', version = version + 1, attempts = 0,"
            + " deadline = ?, updated_at = ?, due_at = ? WHERE id = ? AND state = 'failed'",
        now.plus(runsFor),
        now,
        now);
  }

  private Optional<Row> change(String id, String sql, Instant... times) throws SQLException {
    return database.transaction(
        connection -> {
          try (var update = connection.prepareStatement(sql)) {
            int next = 1;
            for (var time : times) {
              update.setObject(next++, utc(time));
            }
            update.setString(next, id);
            update.executeUpdate();
          }
          return Optional.ofNullable(found(connection, List.of(id)).get(id));
        });
  }

  /** One operation, if it is known. */
  public Optional<Row> find(String id) throws SQLException {
    return database.read(connection -> Optional.ofNullable(found(connection, List.of(id)).get(id)));
  }

  private Map<String, Row> found(Connection connection, List<String> ids) throws SQLException {
    var found = new HashMap<String, Row>();
    if (ids.isEmpty()) {
      return found;
    }
    try (var select =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM operation o WHERE o.id = ANY(?)")) {
      select.setArray(1, texts(connection, ids));
      rows(select).forEach(row -> found.put(row.id(), row));
    }
    return found;
  }

  public Optional<Part> request(String id) throws SQLException {
    return Optional.ofNullable(parts("request", List.of(id)).get(id));
  }

  /** The requests of those that are still known. */
  public Map<String, Part> requests(List<String> ids) throws SQLException {
    return parts("request", ids);
  }

  /** The answer of the last attempt, if it is kept. */
  public Optional<Part> result(String id) throws SQLException {
    return Optional.ofNullable(parts("result", List.of(id)).get(id));
  }

  private Map<String, Part> parts(String part, List<String> ids) throws SQLException {
    return database.read(
        connection -> {
          try (var select =
              connection.prepareStatement(
                  "SELECT id, reason, fields, content FROM operation_part"
                      + " WHERE part = ? AND id = ANY(?)")) {
            select.setString(1, part);
            select.setArray(2, texts(connection, ids));
            var found = new HashMap<String, Part>();
            try (var rows = select.executeQuery()) {
              while (rows.next()) {
                found.put(
                    rows.getString(1),
                    new Part(rows.getString(2), rows.getBytes(3), rows.getBytes(4)));
              }
            }
            return found;
          }
        });
  }

  /** A page of a list. Empty as well if {@code after} names an operation that is not known. */
  public List<Row> list(Query query) throws SQLException {
    var sql = new StringBuilder("SELECT " + COLUMNS + " FROM operation o");
    query.after().ifPresent(it -> sql.append(" JOIN operation a ON a.id = ?"));
    sql.append(" WHERE o.state <> 'expired'");
    query.state().ifPresent(it -> sql.append(" AND o.state = ?"));
    query.route().ifPresent(it -> sql.append(" AND o.route = ?"));
    query.after().ifPresent(it -> sql.append(" AND (o.created_at, o.id) < (a.created_at, a.id)"));
    sql.append(" ORDER BY o.created_at DESC, o.id DESC LIMIT ?");
    return database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql.toString())) {
            int next = 1;
            if (query.after().isPresent()) {
              select.setString(next++, query.after().get());
            }
            if (query.state().isPresent()) {
              select.setString(next++, query.state().get().word());
            }
            if (query.route().isPresent()) {
              select.setString(next++, query.route().get());
            }
            select.setInt(next, query.limit());
            return rows(select);
          }
        });
  }

  /** How many of a route are not final, counted up to a bound. */
  public int open(String route, int bound) throws SQLException {
    var sql =
        "SELECT COUNT(*) FROM (SELECT 1 FROM operation WHERE route = ? AND "
            + IS_OPEN
            + " LIMIT ?) AS counted";
    return database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql)) {
            select.setString(1, route);
            select.setInt(2, bound);
            try (var rows = select.executeQuery()) {
              rows.next();
              return rows.getInt(1);
            }
          }
        });
  }

  // ---- age ----

  /**
   * Leaves nothing but the name of those that have been final for so long, so that whoever asks
   * hears that they are gone.
   *
   * @return how many
   */
  public int expire(String route, Duration kept, int limit) throws SQLException {
    var before = utc(database.clock().instant().minus(kept));
    return removeOld(
        "SELECT id FROM operation WHERE route = ? AND state IN ('succeeded', 'failed', 'cancelled')"
            + " AND updated_at < ? ORDER BY created_at, id LIMIT ?",
        List.of(route, before, limit),
        List.of(
            "DELETE FROM operation_part WHERE id = ANY(?)",
            "UPDATE operation SET state = 'expired', version = version + 1, last_error = '',"
                + " updated_at = "
                + dialect.now()
                + " WHERE id = ANY(?)"));
  }

  /**
   * Forgets those that have been expired for so long.
   *
   * @return how many
   */
  public int forget(Duration kept, int limit) throws SQLException {
    var before = utc(database.clock().instant().minus(kept));
    return removeOld(
        "SELECT id FROM operation WHERE state = 'expired' AND updated_at < ?"
            + " ORDER BY created_at, id LIMIT ?",
        List.of(before, limit),
        List.of("DELETE FROM operation WHERE id = ANY(?)"));
  }

  private int removeOld(String selection, List<Object> values, List<String> statements)
      throws SQLException {
    return database.transaction(
        connection -> {
          var ids = new ArrayList<String>();
          try (var select = connection.prepareStatement(selection)) {
            for (int i = 0; i < values.size(); i++) {
              select.setObject(i + 1, values.get(i));
            }
            try (var rows = select.executeQuery()) {
              while (rows.next()) {
                ids.add(rows.getString(1));
              }
            }
          }
          if (!ids.isEmpty()) {
            for (var statement : statements) {
              remove(connection, statement, ids);
            }
          }
          return ids.size();
        });
  }

  private void remove(Connection connection, String sql, List<String> ids) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.setArray(1, texts(connection, ids));
      statement.executeUpdate();
    }
  }

  // ---- columns ----

  private Array texts(Connection connection, List<String> texts) throws SQLException {
    return connection.createArrayOf(Type.TEXT.name(dialect), texts.toArray());
  }

  private static List<Row> rows(PreparedStatement select) throws SQLException {
    var found = new ArrayList<Row>();
    try (var rows = select.executeQuery()) {
      while (rows.next()) {
        found.add(row(rows));
      }
    }
    return found;
  }

  private static Row row(ResultSet rows) throws SQLException {
    return new Row(
        rows.getString(1),
        rows.getInt(2),
        rows.getString(3),
        rows.getString(4),
        rows.getString(5),
        rows.getString(6),
        rows.getInt(7),
        rows.getString(8),
        State.of(rows.getString(9)),
        rows.getLong(10),
        rows.getInt(11),
        instant(rows, 12),
        instant(rows, 13),
        Optional.ofNullable(rows.getObject(14, OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        instant(rows, 15),
        rows.getString(16),
        rows.getInt(17),
        rows.getInt(18));
  }

  private static Instant instant(ResultSet rows, int column) throws SQLException {
    return rows.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static void name(PreparedStatement statement, int from, Version version)
      throws SQLException {
    statement.setString(from, version.id());
    statement.setLong(from + 1, version.version());
  }

  private static OffsetDateTime utc(Instant instant) {
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }
}
