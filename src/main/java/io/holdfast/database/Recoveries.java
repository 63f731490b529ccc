package io.holdfast.database;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.holdfast.database.RecoveryDao.Criteria;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The recoveries that are under way. Pekko asks three times for each: for the snapshot, for the
 * highest sequence number, for the events. The first question reads all of it, in one round trip,
 * and what it read is kept for the other two.
 *
 * <p>What is kept belongs to one attempt. When an entity begins anew it is forgotten, and what the
 * former attempt reads too late is not kept.
 */
final class Recoveries {
  private static final Duration KEPT = Duration.ofSeconds(10);
  private static final int KEPT_BYTES_MAX = 64 << 20;
  private static final int OVERHEAD_BYTES = 500;

  private final RecoveryDao dao;
  private final Database database;
  private final Cache<String, Reading> readings =
      Caffeine.newBuilder()
          .maximumWeight(KEPT_BYTES_MAX)
          .<String, Reading>weigher((persistenceId, reading) -> reading.bytes())
          .expireAfterWrite(KEPT)
          .build();

  Recoveries(JournalDao journal) {
    this.dao = new RecoveryDao(journal);
    this.database = journal.database();
  }

  /** One attempt: not equal to any other. */
  private static final class Reading {
    private final Optional<Recovery> found;

    /** The next question is the one for the events. */
    private final boolean numberKnown;

    Reading(Optional<Recovery> found, boolean numberKnown) {
      this.found = found;
      this.numberKnown = numberKnown;
    }

    int bytes() {
      return OVERHEAD_BYTES + found.map(Recovery::bytes).orElse(0);
    }
  }

  /** The newest snapshot that the criteria admit. */
  CompletionStage<Optional<SnapshotRow>> snapshot(String persistenceId, Criteria criteria) {
    return read(persistenceId, criteria, 0, false).thenApply(Recovery::snapshot);
  }

  /**
   * The highest sequence number of events and snapshots; 0 when there are none.
   *
   * @param after events up to this one will not be asked for
   */
  CompletionStage<Long> highestSequenceNr(String persistenceId, long after) {
    var reading = readings.getIfPresent(persistenceId);
    if (reading != null && !reading.numberKnown) {
      var found = reading.found.filter(recovery -> recovery.after() == after);
      if (found.isPresent()
          && readings.asMap().replace(persistenceId, reading, new Reading(found, true))) {
        return CompletableFuture.completedFuture(found.get().highestSequenceNr());
      }
    }
    return read(persistenceId, Criteria.NONE, after, true).thenApply(Recovery::highestSequenceNr);
  }

  private CompletionStage<Recovery> read(
      String persistenceId, Criteria criteria, long after, boolean numberKnown) {
    var begun = new Reading(Optional.empty(), numberKnown);
    readings.put(persistenceId, begun);
    return database.blocking(
        () -> {
          var recovery = dao.read(persistenceId, criteria, after);
          var found = Optional.of(recovery.withoutSnapshot());
          readings.asMap().replace(persistenceId, begun, new Reading(found, numberKnown));
          return recovery;
        });
  }

  /** What was read, if every event of the replay is in it; both ends included. */
  Optional<Recovery> forReplay(String persistenceId, long from, long to, long max) {
    var reading = readings.asMap().remove(persistenceId);
    return Optional.ofNullable(reading)
        .flatMap(it -> it.found)
        .filter(recovery -> recovery.holds(from, to, max));
  }
}
