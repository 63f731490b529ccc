package io.holdfast.database;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Which history of the database this node has seen.
 *
 * <p>A promoted PostgreSQL standby begins a new timeline, and may lack the last transactions of the
 * old one. What an entity keeps in memory may then have been lost, so everybody has to read again.
 * Each history has a <em>generation</em>, a row of table {@code timeline}; whoever meets a new
 * timeline first writes the row.
 *
 * <p>After a change, an entity may write only once it has been read under the new generation. Which
 * ones were is remembered for a bounded number of entities; one that was forgotten is rejected
 * once, reads again and goes on.
 */
public final class Timeline {
  private static final int RECOVERED_MAX = 200_000;

  private final Dialect dialect;
  private final Cache<String, Long> recoveredUnder =
      Caffeine.newBuilder().maximumSize(RECOVERED_MAX).build();
  private volatile Known known = new Known(0, "");
  private volatile boolean changed;

  private record Known(long generation, String timeline) {}

  Timeline(Dialect dialect) {
    this.dialect = dialect;
  }

  /**
   * The generation of the history that was seen last. It only rises. {@link Database} observes the
   * history before the first transaction that is run on it; until then this is 0.
   */
  public long generation() {
    return known.generation();
  }

  boolean isObserved() {
    return !known.timeline().isEmpty();
  }

  boolean isKnown(String timeline) {
    return known.timeline().equals(timeline);
  }

  /** An entity is about to be read. */
  void recovering(String persistenceId) {
    if (changed) {
      recoveredUnder.put(persistenceId, known.generation());
    }
  }

  /** Whether what the entity has in memory was read from the history that is current. */
  boolean isCurrent(String persistenceId) {
    if (!changed) {
      return true;
    }
    var generation = recoveredUnder.getIfPresent(persistenceId);
    return generation != null && generation == known.generation();
  }

  /** Reads the timeline and takes it in. In a transaction of its own, which is committed. */
  void observe(Connection connection) throws SQLException {
    String timeline;
    try (var select = connection.prepareStatement("SELECT " + dialect.timeline());
        var rows = select.executeQuery()) {
      rows.next();
      timeline = rows.getString(1);
    }
    learn(connection, timeline);
  }

  /**
   * Takes in a timeline that differs from the known one: finds its generation, or gives it the next
   * one. In a transaction of its own, which is committed.
   *
   * @throws SQLException also when the timeline is older than the known one: then this is a former
   *     primary, which must not be written to
   */
  synchronized void learn(Connection connection, String timeline) throws SQLException {
    if (isKnown(timeline)) {
      return;
    }
    refuseFormer(timeline);
    var found = registered(connection, timeline);
    changed = changed || isObserved();
    known = found;
  }

  /** Fails when the timeline is older than the known one. */
  void refuseFormer(String timeline) throws SQLException {
    if (timeline.compareTo(known.timeline()) < 0) {
      throw new SQLException(
          "timeline " + timeline + " is over: a former primary answers", "25006");
    }
  }

  /** For tests: this node was on another timeline until now. */
  synchronized void pretend(long generation, String timeline) {
    known = new Known(generation, timeline);
  }

  private Known registered(Connection connection, String timeline) throws SQLException {
    while (true) {
      var last = last(connection);
      if (last.timeline().equals(timeline)) {
        connection.commit();
        return last;
      }
      try {
        var next = new Known(last.generation() + 1, timeline);
        insert(connection, next);
        connection.commit();
        return next;
      } catch (SQLException e) {
        connection.rollback();
        if (FailureKind.of(e) != FailureKind.DUPLICATE) {
          throw e;
        }
      }
    }
  }

  private static Known last(Connection connection) throws SQLException {
    try (var select =
            connection.prepareStatement(
                "SELECT generation, timeline FROM timeline ORDER BY generation DESC LIMIT 1");
        var rows = select.executeQuery()) {
      return rows.next() ? new Known(rows.getLong(1), rows.getString(2)) : new Known(-1, "");
    }
  }

  private static void insert(Connection connection, Known next) throws SQLException {
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO timeline (generation, timeline, since) VALUES (?, ?, CURRENT_TIMESTAMP)")) {
      insert.setLong(1, next.generation());
      insert.setString(2, next.timeline());
      insert.executeUpdate();
    }
  }
}
