package io.holdfast.database;

import io.holdfast.database.JournalTransaction.Fence;
import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.database.WriteQueue.Pending;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a node that writes events: takes all that waits and writes it in one
 * transaction on a connection of its own. While the database works on one batch, the next one
 * gathers: the busier, the larger.
 *
 * <p>Nothing is ever sent twice from here. Who was told that the outcome is not known reads again.
 *
 * <p>Whatever fails, every write gets an outcome and the next batch is tried. If the thread has to
 * end (the process is out of memory, a class is missing) it says so to {@code broken}.
 */
final class JournalWriter implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(JournalWriter.class);
  private static final WriteOutcome STORED = new Stored();

  /** SQLSTATE of a broken connection: one on which something else failed is used no more. */
  private static final String BROKEN = "08006";

  private final Database database;
  private final WriteQueue queue;
  private final LongSupplier me;
  private final Fence fence;
  private final JournalMeters meters;
  private final Runnable broken;
  private final AtomicReference<List<Pending>> notCommitting = new AtomicReference<>();
  private JournalTransaction open;

  /**
   * @param broken called when the thread ends although the queue is not closed
   */
  JournalWriter(
      Database database,
      WriteQueue queue,
      LongSupplier me,
      Fence fence,
      JournalMeters meters,
      Runnable broken) {
    this.database = database;
    this.queue = queue;
    this.me = me;
    this.fence = fence;
    this.meters = meters;
    this.broken = broken;
  }

  @Override
  public void run() {
    try {
      while (!queue.isClosed()) {
        var batch = queue.takeBatch();
        if (!batch.isEmpty()) {
          work(batch);
        }
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      log.error("The journal's writer has ended", e);
      broken.run();
    } finally {
      disconnect();
    }
  }

  /** Gives every write of the batch its outcome, whatever is thrown. */
  private void work(List<Pending> batch) {
    try {
      meters.batch(batch, () -> attempt(batch));
    } finally {
      notCommitting.set(null);
      var undecided = undecided(batch);
      if (!undecided.isEmpty()) {
        unknown(undecided, new SQLException("the journal's writer failed", BROKEN));
      }
    }
  }

  /** Gives every write of the batch its outcome; throws only what the thread must end with. */
  private void attempt(List<Pending> pending) {
    List<Pending> ours;
    notCommitting.set(pending);
    // Of what is written in halves some may have been given up, and answered so, before this.
    var batch = undecided(pending);
    if (batch.isEmpty()) {
      return;
    }
    try {
      long incarnation = me.getAsLong();
      var transaction = transaction();
      ours = fenced(transaction, batch, incarnation);
      if (ours.isEmpty()) {
        return;
      }
      transaction.write(ours, incarnation, database.clock().instant());
    } catch (SQLException e) {
      notWritten(batch, e);
      return;
    } catch (RuntimeException | Error e) {
      // A driver can fail in this way too, PostgreSQL's when a connection breaks in a batch.
      log.warn("The journal's writer failed", e);
      notWritten(batch, new SQLException(e.toString(), BROKEN, e));
      throwIfFatal(e);
      return;
    }
    commit(ours);
  }

  /** After these nothing can be relied on, as Scala's {@code NonFatal} and with it Pekko has it. */
  private static void throwIfFatal(Throwable failure) {
    if (failure instanceof VirtualMachineError || failure instanceof LinkageError) {
      throw (Error) failure;
    }
  }

  private JournalTransaction transaction() throws SQLException {
    if (open == null) {
      var connection = database.source().forWork();
      try {
        open = new JournalTransaction(connection, database.dialect(), fence);
      } catch (SQLException e) {
        ConnectionPool.abandon(connection);
        throw e;
      }
    }
    return open;
  }

  /** Locks the shards' rows and rejects what is not ours; what remains may be written. */
  private List<Pending> fenced(
      JournalTransaction transaction, List<Pending> batch, long incarnation) throws SQLException {
    var slots = new TreeSet<Integer>();
    batch.forEach(pending -> slots.add(pending.slot()));
    var fenced = transaction.fence(slots, incarnation);
    var timeline = database.timeline();
    if (fenced.history().isPresent() && !timeline.isKnown(fenced.history().get())) {
      transaction.rollback();
      timeline.learn(transaction.connection(), fenced.history().get());
    }
    var ours = new ArrayList<Pending>();
    for (var pending : batch) {
      if (!fenced.owned().contains(pending.slot())) {
        reject(List.of(pending), Reason.SHARD_LOST);
      } else if (!isOfThisHistory(pending)) {
        reject(List.of(pending), Reason.TIMELINE_CHANGED);
      } else {
        ours.add(pending);
      }
    }
    if (ours.isEmpty()) {
      transaction.rollback();
    }
    return ours;
  }

  /** Also the entity that it comes from has been read from this history. */
  private boolean isOfThisHistory(Pending pending) {
    var timeline = database.timeline();
    return timeline.isSettled()
        && pending.generation() == timeline.generation()
        && timeline.isCurrent(pending.write().persistenceId());
  }

  /**
   * The database is known to be away: what is not committing yet will not be, and is told so now
   * and not when the connection has run into its time limit. On any thread.
   */
  void giveUp(String why) {
    var batch = notCommitting.getAndSet(null);
    if (batch != null) {
      fail(batch, false, why);
    }
  }

  private void commit(List<Pending> ours) {
    if (notCommitting.getAndSet(null) == null) {
      disconnect(); // given up meanwhile
      return;
    }
    try {
      open.commit();
    } catch (SQLException e) {
      unknown(ours, e);
      return;
    } catch (RuntimeException | Error e) {
      log.warn("The journal's writer failed", e);
      unknown(ours, new SQLException(e.toString(), BROKEN, e));
      throwIfFatal(e);
      return;
    }
    try {
      database.health().succeeded();
    } finally {
      settle(ours, STORED);
    }
  }

  private void unknown(List<Pending> ours, SQLException failure) {
    ours.forEach(pending -> database.unknownCommits().add(pending.slot()));
    disconnect();
    database.report(failure);
    fail(ours, true, "while committing: " + FailureKind.describe(failure));
  }

  private void notWritten(List<Pending> batch, SQLException failure) {
    var undecided = undecided(batch);
    switch (rolledBack(failure)) {
      case UNREACHABLE, SILENT, CONNECTION_LOST -> {
        disconnect();
        database.report(failure);
        fail(undecided, false, FailureKind.describe(failure));
      }
      case BUSY -> {
        fail(undecided, false, FailureKind.describe(failure));
        endFrozenTransactions();
      }
      case TROUBLED -> {
        log.warn("The database cannot write: {}", FailureKind.describe(failure));
        fail(undecided, false, FailureKind.describe(failure));
      }
      case DUPLICATE -> apart(undecided, Reason.DUPLICATE, failure);
      case REFUSED -> apart(undecided, Reason.REFUSED, failure);
    }
  }

  private static List<Pending> undecided(List<Pending> batch) {
    return batch.stream().filter(pending -> !pending.outcome().isDone()).toList();
  }

  private void endFrozenTransactions() {
    try {
      FrozenTransactions.end(database);
    } catch (SQLException e) {
      log.debug("Frozen transactions were not ended: {}", FailureKind.describe(e));
    }
  }

  private FailureKind rolledBack(SQLException failure) {
    var kind = FailureKind.of(failure);
    if (kind.endsConnection() || open == null) {
      return kind;
    }
    try {
      open.rollback();
      return kind;
    } catch (SQLException e) {
      failure.addSuppressed(e);
      return FailureKind.CONNECTION_LOST;
    }
  }

  /**
   * What is tried apart from the rest when a batch is refused.
   *
   * @param events whether it is the entity's events, or its snapshots and deletions: an event is
   *     not to fail with a snapshot
   */
  private record Part(String persistenceId, boolean events) {
    static Part of(Pending pending) {
      return new Part(
          pending.write().persistenceId(), pending.write() instanceof JournalWrite.Events);
    }
  }

  /**
   * One part of the batch is to blame. The batch is written in halves, and these in halves again,
   * until it stands alone: nobody else is harmed, and few more transactions are needed.
   */
  private void apart(List<Pending> batch, Reason reason, SQLException failure) {
    var parts =
        batch.stream()
            .collect(Collectors.groupingBy(Part::of, LinkedHashMap::new, Collectors.toList()));
    if (parts.size() <= 1) {
      log.warn("A write is rejected, {}: {}", parts.keySet(), FailureKind.describe(failure));
      reject(batch, reason);
      return;
    }
    var eventsFirst = Comparator.comparing((Part part) -> !part.events());
    var groups = parts.keySet().stream().sorted(eventsFirst).map(parts::get).toList();
    int half = groups.size() / 2;
    attempt(groups.subList(0, half).stream().flatMap(List::stream).toList());
    attempt(groups.subList(half, groups.size()).stream().flatMap(List::stream).toList());
  }

  private void fail(List<Pending> batch, boolean mayBeWritten, String why) {
    meters.failed(batch.size(), mayBeWritten);
    settle(batch, new Unavailable(mayBeWritten, why));
  }

  private void reject(List<Pending> batch, Reason reason) {
    meters.rejected(reason, batch.size());
    settle(batch, new Rejected(reason));
  }

  private static void settle(List<Pending> batch, WriteOutcome outcome) {
    batch.forEach(pending -> pending.outcome().complete(outcome));
  }

  private void disconnect() {
    if (open != null) {
      var closing = open;
      open = null;
      closing.close();
    }
  }
}
