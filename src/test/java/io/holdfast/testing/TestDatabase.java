package io.holdfast.testing;

import io.holdfast.database.DatabaseSettings;

/** The databases that tests run on: both real, over TCP, on loopback. */
public enum TestDatabase {
  H2,
  POSTGRESQL;

  private static final int CONNECTIONS_MAX = 4;

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
