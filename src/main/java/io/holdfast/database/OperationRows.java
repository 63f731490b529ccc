package io.holdfast.database;

import static io.holdfast.database.OperationColumns.ALL;
import static io.holdfast.database.OperationColumns.IS_OPEN;
import static io.holdfast.database.OperationColumns.rows;
import static io.holdfast.database.OperationColumns.texts;
import static io.holdfast.database.OperationColumns.utc;

import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.RowBatch.Type;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rows of operations, as far as anybody may read and change them: accept, cancel, ask again,
 * list, and let go what is old. Attempts are {@link AttemptRows}'. Of two changes of one operation
 * the version lets one through. Blocks.
 */
public final class OperationRows {
  /** Priorities are from 0 to below that. */
  static final int PRIORITIES = 3;

  private static final int ACCEPT_TRIES = 5;
  private static final Duration AGAIN_AFTER = Duration.ofMillis(10);
  private static final int LOOKED_AT_FOR_EACH = 20;

  private static final List<State> LISTED =
      Stream.of(State.values()).filter(it -> it != State.EXPIRED).toList();

  private final Database database;
  private final Dialect dialect;
  private final Shape inserted;
  private final Shape parts;

  public OperationRows(Database database) {
    this.database = database;
    this.dialect = database.dialect();
    this.inserted = inserted(dialect);
    this.parts = OperationColumns.parts(dialect, dialect.unlessThere());
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
   * @param priority 0, 1 or 2; lower ones go first among those that are due
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
      Part request) {

    /** One of another priority would never be due. */
    public Accepting {
      if (priority < 0 || priority >= PRIORITIES) {
        throw new IllegalArgumentException("no priority: " + priority);
      }
    }
  }

  /**
   * An operation as it is.
   *
   * @param dueAt of the next attempt; empty once it is final
   * @param lastError empty if there was none
   * @param problem the name of the problem type that it failed with; empty if it has not
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
      String problem,
      int resultStatus,
      int resultLength) {}

  /**
   * Which ones a list has; newest first.
   *
   * @param after an operation: those that come behind it
   */
  public record Query(
      Optional<State> state, Optional<String> route, Optional<String> after, int limit) {}

  /** On PostgreSQL without a join, for which a plan that is kept goes through a whole index. */
  private static String unlessAccepted(Dialect dialect) {
    return switch (dialect) {
      case H2 -> " WHERE NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = C1)";
      case POSTGRESQL -> dialect.unlessThere();
    };
  }

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
            + " C12, 'accepted', 1, 0, '', 0, 0 FROM %s"
            + unlessAccepted(dialect);
    return new Shape(sql, List.of(), types);
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
        LockSupport.parkNanos(tries * AGAIN_AFTER.toNanos());
      }
    }
  }

  private Map<String, Row> accept(Connection connection, List<Accepting> batch)
      throws SQLException {
    var now = database.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    var ids = batch.stream().map(Accepting::id).toList();
    var there = dialect == Dialect.H2 ? found(connection, ids) : Map.<String, Row>of();
    var fresh =
        batch.stream()
            .filter(it -> !there.containsKey(it.id()))
            .sorted(Comparator.comparing(Accepting::id)) // or two batches wait for each other
            .toList();
    if (insert(connection, fresh, now) == batch.size()) {
      return batch.stream().map(it -> row(it, now)).collect(Collectors.toMap(Row::id, it -> it));
    }
    var all = found(connection, ids);
    if (all.size() < batch.size()) { // and its request may have been written down without it
      throw new SQLException("what was there is forgotten", "23505");
    }
    forgetParts(connection, all.values());
    return all;
  }

  /** Of one that had expired nothing else was left; its request came back with the others. */
  private void forgetParts(Connection connection, Collection<Row> rows) throws SQLException {
    var expired = rows.stream().filter(it -> it.state() == State.EXPIRED).map(Row::id).toList();
    if (!expired.isEmpty()) {
      remove(connection, "DELETE FROM operation_part WHERE id = ANY(?)", expired);
    }
  }

  private static Row row(Accepting it, Instant now) {
    return new Row(
        it.id(),
        it.slot(),
        it.route(),
        it.method(),
        it.target(),
        it.fingerprint(),
        it.priority(),
        it.orderKey(),
        State.ACCEPTED,
        1,
        0,
        now,
        now,
        Optional.of(now),
        deadline(it, now),
        "",
        "",
        0,
        0);
  }

  private static Instant deadline(Accepting it, Instant now) {
    return now.plus(it.runsFor()).truncatedTo(ChronoUnit.MILLIS);
  }

  /**
   * @return how many were not there before
   */
  private int insert(Connection connection, List<Accepting> fresh, Instant now)
      throws SQLException {
    if (fresh.isEmpty()) {
      return 0;
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
          utc(deadline(it, now)));
      requests.add(it.id(), it.request().reason(), it.request().fields(), it.request().content());
    }
    try (var both = new RowBatches(connection, dialect)) {
      return both.execute(List.of(rows, requests));
    }
  }

  // ---- what anybody may do ----

  /**
   * An operation that was to be changed.
   *
   * @param row as it is now
   * @param done this change was possible, and was made
   */
  public record Change(Row row, boolean done) {}

  /** Cancels it unless it is final. */
  public Optional<Change> cancel(String id) throws SQLException {
    return cancel(id, OptionalLong.empty());
  }

  /**
   * Cancels it unless it is final.
   *
   * @param version then no other version is cancelled
   */
  public Optional<Change> cancel(String id, OptionalLong version) throws SQLException {
    var sql =
        "UPDATE operation SET state = 'cancelled', due_at = NULL, version = version + 1,"
            + " updated_at = ? WHERE id = ? AND "
            + IS_OPEN;
    var now = utc(database.clock().instant());
    return version.isPresent()
        ? change(id, sql + " AND version = ?", now, id, version.getAsLong())
        : change(id, sql, now, id);
  }

  /**
   * Accepts one that failed anew, with as many attempts as at first.
   *
   * @param runsFor until its deadline
   */
  public Optional<Change> retry(String id, Duration runsFor) throws SQLException {
    var now = database.clock().instant();
    return change(
        id,
        "UPDATE operation SET state = 'accepted', version = version + 1, attempts = 0,"
            + " problem = '', deadline = ?, updated_at = ?, due_at = ? WHERE id = ? AND state = 'failed'",
        utc(now.plus(runsFor)),
        utc(now),
        utc(now),
        id);
  }

  private Optional<Change> change(String id, String sql, Object... values) throws SQLException {
    return database.transaction(
        connection -> {
          try (var update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
              update.setObject(i + 1, values[i]);
            }
            boolean done = update.executeUpdate() == 1;
            return Optional.ofNullable(found(connection, List.of(id)).get(id))
                .map(row -> new Change(row, done));
          }
        });
  }

  /** One operation, if it is known. */
  public Optional<Row> find(String id) throws SQLException {
    return database.read(connection -> Optional.ofNullable(found(connection, List.of(id)).get(id)));
  }

  /** Those of them that are known. */
  List<Row> find(List<String> ids) throws SQLException {
    return database.read(connection -> List.copyOf(found(connection, ids).values()));
  }

  private Map<String, Row> found(Connection connection, List<String> ids) throws SQLException {
    var found = new HashMap<String, Row>();
    if (ids.isEmpty()) {
      return found;
    }
    try (var select =
        connection.prepareStatement("SELECT " + ALL + " FROM operation o WHERE o.id = ANY(?)")) {
      select.setArray(1, texts(connection, dialect, ids));
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
            select.setArray(2, texts(connection, dialect, ids));
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
    var states = query.state().map(List::of).orElse(LISTED);
    var one = listSql(query);
    var sql =
        "SELECT * FROM ("
            + String.join(" UNION ALL ", Collections.nCopies(states.size(), "(" + one + ")"))
            + ") AS listed ORDER BY 12 DESC, 1 DESC LIMIT ?";
    return database.read(
        connection -> {
          var after = after(connection, query);
          if (query.after().isPresent() && after.isEmpty()) {
            return List.of();
          }
          try (var select = connection.prepareStatement(sql)) {
            int next = 1;
            for (var state : states) {
              next = bind(select, next, query, after, state);
            }
            select.setInt(next, query.limit());
            return rows(select);
          }
        });
  }

  /**
   * Those of one state: each state is in order by itself, and all together are not. The limit is no
   * parameter: while no row changes, H2 takes what it found before by another limit. And H2 takes
   * an index for an order only if it is asked for from its first column on.
   */
  private static String listSql(Query query) {
    return "SELECT "
        + ALL
        + " FROM operation o"
        + " WHERE o.state = ?"
        + query.route().map(it -> " AND o.route = ?").orElse("")
        + query.after().map(it -> " AND (o.created_at, o.id) < (?, ?)").orElse("")
        + " ORDER BY o.state DESC, "
        + query.route().map(it -> "o.route DESC, ").orElse("")
        + "o.created_at DESC, o.id DESC LIMIT "
        + query.limit();
  }

  /** Asked apart: PostgreSQL goes through a whole index for what it has to join first. */
  private Optional<Row> after(Connection connection, Query query) throws SQLException {
    return query.after().isEmpty()
        ? Optional.empty()
        : found(connection, query.after().stream().toList()).values().stream().findFirst();
  }

  private static int bind(
      PreparedStatement select, int from, Query query, Optional<Row> after, State state)
      throws SQLException {
    int next = from;
    select.setString(next++, state.word());
    if (query.route().isPresent()) {
      select.setString(next++, query.route().get());
    }
    if (after.isPresent()) {
      select.setObject(next++, utc(after.get().createdAt()));
      select.setString(next++, after.get().id());
    }
    return next;
  }

  /** How many of a route are not final, counted up to a bound. */
  public int open(String route, int bound) throws SQLException {
    var sql =
        "SELECT COUNT(*) FROM (SELECT 1 FROM operation WHERE route = ? AND "
            + IS_OPEN
            + " LIMIT "
            + bound // as in a list
            + ") AS counted";
    return database.read(
        connection -> {
          try (var select = connection.prepareStatement(sql)) {
            select.setString(1, route);
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
    int expired = 0;
    for (var state : List.of(State.SUCCEEDED, State.FAILED, State.CANCELLED)) {
      expired += expire(state, route, kept, limit);
    }
    return expired;
  }

  private int expire(State state, String route, Duration kept, int limit) throws SQLException {
    return removeOld(
        state,
        route,
        kept,
        limit,
        List.of(
            "DELETE FROM operation_part WHERE id = ANY(?)",
            "UPDATE operation SET state = 'expired', due_at = NULL, version = version + 1,"
                + " last_error = '', problem = '', updated_at = "
                + dialect.now()
                + " WHERE id = ANY(?)"));
  }

  /** The routes of those that are final or have expired, configured or not. */
  public List<String> routes() throws SQLException {
    return database.read(
        connection -> {
          var routes = new TreeSet<String>();
          for (var state : List.of(State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED)) {
            addRoutes(connection, state, routes);
          }
          return List.copyOf(routes);
        });
  }

  /** From one to the next: all rows of a route are not read for its name. */
  private static void addRoutes(Connection connection, State state, Set<String> routes)
      throws SQLException {
    var sql =
        "SELECT route FROM operation WHERE state = ? AND route > ? ORDER BY state, route LIMIT 1";
    try (var select = connection.prepareStatement(sql)) {
      select.setString(1, state.word());
      for (var last = Optional.of(""); last.isPresent(); ) {
        select.setString(2, last.get());
        last = OperationColumns.ids(select).stream().findFirst();
        last.ifPresent(routes::add);
      }
    }
  }

  /**
   * Forgets those that have been expired for so long.
   *
   * @return how many
   */
  public int forget(String route, Duration kept, int limit) throws SQLException {
    return removeOld(
        State.EXPIRED, route, kept, limit, List.of("DELETE FROM operation WHERE id = ANY(?)"));
  }

  /**
   * Of those that were made first a number is looked at, and not all that were made before the
   * time: many may have changed after it. What stands behind them has its turn when they are old
   * enough.
   *
   * @param statements for those that are still so once nobody else can change them: one that failed
   *     may have been asked for again
   */
  private int removeOld(
      State state, String route, Duration kept, int limit, List<String> statements)
      throws SQLException {
    var before = utc(database.clock().instant().minus(kept));
    return database.transaction(
        connection -> {
          var old = ids(connection, oldSql(limit), state.word(), route, before, before);
          if (old.isEmpty()) {
            return 0;
          }
          var held =
              ids(
                  connection,
                  "SELECT id FROM operation WHERE id = ANY(?) AND state = ? AND updated_at < ?"
                      + " FOR UPDATE",
                  texts(connection, dialect, old),
                  state.word(),
                  before);
          for (var statement : statements) {
            remove(connection, statement, held);
          }
          return held.size();
        });
  }

  private static String oldSql(int limit) {
    return "SELECT id FROM (SELECT id, updated_at FROM operation"
        + " WHERE state = ? AND route = ? AND created_at < ?"
        + " ORDER BY state, route, created_at, id LIMIT "
        + limit * LOOKED_AT_FOR_EACH
        + ") AS first WHERE updated_at < ? LIMIT "
        + limit;
  }

  private static List<String> ids(Connection connection, String sql, Object... values)
      throws SQLException {
    try (var select = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        select.setObject(i + 1, values[i]);
      }
      return OperationColumns.ids(select);
    }
  }

  private void remove(Connection connection, String sql, List<String> ids) throws SQLException {
    try (var statement = connection.prepareStatement(sql)) {
      statement.setArray(1, texts(connection, dialect, ids));
      statement.executeUpdate();
    }
  }
}
