package io.holdfast.database;

import io.holdfast.database.StoredTargetRows.Total;
import io.holdfast.database.WriteBehind.Counts;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;

/** What is told of stored responses in the database. */
final class WriteBehindMeters {
  private final Counter written;
  private final Counter read;
  private final Counter removed;
  private final Counter dropped;
  private final Counter trimmed;

  WriteBehindMeters(MeterRegistry meters, WaitingRows waiting, Supplier<Total> total) {
    this.written = rows(meters, "written");
    this.read = rows(meters, "read");
    this.removed = rows(meters, "removed");
    this.dropped = rows(meters, "dropped");
    this.trimmed = Limits.dropped(meters, "cache.warm-max");
    Gauge.builder("holdfast.cache.warm.waiting", waiting, WaitingRows::bytes)
        .description("Stored responses that wait to be written to the database")
        .baseUnit("bytes")
        .register(meters);
    Gauge.builder("holdfast.cache.warm.kept", total, it -> it.get().bytes())
        .description("Stored responses in the database, as they were counted last")
        .baseUnit("bytes")
        .register(meters);
  }

  private static Counter rows(MeterRegistry meters, String result) {
    return Counter.builder("holdfast.cache.warm.rows")
        .description(
            "Rows of stored responses in the database, by what became of them; dropped: not written,"
                + " since there was no room or no database")
        .tag("result", result)
        .register(meters);
  }

  void written() {
    written.increment();
  }

  void read() {
    read.increment();
  }

  void removed(long rows) {
    removed.increment(rows);
  }

  void dropped(long rows) {
    dropped.increment(rows);
  }

  /** They had to leave since there were too many bytes. */
  void trimmed(long rows) {
    trimmed.increment(rows);
  }

  Counts counts(Total total, long waiting) {
    return new Counts(
        total.rows(),
        total.bytes(),
        waiting,
        (long) written.count(),
        (long) read.count(),
        (long) removed.count(),
        (long) dropped.count());
  }
}
