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

  /**
   * Names the history that the database is in: a timeline, a colon, and the highest generation that
   * is entered there (see {@link Timeline}). PostgreSQL begins a new timeline with each promotion;
   * its number is in the first eight digits of a WAL file's name.
   */
  String history() {
    return "(SELECT " + timeline() + " || ':' || COALESCE(MAX(generation), -1) FROM timeline)";
  }

  private String timeline() {
    return switch (this) {
      case H2 -> "'00000001'";
      case POSTGRESQL -> "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    };
  }

  /** The time now, on PostgreSQL also in a transaction that has waited for a lock. */
  String now() {
    return switch (this) {
      case H2 -> "CURRENT_TIMESTAMP(3)";
      case POSTGRESQL -> "clock_timestamp()";
    };
  }

  /** Lets an INSERT do nothing where the key exists; on H2 it fails. */
  String unlessThere() {
    return switch (this) {
      case H2 -> "";
      case POSTGRESQL -> " ON CONFLICT DO NOTHING";
    };
  }

  /** The name that {@link java.sql.Connection#createArrayOf} takes for an array of INT. */
  String intArray() {
    return switch (this) {
      case H2 -> "INTEGER";
      case POSTGRESQL -> "int4";
    };
  }

  /** The name that {@link java.sql.Connection#createArrayOf} takes for an array of BIGINT. */
  String longArray() {
    return switch (this) {
      case H2 -> "BIGINT";
      case POSTGRESQL -> "int8";
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
