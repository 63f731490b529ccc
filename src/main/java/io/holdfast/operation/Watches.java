package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whoever waits for a change of an operation. All that are watched on a node are looked up with one
 * question, again and again as long as there are any: so it does not matter which node carries an
 * operation out, and nothing is missed when that node dies.
 */
final class Watches implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(50);
  private static final int IDS_MAX = 1000;

  private final OperationTable table;
  private final Map<String, List<Watch>> watched = new ConcurrentHashMap<>();
  private final AtomicBoolean looking = new AtomicBoolean();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            var thread = new Thread(work, "holdfast-operations-watch");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param version the one that is known
   */
  private record Watch(long version, CompletableFuture<Operation> change) {}

  Watches(OperationTable table) {
    this.table = table;
    timer.scheduleWithFixedDelay(
        this::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The next version that is seen after that one; empty if there is none within the time. */
  CompletionStage<Optional<Operation>> after(String id, long version, Duration atMost) {
    var watch = new Watch(version, new CompletableFuture<>());
    watched.compute(
        id,
        (name, others) -> {
          var all = others == null ? new ArrayList<Watch>() : new ArrayList<>(others);
          all.add(watch);
          return all;
        });
    return watch
        .change()
        .thenApply(Optional::of)
        .completeOnTimeout(Optional.empty(), atMost.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((change, failure) -> forget(id, watch));
  }

  private void forget(String id, Watch watch) {
    watched.computeIfPresent(
        id,
        (name, all) -> {
          var left = all.stream().filter(it -> it != watch).toList();
          return left.isEmpty() ? null : left;
        });
  }

  private void look() {
    if (watched.isEmpty() || table.isAway() || !looking.compareAndSet(false, true)) {
      return;
    }
    var ids = watched.keySet().stream().limit(IDS_MAX).toList();
    table
        .find(ids)
        .whenComplete(
            (rows, failure) -> {
              looking.set(false);
              if (failure == null) {
                rows.forEach(row -> tell(Operation.of(row)));
              }
            });
  }

  private void tell(Operation operation) {
    for (var watch : watched.getOrDefault(operation.id(), List.of())) {
      if (operation.version() > watch.version()) {
        watch.change().complete(operation);
      }
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
