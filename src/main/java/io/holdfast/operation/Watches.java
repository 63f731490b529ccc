package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
  private volatile boolean over;
  private int lookedAt;
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
  private record Watch(long version, CompletableFuture<Optional<Operation>> change) {}

  Watches(OperationTable table) {
    this.table = table;
    timer.scheduleWithFixedDelay(
        this::look, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The next version that is seen after that one; empty if there is none within the time. */
  CompletableFuture<Optional<Operation>> after(String id, long version, Duration atMost) {
    var watch = new Watch(version, new CompletableFuture<>());
    watched.compute(id, (name, others) -> with(others, watch));
    watch.change().whenComplete((change, failure) -> forget(id, watch));
    if (over) {
      watch.change().complete(Optional.empty());
    }
    return watch
        .change()
        .completeOnTimeout(Optional.empty(), atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static List<Watch> with(List<Watch> others, Watch one) {
    var all = others == null ? new ArrayList<Watch>() : new ArrayList<>(others);
    all.add(one);
    return all;
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
    var ids = next();
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

  /** Where there are more than one question can take, each has its turn. */
  private List<String> next() {
    var ids = watched.keySet().stream().skip(lookedAt).limit(IDS_MAX).toList();
    lookedAt = ids.size() < IDS_MAX ? 0 : lookedAt + IDS_MAX;
    return ids;
  }

  private void tell(Operation operation) {
    for (var watch : watched.getOrDefault(operation.id(), List.of())) {
      if (operation.version() > watch.version()) {
        watch.change().complete(Optional.of(operation));
      }
    }
  }

  boolean isOver() {
    return over;
  }

  /** All that wait, and would wait, hear that nothing came. */
  void end() {
    over = true;
    watched.values().forEach(all -> all.forEach(it -> it.change().complete(Optional.empty())));
  }

  @Override
  public void close() {
    end();
    timer.shutdownNow();
  }
}
