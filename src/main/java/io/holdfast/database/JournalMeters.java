package io.holdfast.database;

import io.holdfast.database.WriteOutcome.Reason;
import io.holdfast.database.WriteQueue.Pending;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the journal's writer tells about itself. */
final class JournalMeters {
  private final Timer write;
  private final DistributionSummary rows;
  private final Map<Refused, Counter> refused = new EnumMap<>(Refused.class);
  private final Map<Boolean, Counter> failed;
  private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

  /** Why a write was not taken. */
  enum Refused {
    DATABASE_AWAY,
    QUEUE_FULL
  }

  JournalMeters(MeterRegistry meters, WriteQueue queue) {
    this.write =
        Timer.builder("holdfast.journal.write")
            .description("One batch, from its fence to its commit")
            .publishPercentileHistogram()
            .register(meters);
    this.rows =
        DistributionSummary.builder("holdfast.journal.batch.rows")
            .description("Rows in one batch")
            .register(meters);
    for (var why : Refused.values()) {
      refused.put(
          why,
          Counter.builder("holdfast.journal.refused")
              .description("Writes refused at once: the database is away, or the queue is full")
              .tag("reason", word(why))
              .register(meters));
    }
    this.failed = Map.of(false, failed(meters, "not-written"), true, failed(meters, "unknown"));
    for (var reason : Reason.values()) {
      rejected.put(
          reason,
          Counter.builder("holdfast.journal.rejected")
              .description("Writes rejected by the journal, certainly not written")
              .tag("reason", word(reason))
              .register(meters));
    }
    Gauge.builder("holdfast.journal.queue.rows", queue, WriteQueue::rows)
        .description("Rows that wait for the writer")
        .register(meters);
  }

  private static Counter failed(MeterRegistry meters, String outcome) {
    return Counter.builder("holdfast.journal.failed")
        .description("Writes that the database failed, by what is known of them")
        .tag("outcome", outcome)
        .register(meters);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  void batch(List<Pending> batch, Runnable work) {
    rows.record(batch.stream().mapToInt(pending -> pending.write().rows()).sum());
    write.record(work);
  }

  void rejected(Reason reason, int writes) {
    rejected.get(reason).increment(writes);
  }

  void refused(Refused why) {
    refused.get(why).increment();
  }

  /**
   * @param unknown whether they may have been written all the same
   */
  void failed(int writes, boolean unknown) {
    failed.get(unknown).increment(writes);
  }
}
