package io.holdfast.operation;

import io.holdfast.database.OperationRows;
import io.holdfast.database.OperationRows.Query;
import io.holdfast.database.OperationRows.Row;
import io.holdfast.database.OperationTable;
import io.holdfast.database.Slots;
import io.holdfast.route.Route;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Limits;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What clients may ask of operations, at any node: accept, look, wait, list, cancel, ask again.
 * Stages fail while the database does not answer, but for {@link #accept}, which says so.
 */
public final class Operations implements AutoCloseable {
  private final OperationTable table;
  private final Supplier<Routes> routes;
  private final Acceptor acceptor;
  private final Waiting waiting;
  private final Watches watches;
  private final Consumer<Row> due;
  private final MeterRegistry meters;
  private final Counter accepted;
  private final Counter cancelled;

  private Operations(
      OperationTable table,
      Slots slots,
      Supplier<Routes> routes,
      Lanes lanes,
      MeterRegistry meters) {
    this.meters = meters;
    this.accepted =
        Counter.builder("holdfast.operations.accepted")
            .description("Requests that were accepted as operations, repeated ones included")
            .register(meters);
    this.cancelled = LaneMeters.written(meters, OperationRows.State.CANCELLED);
    this.table = table;
    this.routes = routes;
    this.due = lanes::tell;
    this.acceptor = new Acceptor(table, slots, lanes);
    this.waiting = new Waiting(table);
    this.watches = new Watches(table);
  }

  /**
   * @param lanes are told of what can be carried out now, and of what was cancelled
   */
  public static Operations start(
      OperationTable table,
      Slots slots,
      Supplier<Routes> routes,
      Lanes lanes,
      MeterRegistry meters) {
    return new Operations(table, slots, routes, lanes, meters);
  }

  /** Accepts it durably, unless it was accepted before. */
  public CompletionStage<Acceptance> accept(NewOperation operation) {
    return waiting
        .tryAdd(operation.route())
        .exceptionally(failure -> true) // whoever accepts says that the database is away
        .thenCompose(
            room ->
                room
                    ? acceptor.accept(operation)
                    : CompletableFuture.completedStage(full(operation.route())))
        .thenApply(this::counted);
  }

  private Acceptance counted(Acceptance acceptance) {
    if (acceptance instanceof Acceptance.Accepted) {
      accepted.increment();
    }
    return acceptance;
  }

  private Acceptance full(Route route) {
    Limits.dropped(meters, "routes.%s.async.waiting-max".formatted(route.name())).increment();
    return new Acceptance.Full();
  }

  /** One operation, if it is known. */
  public CompletionStage<Optional<Operation>> find(String id) {
    return table.find(id).thenApply(row -> row.map(Operation::of));
  }

  /**
   * The next version that is seen after that one; empty if there is none within the time. Whoever
   * does not want to wait any more cancels it.
   */
  public CompletableFuture<Optional<Operation>> after(String id, long version, Duration atMost) {
    return watches.after(id, version, atMost);
  }

  /** The node leaves: whoever waits hears that nothing came, and so does whoever would wait. */
  public void endWaiting() {
    watches.end();
  }

  /** Nobody waits any more: ask another node. */
  public boolean isLeaving() {
    return watches.isOver();
  }

  /** The last answer, if it is kept. */
  public CompletionStage<Optional<Message>> result(String id) {
    return table
        .result(id)
        .thenApply(part -> part.map(it -> new Message(it.reason(), it.fields(), it.content())));
  }

  /**
   * A page of a list; newest first, without those that have expired.
   *
   * @param after an operation: those that come behind it; none if it is not known
   */
  public CompletionStage<List<Operation>> list(
      Optional<Operation.State> state, Optional<String> route, Optional<String> after, int limit) {
    var query = new Query(state.map(Operation.State::inRows), route, after, limit);
    return table.list(query).thenApply(rows -> rows.stream().map(Operation::of).toList());
  }

  /**
   * An operation that was to be changed.
   *
   * @param now as it is
   * @param done this change was possible, and was made
   */
  public record Change(Operation now, boolean done) {}

  /**
   * Cancels it unless it is final.
   *
   * @param version then no other version is cancelled
   */
  public CompletionStage<Optional<Change>> cancel(String id, OptionalLong version) {
    return table
        .cancel(id, version)
        .thenApply(this::changed)
        .thenApply(
            change -> {
              change.filter(Change::done).ifPresent(it -> cancelled.increment());
              return change;
            });
  }

  /** Accepts one that failed anew. */
  public CompletionStage<Optional<Change>> retry(Operation failed) {
    var runsFor =
        routes.get().routes().stream()
            .filter(it -> it.name().equals(failed.route()))
            .map(it -> it.async().deadline())
            .findFirst()
            .orElse(Duration.between(failed.createdAt(), failed.deadline()));
    return table.retry(failed.id(), runsFor).thenApply(this::changed);
  }

  private Optional<Change> changed(Optional<OperationRows.Change> change) {
    change.filter(OperationRows.Change::done).ifPresent(it -> due.accept(it.row()));
    return change.map(it -> new Change(Operation.of(it.row()), it.done()));
  }

  @Override
  public void close() {
    watches.close();
  }
}
