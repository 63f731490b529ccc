package io.holdfast.resource;

import io.holdfast.database.Changes;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Where the changes of documents stand, in streams that each count their own. Blocks. */
public interface ChangeLog {
  /** Where the streams end. */
  Changes.Heads heads() throws SQLException;

  /**
   * One stream's changes, in their order.
   *
   * @param after exclusive
   * @param to inclusive
   */
  List<Changes.Row> of(long stream, long after, long to, int limit) throws SQLException;

  /**
   * Removes changes that are older, a bounded number of them.
   *
   * @return how many
   */
  int expire(Duration age) throws SQLException;

  /** The one in the database. */
  static ChangeLog in(Changes changes) {
    return new ChangeLog() {
      @Override
      public Changes.Heads heads() throws SQLException {
        return changes.heads();
      }

      @Override
      public List<Changes.Row> of(long stream, long after, long to, int limit) throws SQLException {
        return changes.of(stream, after, to, limit);
      }

      @Override
      public int expire(Duration age) throws SQLException {
        return changes.expire(age);
      }
    };
  }
}
