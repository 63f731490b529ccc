package io.holdfast.database;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which history of the database this node has seen.
 *
 * <p>A promoted PostgreSQL standby begins a new timeline, and may lack the last transactions of the
 * old one. What an entity keeps in memory may then have been lost, so everybody has to read again.
 * Each history has a <em>generation</em>, a row of table {@code timeline}; whoever meets a new
 * timeline first writes the row. A generation rises by a step that nobody can guess, since two
 * standbys that know nothing of each other may both become the next timeline, and the row of a
 * generation may itself be lost: neither is to give a number that was given before.
 *
 * <p>After a change, an entity may write only once it has been read under the new generation. Which
 * ones were is remembered for a bounded number of entities; one that was forgotten is rejected
 * once, reads again and goes on.
 *
 * <p>The rows that say who owns a shard may have gone back too, and whoever was let answer by the
 * former primary may do so until the guard's time is over. So a new history is <em>settled</em>
 * only after that time: until then nothing is written, and nothing is answered as current.
 *
 * <p>Purges of stored responses may have been lost, too. Whoever enters a history adds one of
 * everything with it ({@link Purges}).
 */
public final class Timeline {
  private static final Logger log = LoggerFactory.getLogger(Timeline.class);
  private static final int RECOVERED_MAX = 200_000;
  private static final long FIRST = 0;

  /** Wide enough that two guesses do not meet, and short in an entity tag. */
  private static final long STEP_MAX = 1_000_000;

  private final Dialect dialect;
  private final Duration settlesAfter;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Cache<String, Long> recoveredUnder =
      Caffeine.newBuilder().maximumSize(RECOVERED_MAX).build();
  private volatile History known = History.NONE;
  private volatile boolean changed;
  private volatile long settledAtNanos = System.nanoTime();

  /** A history, as the database and this node call it. */
  private record History(String timeline, long generation) {
    static final History NONE = new History("", -1);

    /** As {@link Dialect#history} gives it. */
    static History parse(String text) {
      int colon = text.indexOf(':');
      return new History(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
    }

    boolean isNamed(String text) {
      return text.equals(timeline + ":" + generation);
    }
  }

  /**
   * @param settlesAfter for how long somebody may answer as current after the last proof that the
   *     former primary can have given
   */
  Timeline(Dialect dialect, Duration settlesAfter) {
    this.dialect = dialect;
    this.settlesAfter = settlesAfter;
  }

  /**
   * The generation of the history that was seen last. It only rises. {@link Database} observes the
   * history before the first transaction that is run on it; until then this is 0.
   */
  public long generation() {
    return Math.max(FIRST, known.generation());
  }

  /** Whether nobody can answer as current any more by what an earlier history said. */
  public boolean isSettled() {
    return System.nanoTime() - settledAtNanos >= 0;
  }

  /** Has this run after each change, on the thread that met it: must not block. */
  public void listen(Runnable listener) {
    listeners.add(listener);
  }

  boolean isObserved() {
    return !known.equals(History.NONE);
  }

  boolean isKnown(String history) {
    return known.isNamed(history);
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

  /** Reads which history this is and takes it in. Ends the transaction if it is a new one. */
  void observe(Connection connection) throws SQLException {
    learn(connection, read(connection));
  }

  private String read(Connection connection) throws SQLException {
    try (var select = connection.prepareStatement("SELECT " + dialect.history());
        var rows = select.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  /**
   * Takes in a history that differs from the known one: finds its generation, or gives it the next
   * one. In a transaction of its own, which is committed.
   *
   * @param history as {@link Dialect#history} gives it
   * @throws SQLException also when its timeline is older than the known one: then this is a former
   *     primary, which must be neither written to nor believed
   */
  synchronized void learn(Connection connection, String history) throws SQLException {
    if (isKnown(history)) {
      return;
    }
    refuseFormer(history);
    var before = known;
    var found = registered(connection, History.parse(history).timeline());
    if (found.history().equals(before)) {
      return; // Somebody looked before the generation was entered and asks only now.
    }
    settledAtNanos = System.nanoTime() + found.settlesIn().toNanos();
    changed = changed || isObserved();
    known = found.history();
    if (!before.equals(History.NONE)) {
      tell(before);
    }
  }

  private void tell(History before) {
    log.error(
        "The database has another history now: timeline {} after {}, generation {} after {}. What"
            + " was acknowledged and had not reached this server is lost. All documents are read"
            + " anew, all stored responses are asked for anew; writes, and answers as current, go"
            + " on in {} ms",
        known.timeline(),
        before.timeline(),
        known.generation(),
        before.generation(),
        settlesAfter.toMillis());
    listeners.forEach(Runnable::run);
  }

  private void refuseFormer(String history) throws SQLException {
    var timeline = History.parse(history).timeline();
    if (timeline.compareTo(known.timeline()) < 0) {
      throw new SQLException(
          "timeline " + timeline + " is over: a former primary answers", "25006");
    }
  }

  /** For tests: this node was on another timeline until now. */
  synchronized void pretend(long generation, String timeline) {
    known = new History(timeline, generation);
  }

  private record Found(History history, Duration settlesIn) {}

  private Found registered(Connection connection, String timeline) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try {
      while (true) {
        try {
          var found = foundOrEntered(connection, timeline);
          connection.commit();
          return found;
        } catch (SQLException e) {
          connection.rollback();
          if (FailureKind.of(e) != FailureKind.DUPLICATE) {
            throw e;
          }
        }
      }
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  /**
   * Somebody met this history before and entered it as the last, or it is entered now. Two nodes
   * that have met histories that know nothing of each other both enter one: the higher remains.
   */
  private Found foundOrEntered(Connection connection, String timeline) throws SQLException {
    var last = last(connection);
    if (last.history().timeline().equals(timeline)
        && last.history().generation() >= known.generation()) {
      return last;
    }
    var next = new History(timeline, next(last.history()));
    try (var insert =
        connection.prepareStatement(
            "INSERT INTO timeline (generation, timeline, since) VALUES (?, ?, "
                + dialect.now()
                + ")")) {
      insert.setLong(1, next.generation());
      insert.setString(2, timeline);
      insert.executeUpdate();
    }
    if (next.generation() == FIRST) {
      return new Found(next, Duration.ZERO);
    }
    Purges.ofHistory(connection, dialect, next.generation());
    return new Found(next, settlesAfter);
  }

  private long next(History last) {
    var highest = Math.max(last.generation(), known.generation());
    return highest < FIRST
        ? FIRST
        : highest + ThreadLocalRandom.current().nextLong(1, STEP_MAX + 1);
  }

  /** Locks the last row, and reads what is last then: whoever waited sees what was entered. */
  private Found last(Connection connection) throws SQLException {
    var last =
        "SELECT generation, timeline, since, "
            + dialect.now()
            + " FROM timeline ORDER BY generation DESC LIMIT 1";
    found(connection, last + " FOR UPDATE");
    return found(connection, last);
  }

  private Found found(Connection connection, String sql) throws SQLException {
    try (var select = connection.prepareStatement(sql);
        var rows = select.executeQuery()) {
      if (!rows.next()) {
        return new Found(History.NONE, Duration.ZERO);
      }
      var history = new History(rows.getString(2), rows.getLong(1));
      var age =
          Duration.between(
              rows.getObject(3, OffsetDateTime.class), rows.getObject(4, OffsetDateTime.class));
      return new Found(history, settlesIn(history, age));
    }
  }

  /** By the clock of the database alone; one that was set back makes nobody wait for longer. */
  private Duration settlesIn(History history, Duration age) {
    if (history.generation() == FIRST || age.compareTo(settlesAfter) >= 0) {
      return Duration.ZERO;
    }
    return age.isNegative() ? settlesAfter : settlesAfter.minus(age);
  }
}
