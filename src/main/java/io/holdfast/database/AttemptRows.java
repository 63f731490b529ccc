package io.holdfast.database;

import static io.holdfast.database.OperationColumns.IS_OPEN;
import static io.holdfast.database.OperationColumns.texts;
import static io.holdfast.database.OperationColumns.utc;

import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationRows.State;
import io.holdfast.database.RowBatch.Shape;
import io.holdfast.database.RowBatch.Type;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The rows of operations, as whoever carries them out reads and changes them. He holds the slot's
 * row in {@code shard_owner}, as the journal's writer does, so that one who was frozen changes
 * nothing when he wakes up. Blocks.
 */
public final class AttemptRows {
  private final Database database;
  private final Dialect dialect;

  public AttemptRows(Database database) {
    this.database = database;
    this.dialect = database.dialect();
  }

  /** {@link OperationColumns#IS_OPEN}, so that nobody looks for all that are instead of by id. */
  private static final String IS_NOT_FINAL =
      "state NOT IN ('succeeded', 'failed', 'cancelled', 'expired')";

  /** All of a batch with one statement. */
  private static final Shape ENDED =
      new Shape(
          "UPDATE operation o SET updated_at = CAST(? AS timestamptz), state = C3, due_at = C4,"
              + " attempts = C5, last_error = C6, problem = C7,"
              + " result_status = CASE WHEN C8 THEN C9 ELSE o.result_status END,"
              + " result_length = CASE WHEN C8 THEN C10 ELSE o.result_length END,"
              + " version = o.version + 1 FROM %s WHERE o.id = C1 AND o.version = C2 AND o."
              + IS_NOT_FINAL
              + " RETURNING o.id, o.slot, o.version - 1",
          List.of(Type.TIME),
          List.of(
              Type.TEXT,
              Type.NUMBER,
              Type.TEXT,
              Type.TIME,
              Type.SMALL_NUMBER,
              Type.TEXT,
              Type.TEXT,
              Type.FLAG,
              Type.SMALL_NUMBER,
              Type.SMALL_NUMBER));

  /** One version of one operation. */
  public record Version(String id, int slot, long version) {
    public static Version of(Row row) {
      return new Version(row.id(), row.slot(), row.version());
    }

    /** As it is once its attempt has begun. */
    public Version begun() {
      return new Version(id, slot, version + 1);
    }
  }

  /**
   * What became of an attempt.
   *
   * @param of the version that it is about
   * @param state that it is in now
   * @param dueAt of the next attempt, if there is one
   * @param attempts so many there were now
   * @param problem the name of the problem type that it failed with; else empty
   * @param resultStatus 0: there is no result
   * @param result empty: there is none, or the one that is there stays
   */
  public record Ending(
      Version of,
      State state,
      Optional<Instant> dueAt,
      int attempts,
      String lastError,
      String problem,
      int resultStatus,
      Optional<Part> result) {

    /** The same, with another attempt. */
    public Ending dueAt(Instant at) {
      return new Ending(
          of, state, Optional.of(at), attempts, lastError, problem, resultStatus, result);
    }
  }

  /**
   * What is due.
   *
   * @param next when there is more, if no more is due now
   */
  public record Due(List<Row> rows, Optional<Instant> next) {}

  /**
   * Those of a slot and a route that are due, the most important first and then the oldest. Of
   * those with the same order key there is one.
   */
  public Due due(int slot, String route, Instant now, int limit) throws SQLException {
    return database.read(
        connection -> new DueRows(connection, dialect, slot, route).read(now, limit));
  }

  /**
   * Begins attempts, in one transaction. May be asked again by whoever does not know whether it was
   * done.
   *
   * @return those that were begun by the incarnation, now or before: their slot is its own, and
   *     nobody else has changed them
   */
  public Set<Version> begin(List<Version> attempts, long incarnation) throws SQLException {
    var sql =
        "UPDATE operation SET state = 'running', attempts = attempts + 1, version = version + 1,"
            + " updated_at = ?, begun_by = ? WHERE id = ? AND version = ? AND "
            + IS_OPEN;
    var at = utc(database.clock().instant());
    return database.transaction(
        connection -> {
          var owned = owned(connection, slots(attempts), incarnation);
          var mine = attempts.stream().filter(it -> owned.contains(it.slot())).toList();
          try (var update = connection.prepareStatement(sql)) {
            for (var it : mine) {
              update.setObject(1, at);
              update.setLong(2, incarnation);
              name(update, 3, it);
              update.addBatch();
            }
            var begun = changed(mine, update);
            begun.addAll(begunBefore(connection, mine, begun, incarnation));
            return begun;
          }
        });
  }

  /** By this incarnation: what another had begun may have been carried out. */
  private Set<Version> begunBefore(
      Connection connection, List<Version> attempts, Set<Version> begun, long incarnation)
      throws SQLException {
    var others = attempts.stream().filter(it -> !begun.contains(it)).toList();
    if (others.isEmpty()) {
      return Set.of();
    }
    var sql =
        "SELECT id, version FROM operation WHERE id = ANY(?) AND state = 'running'"
            + " AND begun_by = ?";
    try (var select = connection.prepareStatement(sql)) {
      select.setArray(1, texts(connection, dialect, others.stream().map(Version::id).toList()));
      select.setLong(2, incarnation);
      var running = new HashSet<String>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          running.add(rows.getString(1) + " " + rows.getLong(2));
        }
      }
      var before = new HashSet<Version>();
      others.stream()
          .filter(it -> running.contains(it.id() + " " + it.begun().version()))
          .forEach(before::add);
      return before;
    }
  }

  /**
   * Ends attempts, in one transaction.
   *
   * @return those that were ended: what is not among them has come to nothing
   */
  public Set<Version> end(List<Ending> endings, long incarnation) throws SQLException {
    var at = utc(database.clock().instant());
    var versions = endings.stream().map(Ending::of).toList();
    return database.transaction(
        connection -> {
          var owned = owned(connection, slots(versions), incarnation);
          var mine = endings.stream().filter(it -> owned.contains(it.of().slot())).toList();
          var ended =
              switch (dialect) {
                case H2 -> endEach(connection, mine, at);
                case POSTGRESQL -> endTogether(connection, mine, at);
              };
          keepResults(connection, mine, ended);
          return ended;
        });
  }

  private Set<Version> endTogether(Connection connection, List<Ending> endings, OffsetDateTime at)
      throws SQLException {
    var ended = new HashSet<Version>();
    if (endings.isEmpty()) {
      return ended;
    }
    var rows = new RowBatch(ENDED, dialect).all(at);
    endings.forEach(it -> rows.add(values(it)));
    try (var update = connection.prepareStatement(rows.sql())) {
      rows.bind(update, 1);
      try (var versions = update.executeQuery()) {
        while (versions.next()) {
          ended.add(new Version(versions.getString(1), versions.getInt(2), versions.getLong(3)));
        }
      }
    }
    return ended;
  }

  private static Object[] values(Ending it) {
    return new Object[] {
      it.of().id(),
      it.of().version(),
      it.state().word(),
      it.dueAt().map(OperationColumns::utc).orElse(null),
      it.attempts(),
      it.lastError(),
      it.problem(),
      it.result().isPresent(),
      it.resultStatus(),
      it.result().map(part -> part.content().length).orElse(0)
    };
  }

  private static Set<Version> endEach(
      Connection connection, List<Ending> endings, OffsetDateTime at) throws SQLException {
    var sql =
        "UPDATE operation SET state = ?, due_at = ?, attempts = ?, last_error = ?, problem = ?,"
            + " result_status = CASE WHEN ? THEN ? ELSE result_status END,"
            + " result_length = CASE WHEN ? THEN ? ELSE result_length END,"
            + " version = version + 1, updated_at = ? WHERE id = ? AND version = ? AND "
            + IS_OPEN;
    try (var update = connection.prepareStatement(sql)) {
      for (var it : endings) {
        bind(update, it, at);
        update.addBatch();
      }
      return changed(endings.stream().map(Ending::of).toList(), update);
    }
  }

  private static void bind(PreparedStatement update, Ending it, OffsetDateTime at)
      throws SQLException {
    boolean hasResult = it.result().isPresent();
    update.setString(1, it.state().word());
    update.setObject(2, it.dueAt().map(OperationColumns::utc).orElse(null));
    update.setInt(3, it.attempts());
    update.setString(4, it.lastError());
    update.setString(5, it.problem());
    update.setBoolean(6, hasResult);
    update.setInt(7, it.resultStatus());
    update.setBoolean(8, hasResult);
    update.setInt(9, it.result().map(part -> part.content().length).orElse(0));
    update.setObject(10, at);
    name(update, 11, it.of());
  }

  private void keepResults(Connection connection, List<Ending> endings, Set<Version> ended)
      throws SQLException {
    var results = new RowBatch(results(dialect), dialect).all("result");
    var old = new ArrayList<String>();
    for (var it : endings) {
      if (ended.contains(it.of()) && it.result().isPresent()) {
        var part = it.result().get();
        old.add(it.of().id());
        results.add(it.of().id(), part.reason(), part.fields(), part.content());
      }
    }
    if (!old.isEmpty()) {
      if (dialect == Dialect.H2) {
        removeResults(connection, old);
      }
      try (var rows = new RowBatches(connection, dialect)) {
        rows.execute(List.of(results));
      }
    }
  }

  /** The last one counts. */
  private static Shape results(Dialect dialect) {
    return OperationColumns.parts(
        dialect,
        switch (dialect) {
          case H2 -> "";
          case POSTGRESQL ->
              " ON CONFLICT (id, part) DO UPDATE SET reason = EXCLUDED.reason,"
                  + " fields = EXCLUDED.fields, content = EXCLUDED.content";
        });
  }

  private void removeResults(Connection connection, List<String> ids) throws SQLException {
    var sql = "DELETE FROM operation_part WHERE part = 'result' AND id = ANY(?)";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setArray(1, texts(connection, dialect, ids));
      statement.executeUpdate();
    }
  }

  /**
   * How those fail whose deadline is over.
   *
   * @param accepted of those that wait: nobody has begun them
   * @param running of those that were begun: nobody knows what became of them
   */
  public record Overdue(Failure accepted, Failure running) {}

  /** Why one has failed, in a sentence, and the name of the problem type. */
  public record Failure(String why, String problem) {}

  /**
   * Fails those of a slot whose deadline is over and that nobody will end: the service could not be
   * asked in time, or their route is gone, or the node that had begun them.
   *
   * @param but ids of those that the asker is carrying out
   * @param asOf when that was so: what was begun since then was not overdue
   * @return how many
   */
  public int failOverdue(
      int slot, Overdue how, Set<String> but, Instant asOf, long incarnation, int limit)
      throws SQLException {
    return database.transaction(
        connection -> {
          if (owned(connection, new TreeSet<>(Set.of(slot)), incarnation).isEmpty()) {
            return 0;
          }
          int failed = fail(connection, slot, "accepted", how.accepted(), but, asOf, limit);
          return failed
              + fail(connection, slot, "running", how.running(), but, asOf, limit - failed);
        });
  }

  private int fail(
      Connection connection,
      int slot,
      String state,
      Failure how,
      Set<String> but,
      Instant asOf,
      int limit)
      throws SQLException {
    var sql =
        "UPDATE operation SET state = 'failed', due_at = NULL, last_error = ?, problem = ?,"
            + " version = version + 1, updated_at = ? WHERE id IN (SELECT id FROM operation"
            + " WHERE slot = ? AND due_at IS NOT NULL AND deadline <= ? AND state = ?"
            + " AND NOT (id = ANY(?)) ORDER BY slot, state, deadline LIMIT ?)"
            + " AND state = ? AND deadline <= ?";
    try (var update = connection.prepareStatement(sql)) {
      update.setString(1, how.why());
      update.setString(2, how.problem());
      update.setObject(3, utc(database.clock().instant()));
      update.setInt(4, slot);
      update.setObject(5, utc(asOf));
      update.setString(6, state);
      update.setArray(7, texts(connection, dialect, List.copyOf(but)));
      update.setInt(8, limit);
      update.setString(9, state);
      update.setObject(10, utc(asOf));
      return update.executeUpdate();
    }
  }

  private Set<Integer> owned(Connection connection, SortedSet<Integer> slots, long incarnation)
      throws SQLException {
    try (var fence = connection.prepareStatement(JournalTransaction.fenceSql(dialect))) {
      var array = connection.createArrayOf(dialect.intArray(), slots.toArray());
      return JournalTransaction.fenced(fence, array, incarnation).owned();
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

  private static void name(PreparedStatement statement, int from, Version version)
      throws SQLException {
    statement.setString(from, version.id());
    statement.setLong(from + 1, version.version());
  }
}
