package io.holdfast.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL, started once for all tests of a JVM and ended with it. As root its programs
 * run in a user namespace of their own (PostgreSQL refuses root), which the library sees to.
 */
public final class PostgresServer {
  /** Property: commits cost what they cost. For measuring; tests of behaviour do not need it. */
  private static final String DURABLE = "holdfast.test.postgresql.durable";

  private static final AtomicInteger DATABASES = new AtomicInteger();

  private PostgresServer() {}

  private static final class Running {
    private static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        var durable = Boolean.getBoolean(DURABLE) ? "on" : "off";
        return EmbeddedPostgres.builder()
            .setServerConfig("max_connections", "200")
            .setServerConfig("shared_buffers", "64MB")
            .setServerConfig("fsync", durable)
            .setServerConfig("synchronous_commit", durable)
            .setServerConfig("full_page_writes", durable)
            .start();
      } catch (IOException e) {
        throw new UncheckedIOException("PostgreSQL does not start", e);
      }
    }
  }

  /** The URL of a new, empty database; user and password are {@code postgres}. */
  public static String freshDatabase() {
    var name = "holdfast_" + DATABASES.incrementAndGet();
    try (var connection = Running.SERVER.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("no database " + name, e);
    }
    return "jdbc:postgresql://127.0.0.1:" + Running.SERVER.getPort() + "/" + name;
  }
}
