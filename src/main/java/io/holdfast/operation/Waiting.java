package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import io.holdfast.route.Route;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether there is room for one more operation of a route. Counting a million takes the database a
 * while, so a count is believed as long as what was accepted here since then, several times over
 * since other nodes accept too, does not reach the limit; and for twenty times as long as it took.
 * So it is exact where few may wait, and about right where many may.
 */
final class Waiting {
  private static final int NODES = 8;
  private static final int TIMES = 20;

  private final OperationTable table;
  private final Map<String, Count> counts = new ConcurrentHashMap<>();

  /**
   * @param open so many there were, or the limit at which counting stopped
   * @param since accepted here after that
   * @param believedUntilNanos whatever is accepted
   */
  private record Count(int open, int since, long believedUntilNanos) {
    Count oneMore() {
      return new Count(open, since + 1, believedUntilNanos);
    }

    boolean isCertainlyBelow(int max) {
      return (long) open + (long) since * NODES < max;
    }
  }

  Waiting(OperationTable table) {
    this.table = table;
  }

  /** Whether one more may be accepted; it is counted as if it were. */
  CompletionStage<Boolean> tryAdd(Route route) {
    int max = route.async().waitingMax();
    var count = counts.get(route.name());
    if (count != null) {
      boolean believed = System.nanoTime() - count.believedUntilNanos() < 0;
      if (count.isCertainlyBelow(max) || believed && count.open() + count.since() < max) {
        counts.computeIfPresent(route.name(), (name, it) -> it.oneMore());
        return CompletableFuture.completedStage(true);
      }
      if (believed) {
        return CompletableFuture.completedStage(false);
      }
    }
    return count(route, max);
  }

  private CompletionStage<Boolean> count(Route route, int max) {
    long began = System.nanoTime();
    return table
        .open(route.name(), max)
        .thenApply(
            open -> {
              long now = System.nanoTime();
              long until = now + (now - began) * TIMES;
              counts.put(route.name(), new Count(open, open < max ? 1 : 0, until));
              return open < max;
            });
  }
}
