package io.holdfast.database;

import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * The way to the only neighbour: a bounded pool, transactions on it, blocking threads, and what is
 * known about its health and its history.
 */
public final class Database implements AutoCloseable {
  /** The writer's connection and one for short transactions are not taken by reads. */
  private static final int CONNECTIONS_APART = 2;

  private final Dialect dialect;
  private final ConnectionSource source;
  private final ConnectionPool pool;
  private final DatabaseHealth health = new DatabaseHealth();
  private final DatabaseClock clock = new DatabaseClock();
  private final Timeline timeline;
  private final UnknownCommits unknownCommits = new UnknownCommits(this);
  private final DatabaseProbe probe;
  private final BlockingThreads readers;

  private Database(DatabaseSettings settings, Duration settlesAfter, MeterRegistry meters) {
    this.dialect = Dialect.of(settings.url());
    this.source = new ConnectionSource(settings);
    this.pool = new ConnectionPool(source, Math.max(2, settings.connectionsMax() - 1));
    this.timeline = new Timeline(dialect, settlesAfter);
    this.probe = new DatabaseProbe(source, health, pool::evict, timeline);
    this.readers =
        new BlockingThreads(
            "holdfast-database-read", Math.max(1, settings.connectionsMax() - CONNECTIONS_APART));
    timeline.listen(pool::evict);
    registerMeters(meters);
  }

  /** What one transaction does. It may be run on any connection. */
  @FunctionalInterface
  public interface Work<T> {
    T in(Connection connection) throws SQLException;
  }

  /**
   * Opens no connection yet, and does not wait for the database to answer.
   *
   * @param settlesAfter for how long a node may answer as current after the last proof that it owns
   *     a shard: see {@link Timeline}
   */
  public static Database open(
      DatabaseSettings settings, Duration settlesAfter, MeterRegistry meters) {
    return new Database(settings, settlesAfter, meters);
  }

  /** For programs that publish no meters, and by whose word nobody answers. */
  public static Database open(DatabaseSettings settings) {
    return open(settings, Duration.ZERO, new SimpleMeterRegistry());
  }

  /**
   * Brings the schema up to date and makes the rows that every cluster has. Safe when several nodes
   * start at once, and when one of them dies in the middle. Blocks.
   *
   * @throws SQLException the database does not answer
   */
  public Preparation prepare(String clusterName, Slots slots) throws SQLException {
    try {
      return new Migrations(this, source).run(clusterName, slots);
    } catch (SQLException e) {
      probe.report(e);
      throw e;
    }
  }

  public Dialect dialect() {
    return dialect;
  }

  /** Whether the database answers. */
  public DatabaseHealth health() {
    return health;
  }

  /** Whether it answers, and nobody answers any more by what it said before a promotion. */
  public boolean isUsable() {
    return !health.isAway() && timeline.isSettled();
  }

  /** Which history of the database this node has seen. */
  public Timeline timeline() {
    return timeline;
  }

  /** The time of day that all nodes agree on. */
  public DatabaseClock clock() {
    return clock;
  }

  /** The commits of this node's journal whose outcome it does not know. */
  UnknownCommits unknownCommits() {
    return unknownCommits;
  }

  /**
   * Runs the work and commits, or rolls back and throws. READ COMMITTED, never repeated. Blocks. A
   * failure while committing leaves open whether it was done.
   */
  public <T> T transaction(Work<T> work) throws SQLException {
    return use(pool.borrowReporting(probe), work);
  }

  /** Runs work that only reads; once more on a new connection if an old one turns out broken. */
  public <T> T read(Work<T> work) throws SQLException {
    var loan = pool.borrowReporting(probe);
    try {
      return use(loan, work);
    } catch (SQLException e) {
      if (loan.fresh() || FailureKind.of(e) != FailureKind.CONNECTION_LOST) {
        throw e;
      }
      return use(pool.borrowReporting(probe), work);
    }
  }

  /** Runs {@link #read} on a thread that may block. */
  public <T> CompletionStage<T> reading(Work<T> work) {
    return readers.run(() -> read(work));
  }

  /** Runs a call that blocks on such a thread. */
  <T> CompletionStage<T> blocking(BlockingThreads.Call<T> call) {
    return readers.run(call);
  }

  private <T> T use(ConnectionPool.Loan loan, Work<T> work) throws SQLException {
    boolean usable = false;
    try {
      if (loan.fresh() || !timeline.isObserved()) {
        // What is read, and later written, is of this history: nobody may take it for an older one.
        // And this may be a former primary, while other connections are to its successor.
        timeline.observe(loan.connection());
      }
      if (!clock.isSet()) {
        clock.observe(loan.connection(), dialect);
      }
      var result = work.in(loan.connection());
      loan.connection().commit();
      usable = true;
      health.succeeded();
      return result;
    } catch (SQLException e) {
      usable = rolledBack(loan.connection(), e);
      probe.report(e);
      throw e;
    } catch (RuntimeException e) {
      usable = rolledBack(loan.connection(), e);
      throw e;
    } finally {
      pool.giveBack(loan, usable);
    }
  }

  private static boolean rolledBack(Connection connection, Exception cause) {
    if (cause instanceof SQLException e && FailureKind.of(e).endsConnection()) {
      return false;
    }
    try {
      connection.rollback();
      return true;
    } catch (SQLException e) {
      cause.addSuppressed(e);
      return false;
    }
  }

  ConnectionSource source() {
    return source;
  }

  /** A failure on a connection that is not the pool's. */
  void report(SQLException failure) {
    probe.report(failure);
  }

  private void registerMeters(MeterRegistry meters) {
    Gauge.builder("holdfast.database.up", health, h -> h.isAway() ? 0 : 1)
        .description("1 while the database answers")
        .register(meters);
    Gauge.builder("holdfast.database.reads.waiting", readers, BlockingThreads::waiting)
        .description("Reads that wait for a thread")
        .register(meters);
    Limits.show(meters, "database-reads-waiting", readers.rejected());
    Gauge.builder("holdfast.database.generation", timeline, Timeline::generation)
        .description("Generation of the database's history")
        .register(meters);
    Gauge.builder("holdfast.clock.ahead", clock, it -> it.machineAhead().toMillis() / 1e3)
        .description("By how much this machine's clock is ahead of the database's")
        .baseUnit("seconds")
        .register(meters);
    var changes =
        Counter.builder("holdfast.database.history.changes")
            .description(
                "Times that this node met another history: a promotion may have lost writes")
            .register(meters);
    timeline.listen(changes::increment);
  }

  @Override
  public void close() {
    readers.close();
    probe.close();
    pool.close();
  }
}
