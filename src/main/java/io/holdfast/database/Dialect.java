package io.holdfast.database;

/** The two databases, and where their SQL differs. */
public enum Dialect {
  H2,
  POSTGRESQL;

  /** The dialect that a JDBC URL names. */
  public static Dialect of(String url) {
    return url.startsWith("jdbc:postgresql:") ? POSTGRESQL : H2;
  }

  /** A lock that a writer shares with writers and that a take-over's update waits for. */
  String forShare() {
    return switch (this) {
      case H2 -> "FOR UPDATE";
      case POSTGRESQL -> "FOR SHARE";
    };
  }

  /** The folder of this dialect's migrations on the class path. */
  String migrations() {
    return switch (this) {
      case H2 -> "classpath:db/h2";
      case POSTGRESQL -> "classpath:db/postgresql";
    };
  }
}
