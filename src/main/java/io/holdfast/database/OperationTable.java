package io.holdfast.database;

import io.holdfast.database.AttemptRows.Due;
import io.holdfast.database.AttemptRows.Ending;
import io.holdfast.database.AttemptRows.Version;
import io.holdfast.database.OperationRows.Accepting;
import io.holdfast.database.OperationRows.Change;
import io.holdfast.database.OperationRows.Part;
import io.holdfast.database.OperationRows.Query;
import io.holdfast.database.OperationRows.Row;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Operations, on threads that may block: what is asked often goes in batches. A stage that fails
 * leaves open whether it was done; each question may be asked again. While the database is known to
 * be away nothing is tried.
 */
public final class OperationTable implements AutoCloseable {
  /** Each of them may hold a connection of the node's few. */
  private static final int THREADS = 3;

  private static final long BATCH_BYTES_MAX = 4L << 20;
  private static final Batches.Limits MANY = new Batches.Limits(1, 500, BATCH_BYTES_MAX);
  private static final int ROW_BYTES = 512;

  /** SQLSTATE classes: data, constraints, program limits. */
  private static final List<String> OF_VALUES = List.of("22", "23", "54");

  private final Database database;
  private final OperationRows rows;
  private final AttemptRows attempts;
  private final ThreadPoolExecutor threads;
  private final BlockingThreads tidying = new BlockingThreads("holdfast-operations-tidy", 1);
  private final Batches<Accepting, Row> accepting;
  private final Batches<Version, Boolean> beginnings;
  private final Batches<Ending, Boolean> endings;
  private final Batches<String, Optional<Part>> requests;

  /**
   * @param incarnation in whose name attempts are begun and ended
   */
  public OperationTable(Database database, LongSupplier incarnation) {
    this.database = database;
    this.rows = new OperationRows(database);
    this.attempts = new AttemptRows(database);
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            BlockingThreads.named("holdfast-operations"));
    threads.allowCoreThreadTimeOut(true);
    this.accepting = new Batches<>(threads, MANY, OperationTable::bytes, this::acceptAll);
    this.beginnings =
        new Batches<>(
            threads,
            MANY,
            it -> ROW_BYTES,
            all -> {
              var begun = usable(() -> attempts.begin(all, incarnation.getAsLong()));
              return all.stream().map(begun::contains).toList();
            });
    this.endings =
        new Batches<>(
            threads,
            MANY,
            OperationTable::bytes,
            all -> {
              var ended = usable(() -> attempts.end(all, incarnation.getAsLong()));
              return all.stream().map(it -> ended.contains(it.of())).toList();
            });
    this.requests =
        new Batches<>(
            threads,
            new Batches.Limits(1, 64, BATCH_BYTES_MAX),
            it -> ROW_BYTES,
            all -> {
              var found = usable(() -> rows.requests(all));
              return all.stream().map(it -> Optional.ofNullable(found.get(it))).toList();
            });
  }

  private static long bytes(Accepting accepting) {
    return ROW_BYTES + bytes(accepting.request());
  }

  private static long bytes(Ending ending) {
    return ROW_BYTES + ending.result().map(OperationTable::bytes).orElse(0L);
  }

  private static long bytes(Part part) {
    return part.fields().length + part.content().length;
  }

  /** Of those with the same id in a batch the first is accepted. */
  private List<Row> acceptAll(List<Accepting> all) throws SQLException {
    var first = new LinkedHashMap<String, Accepting>();
    all.forEach(it -> first.putIfAbsent(it.id(), it));
    var accepted = usable(() -> rows.accept(List.copyOf(first.values())));
    return all.stream().map(it -> accepted.get(it.id())).toList();
  }

  @FunctionalInterface
  private interface Question<T> {
    T run() throws SQLException;
  }

  private <T> T usable(Question<T> question) throws SQLException {
    if (isAway()) {
      throw new SQLTransientConnectionException("the database is away", "08001");
    }
    return question.run();
  }

  private <T> CompletionStage<T> ask(Question<T> question) {
    return database.blocking(() -> usable(question));
  }

  /** What nobody waits for, one after the other. */
  private <T> CompletionStage<T> tidy(Question<T> question) {
    return tidying.run(() -> usable(question));
  }

  /** By the clock that rows are stamped with. */
  public Instant now() {
    return database.clock().instant();
  }

  public boolean isAway() {
    return database.health().isAway();
  }

  /** Accepts it, unless there is one of that id: which one is there now. */
  public CompletionStage<Row> accept(Accepting operation) {
    return accepting.ask(operation);
  }

  /** Whether the attempt has begun: see {@link AttemptRows#begin}. */
  public CompletionStage<Boolean> begin(Version attempt) {
    return beginnings.ask(attempt);
  }

  /** Whether it is written down now: see {@link AttemptRows#end}. */
  public CompletionStage<Boolean> end(Ending ending) {
    return endings.ask(ending);
  }

  /** The request of an operation that is still known. */
  public CompletionStage<Optional<Part>> request(String id) {
    return requests.ask(id);
  }

  /** See {@link AttemptRows#due}. */
  public CompletionStage<Due> due(int slot, String route, int limit) {
    return ask(() -> attempts.due(slot, route, now(), limit));
  }

  /** See {@link AttemptRows#failOverdue}. */
  public CompletionStage<Integer> failOverdue(
      int slot, AttemptRows.Overdue how, Set<String> but, long incarnation, int limit) {
    var asOf = now();
    return tidy(() -> attempts.failOverdue(slot, how, but, asOf, incarnation, limit));
  }

  /**
   * Whether a stage failed since the database, or its driver, did not take the values, and never
   * will. A password or a right that is missing is given back some day.
   */
  public static boolean isRefusal(Throwable failure) {
    var cause = failure instanceof CompletionException e ? e.getCause() : failure;
    return cause instanceof SQLException e
        ? FailureKind.of(e) == FailureKind.REFUSED
            && e.getSQLState() != null
            && OF_VALUES.stream().anyMatch(e.getSQLState()::startsWith)
        : cause instanceof RuntimeException && !(cause instanceof RejectedExecutionException);
  }

  /** One operation, if it is known. */
  public CompletionStage<Optional<Row>> find(String id) {
    return ask(() -> rows.find(id));
  }

  /** Those of them that are known. */
  public CompletionStage<List<Row>> find(List<String> ids) {
    return ask(() -> rows.find(ids));
  }

  /** The answer of the last attempt, if it is kept. */
  public CompletionStage<Optional<Part>> result(String id) {
    return ask(() -> rows.result(id));
  }

  /** See {@link OperationRows#list}. */
  public CompletionStage<List<Row>> list(Query query) {
    return ask(() -> rows.list(query));
  }

  /** See {@link OperationRows#cancel}. */
  public CompletionStage<Optional<Change>> cancel(String id, OptionalLong version) {
    return ask(() -> rows.cancel(id, version));
  }

  /** See {@link OperationRows#retry}. */
  public CompletionStage<Optional<Change>> retry(String id, Duration runsFor) {
    return ask(() -> rows.retry(id, runsFor));
  }

  /** See {@link OperationRows#open}. */
  public CompletionStage<Integer> open(String route, int bound) {
    return ask(() -> rows.open(route, bound));
  }

  /** See {@link OperationRows#routes}. */
  public CompletionStage<List<String>> routes() {
    return tidy(rows::routes);
  }

  /** See {@link OperationRows#expire}. */
  public CompletionStage<Integer> expire(String route, Duration kept, int limit) {
    return tidy(() -> rows.expire(route, kept, limit));
  }

  /** See {@link OperationRows#forget}. */
  public CompletionStage<Integer> forget(String route, Duration kept, int limit) {
    return tidy(() -> rows.forget(route, kept, limit));
  }

  @Override
  public void close() {
    threads.shutdown();
    tidying.close();
    try {
      if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
