package io.holdfast.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Opens connections with the limits that a node needs: nothing that it asks of the database may
 * wait for ever. What the operator's URL says wins over what is set here.
 */
final class ConnectionSource {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

  /** Longest wait for an answer, on connections that work. Above the statement's own limit. */
  static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(3);

  /** Longest wait for an answer to the guard's poll: by this a stopped database is noticed. */
  static final Duration PROOF_TIMEOUT = Duration.ofSeconds(1);

  static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(2);

  /** A transaction that a frozen node left open is ended after this, and its locks with it. */
  static final Duration IDLE_IN_TRANSACTION_TIMEOUT = Duration.ofSeconds(1);

  /**
   * Every statement asks by key, and for a page in an index's order. But a plan that was made while
   * a table was small reads all of it, or sorts all that another index finds, and is kept until
   * statistics are gathered again: by then it may have grown for a minute.
   */
  private static final String PLANS =
      " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off"
          + " -c enable_incremental_sort=off -c jit=off";

  private final DatabaseSettings settings;
  private final Dialect dialect;
  private final PostgresHosts hosts;

  ConnectionSource(DatabaseSettings settings) {
    this.settings = settings;
    this.dialect = Dialect.of(settings.url());
    this.hosts = new PostgresHosts(settings.url());
    if (dialect == Dialect.H2) {
      // H2 has no such options in its URL. It reads them when its classes are loaded, and would
      // try a refused connection again for two seconds.
      setIfAbsent("h2.socketConnectTimeout", String.valueOf(CONNECT_TIMEOUT.toMillis()));
      setIfAbsent("h2.socketConnectRetry", "1");
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** A connection for transactions. */
  Connection forWork() throws SQLException {
    var connection = open(ANSWER_TIMEOUT);
    try {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** A connection for single questions, each its own transaction, that are answered soon or not. */
  Connection forProof() throws SQLException {
    var connection = open(PROOF_TIMEOUT);
    if (dialect == Dialect.POSTGRESQL) {
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(PROOF_TIMEOUT.toMillis()));
    }
    return connection;
  }

  /** Fails if nobody answers. */
  void verify() throws SQLException {
    open(ANSWER_TIMEOUT).close();
  }

  /** Tries another host first from now on, where there are several. */
  void turnToNextHost() {
    hosts.turn();
  }

  String user() {
    return settings.user();
  }

  String password() {
    return settings.password();
  }

  private Connection open(Duration answerTimeout) throws SQLException {
    return switch (dialect) {
      case H2 -> DriverManager.getConnection(h2Url(answerTimeout), account());
      case POSTGRESQL -> DriverManager.getConnection(hosts.url(), postgresql(answerTimeout));
    };
  }

  /** The URL for migrations: they may take longer than any statement of a running node. */
  String migrationUrl() {
    return dialect == Dialect.H2 ? h2Url(Duration.ofMinutes(1)) : settings.url();
  }

  private Properties account() {
    var account = new Properties();
    account.setProperty("user", settings.user());
    account.setProperty("password", settings.password());
    return account;
  }

  private String h2Url(Duration answerTimeout) {
    var options = new TreeMap<String, String>();
    options.put("LOCK_TIMEOUT", String.valueOf(STATEMENT_TIMEOUT.toMillis()));
    options.put("DB_CLOSE_DELAY", "-1");
    if (settings.url().startsWith("jdbc:h2:tcp:")) {
      options.put("NETWORK_TIMEOUT", String.valueOf(answerTimeout.toMillis()));
    }
    return withAbsent(options);
  }

  private String withAbsent(Map<String, String> options) {
    var url = new StringBuilder(settings.url());
    var given = settings.url().toUpperCase(java.util.Locale.ROOT);
    options.forEach(
        (name, value) -> {
          if (!given.contains(";" + name + "=")) {
            url.append(';').append(name).append('=').append(value);
          }
        });
    return url.toString();
  }

  private Properties postgresql(Duration answerTimeout) {
    var properties = account();
    properties.setProperty("ApplicationName", "holdfast");
    properties.setProperty("connectTimeout", String.valueOf(CONNECT_TIMEOUT.toSeconds()));
    // The driver tries one host after the other, and one may be silent.
    var login = CONNECT_TIMEOUT.multipliedBy(hosts.count());
    properties.setProperty("loginTimeout", String.valueOf(login.toSeconds()));
    properties.setProperty("sslResponseTimeout", String.valueOf(CONNECT_TIMEOUT.toMillis()));
    properties.setProperty("socketTimeout", String.valueOf(answerTimeout.toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("reWriteBatchedInserts", "true");
    properties.setProperty(
        "options",
        "-c statement_timeout="
            + STATEMENT_TIMEOUT.toMillis()
            + " -c idle_in_transaction_session_timeout="
            + IDLE_IN_TRANSACTION_TIMEOUT.toMillis()
            + PLANS);
    return properties;
  }
}
