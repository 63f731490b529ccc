package io.holdfast.operation;

import io.holdfast.database.OperationTable;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Lets go of operations that have been final for long enough, a part at a time. */
final class Retention {
  /** Of one that has expired the name is known for so long. */
  private static final Duration NAME_KEPT = Duration.ofDays(1);

  private static final int AT_A_TIME = 500;

  private final OperationTable table;
  private final Supplier<Routes> routes;
  private final AtomicBoolean running = new AtomicBoolean();

  @FunctionalInterface
  private interface Part {
    CompletionStage<Integer> remove();
  }

  Retention(OperationTable table, Supplier<Routes> routes) {
    this.table = table;
    this.routes = routes;
  }

  /** One round, unless one is under way. What is not removed now is later. */
  void run() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    var all = all(() -> table.forget(NAME_KEPT, AT_A_TIME));
    for (var route : routes.get().routes()) {
      all = all.thenCompose(done -> expire(route));
    }
    all.whenComplete((done, failure) -> running.set(false));
  }

  private CompletionStage<Integer> expire(Route route) {
    return all(() -> table.expire(route.name(), route.async().retain(), AT_A_TIME));
  }

  private static CompletionStage<Integer> all(Part part) {
    return part.remove()
        .thenCompose(
            removed -> removed < AT_A_TIME ? CompletableFuture.completedStage(removed) : all(part));
  }
}
