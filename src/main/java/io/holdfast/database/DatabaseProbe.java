package io.holdfast.database;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Finds out what a failure means: asks the database on a new connection, and while there is no
 * answer asks again. So neither a broken connection nor one late answer, while others come, counts
 * as a database that is away, and a database that is back is noticed without anybody's use of it.
 */
final class DatabaseProbe implements AutoCloseable {
  /** Between two questions while the database is away. */
  private static final Duration INTERVAL = Duration.ofMillis(200);

  private final ConnectionSource source;
  private final DatabaseHealth health;
  private final Runnable evict;
  private final Timeline timeline;
  private final AtomicBoolean asking = new AtomicBoolean();

  /** Connections at rest may be dead; those to a database that is only slow are not. */
  private volatile boolean stale;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(BlockingThreads.named("holdfast-database-probe"));

  /**
   * @param evict forgets the connections at rest
   */
  DatabaseProbe(ConnectionSource source, DatabaseHealth health, Runnable evict, Timeline timeline) {
    this.timeline = timeline;
    this.source = source;
    this.health = health;
    this.evict = evict;
  }

  /** Takes a failure in, from any thread. */
  void report(SQLException failure) {
    switch (FailureKind.of(failure)) {
      case UNREACHABLE -> away(failure);
      case CONNECTION_LOST -> {
        stale = true;
        ask(Duration.ZERO);
      }
      case SILENT -> {
        if (health.hasAnsweredWithin(ConnectionSource.PROOF_TIMEOUT)) {
          ask(Duration.ZERO);
        } else {
          away(failure);
        }
      }
      // Drivers have many words for a connection that broke; a question costs little.
      case TROUBLED, REFUSED -> ask(Duration.ZERO);
      case DUPLICATE, BUSY -> {}
    }
  }

  private void away(SQLException failure) {
    stale = true;
    source.turnToNextHost();
    health.failed(failure);
    ask(Duration.ZERO);
  }

  private void ask(Duration delay) {
    if (asking.compareAndSet(false, true)) {
      try {
        thread.schedule(this::probe, delay.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // Closed: nobody needs the answer.
      }
    }
  }

  private void probe() {
    asking.set(false);
    if (stale) {
      stale = false;
      evict.run();
    }
    try {
      answer();
      health.succeeded();
    } catch (SQLException e) {
      if (!thread.isShutdown()) {
        stale = true;
        source.turnToNextHost();
        health.failed(e);
        ask(INTERVAL);
      }
    }
  }

  private void answer() throws SQLException {
    Connection connection = source.forProof();
    try {
      if (timeline.isObserved()) {
        timeline.observe(connection);
      }
    } finally {
      ConnectionPool.abandon(connection);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
