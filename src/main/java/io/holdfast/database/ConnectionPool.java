package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * At most so many connections, opened by the thread that needs one, and all forgotten at once when
 * the database goes away.
 *
 * <p>It has no thread, no queue and no backoff of its own: a database that is back is used by the
 * next caller. (General pools open connections in the background and wait between attempts, up to
 * seconds; that is time in which a healthy database is not used.)
 */
final class ConnectionPool implements AutoCloseable {
  /** How long a caller waits for a connection that others use. */
  static final Duration WAIT_MAX = Duration.ofSeconds(1);

  /** A connection that nobody used for so long may have been forgotten by what lies between. */
  static final Duration IDLE_MAX = Duration.ofSeconds(60);

  /** SQLSTATE of what was not had in time: it is nobody's fault, and may be had later. */
  private static final String IN_USE = "HYT00";

  private static final ThreadFactory CLOSERS = BlockingThreads.named("holdfast-database-close");

  private final ConnectionSource source;
  private final Semaphore permits;
  private final Deque<Idle> idle = new ArrayDeque<>();
  private long era;
  private boolean closed;

  private record Idle(Connection connection, long sinceNanos) {}

  /**
   * A connection on loan.
   *
   * @param fresh opened for this loan; another may have died unnoticed since it was last used
   */
  record Loan(Connection connection, long era, boolean fresh) {}

  ConnectionPool(ConnectionSource source, int connectionsMax) {
    this.source = source;
    this.permits = new Semaphore(connectionsMax, true);
  }

  /** An idle connection, or a new one. The probe hears of a failure to open one. */
  Loan borrowReporting(DatabaseProbe probe) throws SQLException {
    acquirePermit();
    try {
      var kept = keptConnection();
      return kept != null ? kept : opened();
    } catch (SQLException e) {
      permits.release();
      probe.report(e);
      throw e;
    } catch (RuntimeException e) {
      permits.release();
      throw e;
    }
  }

  private Loan opened() throws SQLException {
    long bornIn = currentEra();
    return new Loan(source.forWork(), bornIn, true);
  }

  private void acquirePermit() throws SQLException {
    try {
      if (!permits.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new SQLTransientConnectionException(
            "all connections of this node are in use", IN_USE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientConnectionException("interrupted while waiting for a connection", e);
    }
  }

  private synchronized Loan keptConnection() throws SQLException {
    if (closed) {
      throw new SQLException("the pool is closed", "08003");
    }
    for (var next = idle.pollFirst(); next != null; next = idle.pollFirst()) {
      if (System.nanoTime() - next.sinceNanos() < IDLE_MAX.toNanos()) {
        return new Loan(next.connection(), era, false);
      }
      abandon(next.connection());
    }
    return null;
  }

  private synchronized long currentEra() {
    return era;
  }

  /**
   * Gives a loan back; a connection that failed, or is from before the last eviction, is closed.
   */
  void giveBack(Loan loan, boolean usable) {
    try {
      if (!usable || !keep(loan)) {
        abandon(loan.connection());
      }
    } finally {
      permits.release();
    }
  }

  private synchronized boolean keep(Loan loan) {
    if (closed || loan.era() != era) {
      return false;
    }
    idle.addFirst(new Idle(loan.connection(), System.nanoTime()));
    return true;
  }

  /**
   * Forgets every connection: those at rest now, those on loan when they come back. They are closed
   * by and by, since a server that is silent makes each close wait.
   */
  void evict() {
    var old = forget();
    if (!old.isEmpty()) {
      CLOSERS.newThread(() -> old.forEach(entry -> abandon(entry.connection()))).start();
    }
  }

  private synchronized List<Idle> forget() {
    era++;
    var old = List.copyOf(idle);
    idle.clear();
    return old;
  }

  /** Closes without caring for the outcome. */
  static void abandon(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // It was broken; that is why it is closed.
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    forget().forEach(entry -> abandon(entry.connection()));
  }
}
