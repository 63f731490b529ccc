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
import java.util.Map;

/** What the journal's writer tells about itself. */
final class JournalMeters {
  private final Timer write;
  private final DistributionSummary rows;
  private final Counter refused;
  private final Map<Reason, Counter> rejected = new EnumMap<>(Reason.class);

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
    this.refused =
        Counter.builder("holdfast.journal.refused")
            .description("Writes refused at once: the database is away, or the queue is full")
            .register(meters);
    for (var reason : Reason.values()) {
      rejected.put(
          reason,
          Counter.builder("holdfast.journal.rejected")
              .description("Writes rejected by the journal, certainly not written")
              .tag("reason", reason.name().toLowerCase(java.util.Locale.ROOT))
              .register(meters));
    }
    Gauge.builder("holdfast.journal.queue.rows", queue, WriteQueue::rows)
        .description("Rows that wait for the writer")
        .register(meters);
  }

  void batch(List<Pending> batch, Runnable work) {
    rows.record(batch.stream().mapToInt(pending -> pending.write().rows()).sum());
    write.record(work);
  }

  void rejected(Reason reason, int writes) {
    rejected.get(reason).increment(writes);
  }

  void refused() {
    refused.increment();
  }
}
