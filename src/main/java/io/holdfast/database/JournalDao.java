package io.holdfast.database;

import io.holdfast.database.JournalTransaction.Fence;
import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteOutcome.Rejected;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.database.WriteQueue.Pending;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The journal of a node: writes under the fence of the shards' rows, one transaction for all that
 * waits; reads on threads that may block.
 */
public final class JournalDao implements AutoCloseable {
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(2);
  private static final String AWAY = "the database is away";
  private static final String EVENT_COLUMNS = "sequence_nr, serializer_id, manifest, payload";

  private final Database database;
  private final Slots slots;
  private final WriteQueue queue = new WriteQueue();
  private final JournalMeters meters;
  private final Runnable startAnew;
  private final JournalWriter writer;
  private final Thread writerThread;

  private JournalDao(
      Database database,
      Slots slots,
      LongSupplier me,
      Fence fence,
      Runnable startAnew,
      MeterRegistry registry) {
    this.database = database;
    this.slots = slots;
    this.meters = new JournalMeters(registry, queue);
    this.startAnew = startAnew;
    this.writer = new JournalWriter(database, queue, me, fence, meters, this::writerBroke);
    this.writerThread = BlockingThreads.named("holdfast-journal-write").newThread(writer);
  }

  /**
   * Starts the writer.
   *
   * @param me this node's incarnation; asked for on the writer's thread, at each batch
   * @param startAnew called on the writer's thread when it cannot go on: nothing is written any
   *     more, and the node has to begin anew
   */
  public static JournalDao start(
      Database database, Slots slots, LongSupplier me, Runnable startAnew, MeterRegistry meters) {
    return start(database, slots, me, Fence.LOCKED, startAnew, meters);
  }

  static JournalDao start(
      Database database,
      Slots slots,
      LongSupplier me,
      Fence fence,
      Runnable startAnew,
      MeterRegistry meters) {
    var dao = new JournalDao(database, slots, me, fence, startAnew, meters);
    database.health().listen(dao::databaseChanged);
    dao.writerThread.start();
    return dao;
  }

  /**
   * Writes, together with what else waits. Does not block; the outcome comes on the writer's
   * thread. Refused at once while the database is away, so that nothing gathers.
   */
  public CompletionStage<WriteOutcome> write(JournalWrite write) {
    var slot = slotOf(write.persistenceId());
    if (slot.isEmpty()) {
      return CompletableFuture.completedFuture(new Rejected(Reason.UNKNOWN_KIND));
    }
    if (database.health().isAway()) {
      return refused(JournalMeters.Refused.DATABASE_AWAY, AWAY);
    }
    var generation = database.timeline().generation();
    var pending = new Pending(write, slot.get(), generation, new CompletableFuture<>());
    return queue.offer(pending)
        ? pending.outcome()
        : refused(JournalMeters.Refused.QUEUE_FULL, "too many writes wait, or this node stops");
  }

  private CompletionStage<WriteOutcome> refused(JournalMeters.Refused reason, String why) {
    meters.refused(reason);
    return CompletableFuture.completedFuture(new Unavailable(false, why));
  }

  /** The row of {@code shard_owner} that guards an entity: {@code document|docs/abc}. */
  Optional<Integer> slotOf(String persistenceId) {
    int kindEnd = Math.max(0, persistenceId.indexOf('|'));
    var name = persistenceId.substring(0, kindEnd).toUpperCase(Locale.ROOT);
    for (var kind : Slots.Kind.values()) {
      if (kind.name().equals(name)) {
        return Optional.of(slots.slotOf(kind, slots.shardOf(persistenceId.substring(kindEnd + 1))));
      }
    }
    return Optional.empty();
  }

  private void databaseChanged(DatabaseHealth.State now) {
    if (now instanceof DatabaseHealth.Away) {
      fail(queue.drain(), AWAY);
      writer.giveUp(AWAY);
    }
  }

  private void writerBroke() {
    stopWriting();
    startAnew.run();
  }

  private void stopWriting() {
    queue.close();
    fail(queue.drain(), "this node stops");
  }

  private void fail(List<Pending> writes, String why) {
    meters.failed(writes.size(), false);
    writes.forEach(pending -> pending.outcome().complete(new Unavailable(false, why)));
  }

  /**
   * Hands the events of an entity to the consumer in their order, both ends included. They are read
   * in pages, so memory stays bounded. Blocks.
   */
  public void replay(
      String persistenceId, long from, long to, long max, Consumer<EventRow> consumer)
      throws SQLException {
    long next = from;
    long left = max;
    while (next <= to && left > 0) {
      long first = next;
      int limit = (int) Math.min(left, REPLAY_PAGE);
      var page = database.read(c -> events(c, persistenceId, first, to, limit));
      page.forEach(consumer);
      if (page.size() < limit) {
        return;
      }
      left -= page.size();
      next = page.get(page.size() - 1).sequenceNr() + 1;
    }
  }

  /** Rows of one page of a replay. */
  static final int REPLAY_PAGE = 100;

  private static List<EventRow> events(
      Connection connection, String persistenceId, long from, long to, int limit)
      throws SQLException {
    var sql =
        "SELECT "
            + EVENT_COLUMNS
            + " FROM journal WHERE persistence_id = ? AND sequence_nr BETWEEN ? AND ?"
            + " ORDER BY persistence_id, sequence_nr LIMIT ?";
    try (var select = connection.prepareStatement(sql)) {
      select.setString(1, persistenceId);
      select.setLong(2, from);
      select.setLong(3, to);
      select.setInt(4, limit);
      var events = new ArrayList<EventRow>();
      try (var rows = select.executeQuery()) {
        while (rows.next()) {
          events.add(event(rows));
        }
      }
      return events;
    }
  }

  private static EventRow event(ResultSet rows) throws SQLException {
    return new EventRow(rows.getLong(1), rows.getInt(2), rows.getString(3), rows.getBytes(4));
  }

  /** Rows that wait for the writer. */
  int waiting() {
    return queue.rows();
  }

  Database database() {
    return database;
  }

  /** Lets the batch under way end; what still waits was not written. */
  @Override
  public void close() {
    stopWriting();
    try {
      writerThread.join(CLOSE_WAIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
