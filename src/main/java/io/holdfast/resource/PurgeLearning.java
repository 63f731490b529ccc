package io.holdfast.resource;

import io.holdfast.caching.Purge;
import io.holdfast.database.Purges.Numbered;
import io.holdfast.database.Purges.Page;
import io.holdfast.ownership.PurgeWatch;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Learns of purges and applies them to what this node stores, whoever tells of them first: another
 * node, or the poll that proves what this one owns. Safe for many threads; nobody waits for the
 * table while holding another up.
 */
public final class PurgeLearning implements PurgeWatch {
  /** The last ones whose counts are remembered, for whoever asks after they have been applied. */
  private static final int COUNTED_MAX = 64;

  /** A poll that has not read them by then is of no use any more. */
  private static final Duration POLL_WAIT_MAX = Duration.ofSeconds(3);

  private final PurgeTable table;
  private final PurgeLog log;
  private final Reached reached;
  private final Map<Long, Long> counted = new LinkedHashMap<>();
  private volatile long applied;

  public PurgeLearning(PurgeTable table, PurgeLog log, Reached reached) {
    this.table = table;
    this.log = log;
    this.reached = reached;
    this.applied = log.known();
  }

  PurgeLog log() {
    return log;
  }

  /** How many target URLs a purge would reach. */
  long count(Purge purge) {
    return reached.count(purge);
  }

  /** How many it has reached when it was applied here; nothing if that is long ago. */
  synchronized OptionalLong counted(long number) {
    var count = counted.get(number);
    return count == null ? OptionalLong.empty() : OptionalLong.of(count);
  }

  /** As the poll asks for it: blocks. */
  @Override
  public void apply(long newest) throws Exception {
    try {
      upTo(newest).toCompletableFuture().get(POLL_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Applies all up to that number, from the table as far as they are not known. */
  public CompletionStage<Void> upTo(long number) {
    long from = applied;
    if (from >= number) {
      return CompletableFuture.completedFuture(null);
    }
    return table
        .after(from)
        .thenCompose(
            page -> {
              take(from, page);
              return applied > from
                  ? upTo(number)
                  : CompletableFuture.failedStage(
                      new IllegalStateException("purge " + number + " is not in the table"));
            });
  }

  /**
   * Applies one that another node told of.
   *
   * @param previous the number before
   * @return false, and nothing is done, if some before it are not known
   */
  boolean learn(long previous, Numbered purge) {
    if (previous > applied) {
      return false;
    }
    take(previous, new Page(0, List.of(purge)));
    return true;
  }

  /**
   * @param from the page has all after that number
   */
  private synchronized void take(long from, Page page) {
    if (page.removed() > applied) {
      forget(page.removed());
    }
    var purges =
        page.rows().stream().filter(row -> row.number() > applied).map(PurgeRow::purge).toList();
    if (purges.isEmpty()) {
      return;
    }
    purges.stream().skip(Math.max(0, purges.size() - COUNTED_MAX)).forEach(this::rememberCount);
    log.learn(Math.min(from, applied), purges);
    purges.forEach(reached::apply);
    applied = purges.get(purges.size() - 1).number();
  }

  /** Rows have gone that this node never read: whatever it stores may have been reached by one. */
  private void forget(long removed) {
    log.forget(removed);
    reached.apply(new Purge(removed, PurgeRow.EVERYTHING, false));
    applied = removed;
  }

  /** Before it is known here: then nobody has acted on it yet. */
  private void rememberCount(Purge purge) {
    counted.putIfAbsent(purge.number(), reached.count(purge));
    if (counted.size() > COUNTED_MAX) {
      counted.remove(counted.keySet().iterator().next());
    }
  }
}
