package io.holdfast.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;

/** The connection to the only neighbour: a bounded pool, and transactions on it. */
public final class Database implements AutoCloseable {
  private final Dialect dialect;
  private final HikariDataSource pool;

  private Database(Dialect dialect, HikariDataSource pool) {
    this.dialect = dialect;
    this.pool = pool;
  }

  /** What one transaction does. It may be run on any connection, and is not repeated. */
  @FunctionalInterface
  public interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  /** Opens the pool. Does not wait for the database to answer. */
  public static Database open(DatabaseSettings settings) {
    var config = new HikariConfig();
    config.setJdbcUrl(settings.url());
    config.setUsername(settings.user());
    config.setPassword(settings.password());
    config.setMaximumPoolSize(settings.connectionsMax());
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(1000);
    config.setValidationTimeout(500);
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    return new Database(Dialect.of(settings.url()), new HikariDataSource(config));
  }

  public Dialect dialect() {
    return dialect;
  }

  /** Runs the work and commits, or rolls back and throws. READ COMMITTED. Blocks. */
  public <T> T transaction(Work<T> work) throws SQLException {
    try (var connection = pool.getConnection()) {
      try {
        var result = work.in(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
