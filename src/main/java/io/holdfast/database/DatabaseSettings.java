package io.holdfast.database;

/**
 * Where the database is and how many connections this node may hold.
 *
 * @param url a JDBC URL of H2 or PostgreSQL
 * @param connectionsMax per node, without the guard's own connection
 */
public record DatabaseSettings(String url, String user, String password, int connectionsMax) {
  @Override
  public String toString() {
    return "DatabaseSettings[url=" + url + ", user=" + user + ", password=***]";
  }
}
