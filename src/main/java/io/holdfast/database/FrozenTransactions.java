package io.holdfast.database;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends transactions of H2 that lie idle with locks: those of a node that is frozen, and those whose
 * client gave up without the server noticing (H2's driver keeps the socket of a connection on which
 * an answer did not come in time).
 *
 * <p>Asked for by whoever waited for a lock in vain. Only sessions asleep with uncommitted work are
 * ended, never one that runs (H2 rolls back from the asking thread). PostgreSQL does this by
 * itself, {@code idle_in_transaction_session_timeout}.
 */
final class FrozenTransactions {
  private static final Logger log = LoggerFactory.getLogger(FrozenTransactions.class);
  private static final String END =
      "SELECT session_id, ABORT_SESSION(session_id) FROM information_schema.sessions"
          + " WHERE session_id <> SESSION_ID() AND session_state = 'SLEEP'"
          + " AND contains_uncommitted AND sleep_since < ?";

  private FrozenTransactions() {}

  static void end(Database database) throws SQLException {
    if (database.dialect() != Dialect.H2) {
      return;
    }
    // By the server's clock: a machine whose own is wrong would end transactions that only paused.
    var idleSince = database.clock().instant().minus(ConnectionSource.IDLE_IN_TRANSACTION_TIMEOUT);
    var since = OffsetDateTime.ofInstant(idleSince, ZoneOffset.UTC);
    database.read(
        connection -> {
          try (var end = connection.prepareStatement(END)) {
            end.setObject(1, since);
            try (var rows = end.executeQuery()) {
              while (rows.next()) {
                log.warn("Ended session {}: it lay idle, holding locks", rows.getInt(1));
              }
            }
          }
          return null;
        });
  }
}
