package io.holdfast.database;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was said of stored responses: that they are not to be used any more. Rows have numbers, and
 * a reader that sees one has seen, or can read, all that are lower: whoever adds one holds the
 * counter's row until the commit.
 *
 * <p>A number is one greater than the one before, but for the first that is given after a promotion
 * (see {@link Timeline}): numbers may have been lost with what they stood for, so it leaps over
 * them, and none ever stands for two purges. So that nothing is missing between two rows is known
 * from the question, not from the numbers: all rows <em>after</em> a number are read. What the lost
 * ones stood for nobody can tell, and a node that was to apply them later would never hear of them:
 * so each new history begins with a purge of everything.
 *
 * <p>One thread adds and one reads, so that neither waits for the other. While the database is
 * known to be away nothing is tried. A stage that fails with a connection that broke leaves open
 * whether the row was added; a second one does no harm.
 */
public final class Purges implements AutoCloseable {
  /** For so long a purge is kept. */
  static final Duration KEPT = Duration.ofDays(7);

  /** Many more than any node remembers. */
  static final int KEPT_MAX = 20_000;

  /** Rows in one answer. */
  public static final int PAGE_MAX = 1000;

  /** Of a kind that no node knows, which reaches all that is stored. */
  private static final Row EVERYTHING = new Row("everything", "", "*", "", false);

  private static final int REMOVED_AT_A_TIME = 5000;
  private static final long REMOVE_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  /** More than a standby can lack, and wide enough that two guesses do not meet. */
  private static final long LEAP_MIN = 100_000;

  private static final long LEAP_MAX = 1_000_000_000;
  private static final Logger log = LoggerFactory.getLogger(Purges.class);

  private final Database database;
  private final BlockingThreads adding = new BlockingThreads("holdfast-purges-add", 1);
  private final BlockingThreads reading = new BlockingThreads("holdfast-purges-read", 1);

  /** Only the thread that adds touches it. */
  private long removedAtNanos = System.nanoTime() - REMOVE_EVERY_NANOS;

  public Purges(Database database) {
    this.database = database;
  }

  /**
   * What a purge reaches, as it is written down; nothing here asks what it means.
   *
   * @param kind up to 16 characters
   * @param scheme up to 16
   * @param host up to 255
   * @param named up to 8192
   * @param soft stored responses become stale; else they are removed
   */
  public record Row(String kind, String scheme, String host, String named, boolean soft) {}

  /** A row with its number. */
  public record Numbered(long number, Row row) {}

  /**
   * A row was added.
   *
   * @param previous the number before: what has that lacks nothing but the new one
   */
  public record Added(long previous, long number) {}

  /** Adds a purge and gives it the next number. */
  public CompletionStage<Added> add(Row row) {
    return adding.run(
        () -> {
          requireDatabase();
          var added = addOnce(row);
          removeAtTimes();
          return added;
        });
  }

  /** A node that was frozen in the middle may hold the counter's row: H2 has to be told. */
  private Added addOnce(Row row) throws SQLException {
    try {
      return database.transaction(connection -> add(connection, row));
    } catch (SQLException e) {
      if (FailureKind.of(e) != FailureKind.BUSY) {
        throw e;
      }
      FrozenTransactions.end(database);
      return database.transaction(connection -> add(connection, row));
    }
  }

  private Added add(Connection connection, Row row) throws SQLException {
    var added = next(connection, database.timeline().generation());
    insert(connection, database.dialect(), new Numbered(added.number(), row));
    return added;
  }

  /** In the transaction that enters a history which is not the first. */
  static void ofHistory(Connection connection, Dialect dialect, long generation)
      throws SQLException {
    var added = next(connection, generation);
    insert(connection, dialect, new Numbered(added.number(), EVERYTHING));
  }

  private static void insert(Connection connection, Dialect dialect, Numbered purge)
      throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO purge (number, kind, scheme, host, named, soft, made_at)"
                + " VALUES (?, ?, ?, ?, ?, ?, "
                + dialect.now()
                + ")")) {
      insert.setLong(1, purge.number());
      insert.setString(2, purge.row().kind());
      insert.setString(3, purge.row().scheme());
      insert.setString(4, purge.row().host());
      insert.setString(5, purge.row().named());
      insert.setBoolean(6, purge.row().soft());
      insert.executeUpdate();
    }
  }

  /** Locks the counter until the transaction ends, and raises it. */
  private static Added next(Connection connection, long generation) throws SQLException {
    try (var select =
            connection.prepareStatement(
                "SELECT newest, generation FROM purge_counter WHERE one = 1 FOR UPDATE");
        var rows = select.executeQuery()) {
      rows.next();
      long newest = rows.getLong(1);
      var added = new Added(newest, newest + step(rows.getLong(2), generation));
      raise(connection, added.number(), generation);
      return added;
    }
  }

  private static long step(long before, long now) {
    return before == now ? 1 : ThreadLocalRandom.current().nextLong(LEAP_MIN, LEAP_MAX);
  }

  private static void raise(Connection connection, long number, long generation)
      throws SQLException {
    try (var update =
        connection.prepareStatement(
            "UPDATE purge_counter SET newest = ?, generation = ? WHERE one = 1")) {
      update.setLong(1, number);
      update.setLong(2, generation);
      update.executeUpdate();
    }
  }

  /** The newest number; 0 before the first purge. */
  public CompletionStage<Long> newest() {
    return read(connection -> count(connection, "newest"));
  }

  private static long count(Connection connection, String column) throws SQLException {
    return number(connection, "SELECT " + column + " FROM purge_counter WHERE one = 1");
  }

  private static long number(Connection connection, String sql) throws SQLException {
    try (var select = connection.prepareStatement(sql);
        var rows = select.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  /**
   * Those after a number, in their order.
   *
   * @param removed rows up to that number may be gone. Whoever knows less lacks something
   * @param rows there may be more after the last one
   */
  public record Page(long removed, List<Numbered> rows) {}

  /**
   * Those after a number.
   *
   * @param limit up to {@link #PAGE_MAX}
   */
  public CompletionStage<Page> after(long number, int limit) {
    return read(
        connection -> {
          var rows = after(connection, number, Math.min(limit, PAGE_MAX));
          // Asked for last: what is gone by now may have been gone before.
          return new Page(count(connection, "removed"), rows);
        });
  }

  private static List<Numbered> after(Connection connection, long number, int limit)
      throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT number, kind, scheme, host, named, soft FROM purge WHERE number > ?"
                + " ORDER BY number LIMIT ?")) {
      select.setLong(1, number);
      select.setInt(2, limit);
      var purges = new ArrayList<Numbered>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          purges.add(new Numbered(rows.getLong(1), row(rows)));
        }
      }
      return purges;
    }
  }

  private static Row row(ResultSet rows) throws SQLException {
    return new Row(
        rows.getString(2),
        rows.getString(3),
        rows.getString(4),
        rows.getString(5),
        rows.getBoolean(6));
  }

  /** The names of nodes by incarnation: whoever did not confirm a purge is called by it. */
  public CompletionStage<Map<Long, String>> nodeNames() {
    return read(
        connection -> {
          var names = new HashMap<Long, String>();
          try (var select =
                  connection.prepareStatement("SELECT id, name FROM incarnation WHERE NOT gone");
              var rows = select.executeQuery()) {
            while (rows.next()) {
              names.put(rows.getLong(1), rows.getString(2));
            }
          }
          return names;
        });
  }

  private <T> CompletionStage<T> read(Database.Work<T> work) {
    return reading.run(
        () -> {
          requireDatabase();
          return database.read(work);
        });
  }

  private void requireDatabase() throws SQLException {
    if (database.health().isAway()) {
      throw new SQLTransientConnectionException("the database is away");
    }
  }

  // ---- what is old ----

  /** Only who adds has to remove: what is not removed now is with the next one. */
  private void removeAtTimes() {
    long now = System.nanoTime();
    if (now - removedAtNanos < REMOVE_EVERY_NANOS) {
      return;
    }
    removedAtNanos = now;
    try {
      expire();
    } catch (SQLException e) {
      log.debug("Old purges could not be removed now", e);
    }
  }

  /** Removes some of what is too old, or too many. Only the lowest numbers are looked at. */
  void expire() throws SQLException {
    var limit = OffsetDateTime.ofInstant(database.clock().instant().minus(KEPT), ZoneOffset.UTC);
    database.transaction(
        connection -> {
          long newest =
              number(connection, "SELECT newest FROM purge_counter WHERE one = 1 FOR UPDATE");
          long last = lastExpired(connection, limit, newest - KEPT_MAX);
          if (last > 0) {
            update(connection, "DELETE FROM purge WHERE number <= ?", last);
            update(connection, "UPDATE purge_counter SET removed = ? WHERE one = 1", last);
          }
          return last;
        });
  }

  /** 0 if there is none. */
  private static long lastExpired(Connection connection, OffsetDateTime limit, long surplus)
      throws SQLException {
    try (var select =
        connection.prepareStatement(
            "SELECT COALESCE(MAX(number), 0) FROM purge WHERE (made_at < ? OR number <= ?)"
                + " AND number < (SELECT MIN(number) FROM purge) + ?")) {
      select.setObject(1, limit);
      select.setLong(2, surplus);
      select.setInt(3, REMOVED_AT_A_TIME);
      try (var rows = select.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }

  private static void update(Connection connection, String sql, long number) throws SQLException {
    try (var update = connection.prepareStatement(sql)) {
      update.setLong(1, number);
      update.executeUpdate();
    }
  }

  @Override
  public void close() {
    adding.close();
    reading.close();
  }
}
