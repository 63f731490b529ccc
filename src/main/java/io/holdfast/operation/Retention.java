package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import io.holdfast.route.Routes;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Lets go of operations that have been final for long enough, a part at a time. */
final class Retention {
  /** Of one that has expired the name is known for so long. */
  private static final Duration NAME_KEPT = Duration.ofDays(1);

  /** Where the route is not configured any more. */
  private static final Duration KEPT_WITHOUT_ROUTE = Duration.ofDays(1);

  private static final int AT_A_TIME = 500;

  private final OperationTable table;
  private final Supplier<Routes> routes;
  private final Counter expired;
  private final AtomicBoolean running = new AtomicBoolean();

  @FunctionalInterface
  private interface Part {
    CompletionStage<Integer> remove();
  }

  Retention(OperationTable table, Supplier<Routes> routes, Counter expired) {
    this.table = table;
    this.routes = routes;
    this.expired = expired;
  }

  /**
   * One round, unless one is under way. What is not removed now is later, and keeps nothing else
   * from being removed.
   */
  void run() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    table.routes().thenCompose(this::removeAll).whenComplete((done, failure) -> running.set(false));
  }

  private CompletionStage<Integer> removeAll(List<String> named) {
    CompletionStage<Integer> all = CompletableFuture.completedStage(0);
    for (var route : named) {
      all =
          all.thenCompose(done -> all(() -> table.forget(route, NAME_KEPT, AT_A_TIME)))
              .thenCompose(done -> all(() -> expire(route)));
    }
    return all;
  }

  private CompletionStage<Integer> expire(String route) {
    return table
        .expire(route, kept(route), AT_A_TIME)
        .thenApply(
            count -> {
              expired.increment(count);
              return count;
            });
  }

  private Duration kept(String name) {
    return routes.get().routes().stream()
        .filter(it -> it.name().equals(name))
        .map(it -> it.async().retain())
        .findFirst()
        .orElse(KEPT_WITHOUT_ROUTE);
  }

  private static CompletionStage<Integer> all(Part part) {
    return part.remove()
        .exceptionally(failure -> 0)
        .thenCompose(
            removed -> removed < AT_A_TIME ? CompletableFuture.completedStage(removed) : all(part));
  }
}
