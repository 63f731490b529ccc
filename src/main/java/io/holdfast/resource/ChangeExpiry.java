package io.holdfast.resource;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes changes that are too old for everybody, a batch at a time, on a thread of its own: nobody
 * who watches waits for it. Every node does so, each at its own moments, for any may be the last.
 */
final class ChangeExpiry implements AutoCloseable {
  /** Between two batches while there is more: the database has other work. */
  private static final Duration MORE_AFTER = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(ChangeExpiry.class);

  private final ChangeLog changes;
  private final Duration age;
  private final Duration every;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var made = new Thread(work, "holdfast-change-expiry");
            made.setDaemon(true);
            return made;
          });

  ChangeExpiry(ChangeLog changes, Duration age, Duration every) {
    this.changes = changes;
    this.age = age;
    this.every = every;
    later(every);
  }

  private void expire() {
    var pause = every;
    try {
      if (changes.expire(age) > 0) {
        pause = every.compareTo(MORE_AFTER) < 0 ? every : MORE_AFTER;
      }
    } catch (SQLException e) {
      log.debug("Old changes of documents were not removed: {}", e.toString());
    } catch (RuntimeException | Error e) {
      log.error("Old changes of documents were not removed", e);
    } finally {
      later(pause);
    }
  }

  /** After half to one and a half of the time, so that nodes do not meet at the same rows. */
  private void later(Duration pause) {
    long millis = pause.toMillis();
    try {
      thread.schedule(
          this::expire,
          millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1),
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("No more changes are removed by this node");
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
