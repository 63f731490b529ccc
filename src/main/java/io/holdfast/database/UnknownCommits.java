package io.holdfast.database;

import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The slots of whose last transaction this node does not know the outcome. Such a transaction may
 * still be committed, after its connection has broken: a synchronous standby that stalls holds a
 * commit back. Whoever read meanwhile would take what is old for current.
 *
 * <p>The transaction holds a lock on the slot's row until it has ended, so whoever gets that lock
 * knows that it has.
 */
final class UnknownCommits {
  private final Database database;
  private final Map<Integer, Object> marks = new ConcurrentHashMap<>();

  UnknownCommits(Database database) {
    this.database = database;
  }

  /** The outcome of a transaction that wrote under this slot's row is not known. */
  void add(int slot) {
    marks.put(slot, new Object());
  }

  /**
   * Returns once no such transaction is under way any more. Blocks, not longer than a take-over for
   * its row.
   *
   * @throws SQLException one is under way, or the database does not answer: ask again
   */
  void awaitEnd(int slot) throws SQLException {
    var mark = marks.get(slot);
    if (mark == null) {
      return;
    }
    try {
      database.transaction(
          connection -> {
            ShardRows.lock(connection, database.dialect(), Set.of(slot));
            return null;
          });
    } catch (SQLException e) {
      if (FailureKind.of(e) == FailureKind.BUSY) {
        FrozenTransactions.end(database);
      }
      throw e;
    }
    marks.remove(slot, mark);
  }
}
