package io.holdfast.testing;

import io.holdfast.database.DatabaseSettings;

/** The databases that tests run on: both real, over TCP, on loopback. */
public enum TestDatabase {
  H2,
  POSTGRESQL;

  private static final int CONNECTIONS_MAX = 4;

  /** The same database, reached through a link. */
  public static DatabaseSettings through(FaultyLink link, DatabaseSettings settings) {
    var url = settings.url().replaceFirst("127\\.0\\.0\\.1:\\d+", "127.0.0.1:" + link.port());
    return new DatabaseSettings(
        url, settings.user(), settings.password(), settings.connectionsMax());
  }

  /** The port in the settings' URL. */
  public static int port(DatabaseSettings settings) {
    var afterHost = settings.url().substring(settings.url().indexOf("127.0.0.1:") + 10);
    return Integer.parseInt(afterHost.substring(0, afterHost.indexOf('/')));
  }

  /** Settings of a node on a new, empty database. */
  public DatabaseSettings fresh() {
    return switch (this) {
      case H2 -> new DatabaseSettings(H2Server.freshDatabase(), "sa", "secret", CONNECTIONS_MAX);
      case POSTGRESQL ->
          new DatabaseSettings(
              PostgresServer.freshDatabase(), "postgres", "postgres", CONNECTIONS_MAX);
    };
  }
}
