package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings the schema up to date and makes the rows that every cluster has.
 *
 * <p>Three nodes may do this at the same instant, and any of them may die in the middle. PostgreSQL
 * migrates in one transaction. H2 commits with each statement, so its migrations say {@code IF NOT
 * EXISTS} and are run again; who loses a race finds the work done at the next attempt.
 */
final class Migrations {
  private static final int ATTEMPTS_MAX = 50;
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** The class of SQLSTATEs of tables that do not exist. */
  private static final String SYNTAX_OR_ACCESS = "42";

  private final Database database;
  private final ConnectionSource source;

  Migrations(Database database, ConnectionSource source) {
    this.database = database;
    this.source = source;
  }

  Preparation run(String clusterName, Slots slots) throws SQLException {
    source.verify();
    var foreign = repeated(() -> foreign(clusterName, slots.shards()));
    if (foreign.isPresent()) {
      return new Preparation.Refused(foreign.get());
    }
    repeated(this::migrate);
    if (database.dialect() == Dialect.H2) {
      database.transaction(Migrations::makeCommitsDurable);
    }
    var refusal = repeated(() -> database.transaction(c -> makeRows(c, clusterName, slots)));
    if (refusal.isPresent()) {
      return new Preparation.Refused(refusal.get());
    }
    return new Preparation.Ready(database.timeline().generation());
  }

  /** Looked at first: the schema of another cluster is left as it is. */
  private Optional<String> foreign(String name, int shards) throws SQLException {
    try (var connection = source.forWork()) {
      return known(connection).flatMap(it -> difference(it, name, shards));
    } catch (SQLException e) {
      if (String.valueOf(e.getSQLState()).startsWith(SYNTAX_OR_ACCESS)) {
        return Optional.empty(); // there is no such table: nobody was here before
      }
      throw e;
    }
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws SQLException;
  }

  /** Another node does the same at the same time: whoever is disturbed by it tries again. */
  private static <T> T repeated(Step<T> step) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return step.run();
      } catch (SQLException | FlywayException e) {
        if (attempt == ATTEMPTS_MAX || endsConnection(e)) {
          throw e instanceof SQLException failure ? failure : new SQLException(e);
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private static boolean endsConnection(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException e && FailureKind.of(e).endsConnection()) {
        return true;
      }
    }
    return false;
  }

  private Void migrate() {
    var flyway =
        Flyway.configure(getClass().getClassLoader())
            .dataSource(source.migrationUrl(), source.user(), source.password())
            .locations(database.dialect().migrations())
            .load();
    try {
      flyway.migrate();
      return null;
    } catch (FlywayException e) {
      if (database.dialect() == Dialect.H2) {
        flyway.repair();
      }
      throw e;
    }
  }

  /** Without this, H2 answers a commit up to half a second before it has written it. */
  private static Void makeCommitsDurable(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET WRITE_DELAY 0");
      try (var rows =
          statement.executeQuery(
              "SELECT setting_value FROM information_schema.settings"
                  + " WHERE setting_name = 'WRITE_DELAY'")) {
        if (rows.next() && !rows.getString(1).equals("0")) {
          throw new SQLException("H2 does not write at once: WRITE_DELAY=" + rows.getString(1));
        }
      }
    }
    return null;
  }

  private static Optional<String> makeRows(Connection connection, String name, Slots slots)
      throws SQLException {
    var refusal = claimCluster(connection, name, slots.shards());
    if (refusal.isEmpty()) {
      makeArbiter(connection);
      makeShardOwners(connection, slots.count());
    }
    return refusal;
  }

  private static Optional<String> claimCluster(Connection connection, String name, int shards)
      throws SQLException {
    var known = known(connection);
    if (known.isPresent()) {
      return difference(known.get(), name, shards);
    }
    try (var insert =
        connection.prepareStatement("INSERT INTO cluster (one, name, shards) VALUES (1, ?, ?)")) {
      insert.setString(1, name);
      insert.setInt(2, shards);
      insert.executeUpdate();
    }
    return Optional.empty();
  }

  /** Whose the database is. */
  private record Known(String name, int shards) {}

  private static Optional<Known> known(Connection connection) throws SQLException {
    try (var select = connection.prepareStatement("SELECT name, shards FROM cluster");
        var rows = select.executeQuery()) {
      return rows.next()
          ? Optional.of(new Known(rows.getString(1), rows.getInt(2)))
          : Optional.empty();
    }
  }

  private static Optional<String> difference(Known known, String name, int shards) {
    if (!known.name().equals(name)) {
      return Optional.of(
          "this database belongs to the cluster \"%s\", not to \"%s\": set cluster.name, or use a"
              .formatted(known.name(), name)
              .concat(" database of its own"));
    }
    if (known.shards() != shards) {
      return Optional.of(
          "this cluster was formed with %d shards, not %d, and that is for ever: set cluster.shards = %d"
              .formatted(known.shards(), shards, known.shards()));
    }
    return Optional.empty();
  }

  private static void makeArbiter(Connection connection) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO arbiter (one, formation)"
                + " SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM arbiter)")) {
      insert.executeUpdate();
    }
  }

  private static void makeShardOwners(Connection connection, int count) throws SQLException {
    var there = new HashSet<Integer>();
    try (var select = connection.prepareStatement("SELECT slot FROM shard_owner");
        var rows = select.executeQuery()) {
      while (rows.next()) {
        there.add(rows.getInt(1));
      }
    }
    try (var insert = connection.prepareStatement("INSERT INTO shard_owner (slot) VALUES (?)")) {
      for (int slot = 0; slot < count; slot++) {
        if (!there.contains(slot)) {
          insert.setInt(1, slot);
          insert.addBatch();
        }
      }
      insert.executeBatch();
    }
  }
}
