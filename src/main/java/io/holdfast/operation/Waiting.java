package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import io.holdfast.route.Route;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether there is room for one more operation of a route. Counting a million takes the database a
 * while, so a count is believed as long as what was accepted here since then, several times over
 * since other nodes accept too, does not reach the limit; and for twenty times as long as it took.
 * So it is exact where few may wait, and about right where many may. There is one count at a time,
 * and nobody waits for one that takes long if the one before had room.
 */
final class Waiting {
  private static final int NODES = 8;
  private static final int TIMES = 20;
  private static final Duration QUICK = Duration.ofMillis(20);

  private final OperationTable table;
  private final Map<String, Count> counts = new ConcurrentHashMap<>();
  private final Map<String, CompletableFuture<Void>> counting = new ConcurrentHashMap<>();

  /**
   * @param open so many there were, or the limit at which counting stopped
   * @param since accepted here after that
   * @param took nanoseconds
   * @param at when it was done
   */
  private record Count(int open, int since, long took, long at) {
    Count oneMore() {
      return new Count(open, since + 1, took, at);
    }

    boolean isCertainlyBelow(int max) {
      return (long) open + (long) since * NODES < max;
    }

    boolean hasRoom(int max) {
      return open + since < max;
    }

    boolean isBelieved() {
      return System.nanoTime() - at < took * TIMES;
    }

    boolean isQuick() {
      return took < QUICK.toNanos();
    }
  }

  Waiting(OperationTable table) {
    this.table = table;
  }

  /** Whether one more may be accepted; it is counted as if it were. */
  CompletionStage<Boolean> tryAdd(Route route) {
    int max = route.async().waitingMax();
    var count = counts.get(route.name());
    if (count == null) {
      return counted(route, max).thenApply(done -> add(route, max));
    }
    if (count.isCertainlyBelow(max) || count.isBelieved()) {
      return CompletableFuture.completedStage(add(route, max));
    }
    var counted = counted(route, max);
    return count.isQuick() || !count.hasRoom(max)
        ? counted.thenApply(done -> add(route, max))
        : CompletableFuture.completedStage(add(route, max));
  }

  private boolean add(Route route, int max) {
    var added = new boolean[1];
    counts.computeIfPresent(
        route.name(),
        (name, it) -> {
          added[0] = it.hasRoom(max);
          return added[0] ? it.oneMore() : it;
        });
    return added[0];
  }

  private CompletableFuture<Void> counted(Route route, int max) {
    var mine = new CompletableFuture<Void>();
    var underWay = counting.putIfAbsent(route.name(), mine);
    if (underWay != null) {
      return underWay;
    }
    long began = System.nanoTime();
    table
        .open(route.name(), max)
        .whenComplete(
            (open, failure) -> {
              if (failure == null) {
                long now = System.nanoTime();
                counts.put(route.name(), new Count(open, 0, now - began, now));
              }
              counting.remove(route.name());
              complete(mine, failure);
            });
    return mine;
  }

  private static void complete(CompletableFuture<Void> mine, Throwable failure) {
    if (failure == null) {
      mine.complete(null);
    } else {
      mine.completeExceptionally(failure);
    }
  }
}
