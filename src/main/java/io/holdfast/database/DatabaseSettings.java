package io.holdfast.database;

import io.holdfast.config.ConfigReader;
import io.holdfast.config.EffectiveValues;

/**
 * Where the database is and how many connections this node may hold.
 *
 * @param url a JDBC URL of H2 or PostgreSQL
 * @param connectionsMax per node, without the guard's own connection
 */
public record DatabaseSettings(String url, String user, String password, int connectionsMax) {
  private static final int CONNECTIONS_MAX = 200;

  /** Reads {@code holdfast.database}. */
  public static DatabaseSettings read(ConfigReader database) {
    var settings =
        new DatabaseSettings(
            database.string("url"),
            database.string("user"),
            database.secret("password"),
            database.integer("connections-max", 1, CONNECTIONS_MAX));
    if (database.good("url")) {
      settings.checkUrl(database);
    }
    return settings;
  }

  private void checkUrl(ConfigReader database) {
    if (url.isEmpty()) {
      database.fault(
          "url",
          "is empty; give one as in \"jdbc:postgresql://127.0.0.1/holdfast\", or use scripts/cluster,"
              + " which brings a database");
    } else if (!url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:postgresql:")) {
      database.fault(
          "url",
          "\"%s\" is neither H2 nor PostgreSQL; begin it with jdbc:h2: or jdbc:postgresql:"
              .formatted(EffectiveValues.masked(url)));
    }
  }

  @Override
  public String toString() {
    return "DatabaseSettings[url="
        + EffectiveValues.masked(url)
        + ", user="
        + user
        + ", password=***]";
  }
}
