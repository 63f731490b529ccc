package io.holdfast.database;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.util.List;

/** What an {@link SQLException} means for who asked. Two drivers, one vocabulary. */
public enum FailureKind {
  /** Nobody is there: a new connection was refused, or none is to be had. */
  UNREACHABLE,
  /** An answer did not come in time: away, or only slow. Other questions show which. */
  SILENT,
  /** This connection broke, or was ended by the server. Another one may work at once. */
  CONNECTION_LOST,
  /** A key exists already (SQLSTATE 23505). */
  DUPLICATE,
  /** A lock was not granted, a statement took too long, or a deadlock was broken. Try again. */
  BUSY,
  /**
   * The server failed for a reason of its own: disk full, out of memory, a defect. Nothing was
   * done, and nobody's values are to blame. It may pass.
   */
  TROUBLED,
  /** The database refused this statement or these values; it would refuse them again. */
  REFUSED;

  private static final List<String> TROUBLED_CLASSES = List.of("53", "57", "58", "XX");

  /** The kind of a failure, from its SQLSTATE, its vendor code and its causes. */
  public static FailureKind of(SQLException failure) {
    if (isCausedBy(ConnectException.class, failure)) {
      return UNREACHABLE;
    }
    if (isCausedBy(SocketTimeoutException.class, failure)) {
      return SILENT;
    }
    var kind = byState(failure);
    return kind == TROUBLED && isOfAConnection(failure) ? CONNECTION_LOST : kind;
  }

  /** H2's driver calls the end of a connection in the middle of an answer input or output too. */
  private static boolean isOfAConnection(SQLException failure) {
    return isCausedBy(EOFException.class, failure) || isCausedBy(SocketException.class, failure);
  }

  private static FailureKind byState(SQLException failure) {
    var state = failure.getSQLState() == null ? "" : failure.getSQLState();
    return switch (state) {
      case "23505" -> DUPLICATE;
      // 25006: a former primary, or a standby that was asked to write; 55000: a standby that was
      // asked for its history; 53300: no connection left for us. H2: 90020 the database is closed,
      // and its process cannot open it again (what a full disk can leave behind).
      case "08001", "08004", "57P03", "25006", "55000", "53300", "90020" -> UNREACHABLE;
      // H2: 90067 connection broken, 90098 database closed, 90121 closed by shutdown, 90135 aborted
      case "57P01",
          "57P02",
          "57P04",
          "57P05",
          "25P03",
          "90067",
          "90098",
          "90121",
          "90135",
          "90007" ->
          CONNECTION_LOST;
      // H2: HYT00 lock timeout, 57014 cancelled, 40001 deadlock, 90131 concurrent update
      case "HYT00", "HYT01", "57014", "40001", "40P01", "55P03", "90131" -> BUSY;
      // H2: HY000 general error, 90028 and 90031 input or output, 90030 file corrupted, 90108
      // memory
      case "HY000", "90028", "90030", "90031", "90108" -> TROUBLED;
      default -> byClass(failure, state);
    };
  }

  private static FailureKind byClass(SQLException failure, String state) {
    if (state.startsWith("08")) {
      return CONNECTION_LOST;
    }
    // PostgreSQL: 53 insufficient resources, 57 operator intervention, 58 system error, XX internal
    if (TROUBLED_CLASSES.stream().anyMatch(state::startsWith)) {
      return TROUBLED;
    }
    return failure instanceof SQLTimeoutException ? BUSY : REFUSED;
  }

  /** Whether the connection is of no use any more. */
  boolean endsConnection() {
    return this == UNREACHABLE || this == SILENT || this == CONNECTION_LOST;
  }

  /** For logs and details: never the values of a statement, which batch failures quote. */
  static String describe(SQLException failure) {
    var text = failure instanceof BatchUpdateException ? "batch" : failure.getMessage();
    return of(failure) + " (SQLSTATE " + failure.getSQLState() + ", " + text + ")";
  }

  private static boolean isCausedBy(Class<? extends Throwable> type, Throwable failure) {
    for (var cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }
}
