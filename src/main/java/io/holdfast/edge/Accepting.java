package io.holdfast.edge;

import io.holdfast.http.FieldLine;
import io.holdfast.http.HttpDate;
import io.holdfast.http.Prefer;
import io.holdfast.http.ProblemType;
import io.holdfast.http.RequestKey;
import io.holdfast.operation.Acceptance;
import io.holdfast.operation.Message;
import io.holdfast.operation.NewOperation;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import io.holdfast.route.Route;
import io.holdfast.route.RouteAsync;
import io.holdfast.upstream.ForwardClient.Failure;
import io.holdfast.upstream.StoredAnswer;
import io.holdfast.upstream.Substitute.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Requests that are accepted now and carried out later ({@code Prefer: respond-async}, RFC 7240,
 * section 4.1): who asks for it, what is kept, and what the client hears.
 */
final class Accepting {
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "QUERY", "TRACE");
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  /** What a row takes. */
  private static final int TARGET_MAX = 8192;

  private static final int METHOD_MAX = 64;

  private final Operations operations;
  private final Supplier<String> nextKey;
  private final InstantSource clock;
  private final Watching watching;

  /**
   * @param nextKey makes a key that no other request of the cluster has
   * @param watching those that wait for a result are among those that wait for a change
   */
  Accepting(
      Operations operations, Supplier<String> nextKey, InstantSource clock, Watching watching) {
    this.operations = operations;
    this.nextKey = nextKey;
    this.clock = clock;
    this.watching = watching;
  }

  /**
   * How a client wants its answer.
   *
   * @param asked it prefers not to wait
   * @param patience for so long it would wait for the result
   */
  record Wish(boolean asked, Duration patience) {
    /** The same, waiting no longer than that. */
    Wish within(Duration most) {
      return new Wish(asked, patience.compareTo(most) < 0 ? patience : most);
    }
  }

  /** Whether a request is accepted instead of being carried out, and how its answer is wanted. */
  static Optional<Wish> wish(Route route, String method, Optional<String> preferences) {
    if (!route.async().isAllowed() || SAFE.contains(method)) {
      return Optional.empty();
    }
    var prefer = Prefer.parse(preferences);
    boolean always = route.async().mode() == RouteAsync.Mode.ALWAYS;
    if (!always && !prefer.respondAsync() && prefer.waitSeconds().isEmpty()) {
      return Optional.empty();
    }
    var wait = Duration.ofSeconds(prefer.waitSeconds().orElse(0));
    return Optional.of(new Wish(prefer.respondAsync(), wait).within(WAIT_MAX));
  }

  /** The id of what comes under a key: the same for all requests under it. */
  static String id(String scope, String key) {
    return NewId.of("operation", Optional.of(scope), new RequestKey(key));
  }

  /** The id of what comes without one; later ones come behind earlier ones. */
  String nextId() {
    return NewId.of("operation", Optional.empty(), new RequestKey(nextKey.get()));
  }

  private static Answer answer(ProblemType type, String detail) {
    return Answer.of(new Failure(type, detail));
  }

  /**
   * Accepts it, waits as the client wishes, and says what it hears. Does not fail.
   *
   * @param written run before anybody waits, once the request is written down, or is not to be
   * @return cancelled by whoever does not want to wait any more: what is accepted stays so
   */
  CompletableFuture<Answer> accept(NewOperation operation, Wish wish, Runnable written) {
    var refusal = refusal(operation);
    if (refusal.isPresent()) {
      written.run();
      return CompletableFuture.completedFuture(refusal.get());
    }
    var client = new Waiting(wish, System.nanoTime(), new CompletableFuture<>());
    var unknown = unknown(operation.id()); // not the operation: nobody keeps its content meanwhile
    CompletableFuture.completedStage(operation)
        .thenCompose(operations::accept)
        .exceptionally(failure -> new Acceptance.Unknown())
        .thenCompose(
            acceptance -> {
              written.run();
              return answer(acceptance, operation, client);
            })
        .exceptionally(failure -> unknown)
        .thenAccept(client.answer()::complete);
    return client.answer();
  }

  /**
   * One client.
   *
   * @param sinceNanos it waits
   */
  private record Waiting(Wish wish, long sinceNanos, CompletableFuture<Answer> answer) {
    Duration left() {
      return wish.patience().minusNanos(System.nanoTime() - sinceNanos);
    }
  }

  private static Optional<Answer> refusal(NewOperation operation) {
    if (operation.target().length() > TARGET_MAX) {
      return Optional.of(
          answer(
              ProblemType.URI_TOO_LONG,
              "What is carried out later has a target of up to %d characters."
                  .formatted(TARGET_MAX)));
    }
    return operation.method().length() > METHOD_MAX
        ? Optional.of(
            answer(ProblemType.NOT_IMPLEMENTED, "A method with so long a name is not kept."))
        : Optional.empty();
  }

  private CompletionStage<Answer> answer(
      Acceptance acceptance, NewOperation asked, Waiting client) {
    if (acceptance instanceof Acceptance.Accepted accepted) {
      var operation = accepted.operation();
      return CompletableFuture.completedStage(operation)
          .thenCompose(it -> done(it, client))
          .exceptionally(
              failure -> Answer.of(accepted(operation, client.wish()))); // that much is true
    }
    return CompletableFuture.completedStage(refused(acceptance, asked));
  }

  private static Answer refused(Acceptance acceptance, NewOperation asked) {
    if (acceptance instanceof Acceptance.Reused) {
      return answer(
          ProblemType.IDEMPOTENCY_KEY_REUSED, "The Idempotency-Key is another request's.");
    }
    if (acceptance instanceof Acceptance.Expired) {
      return answer(
          ProblemType.GONE,
          "Operation %s, which the Idempotency-Key was for, has expired.".formatted(asked.id()));
    }
    if (acceptance instanceof Acceptance.Full) {
      return answer(
          ProblemType.SHED,
          "As many operations of this route wait as may: %d."
              .formatted(asked.route().async().waitingMax()));
    }
    return acceptance instanceof Acceptance.NotNow
        ? answer(
            ProblemType.DATABASE_UNAVAILABLE, "The database does not answer; nothing was accepted.")
        : unknown(asked.id());
  }

  private static Answer unknown(String id) {
    return answer(
        ProblemType.OUTCOME_UNKNOWN,
        "The database stopped answering: whether operation %s was accepted is not known."
            .formatted(id));
  }

  /** Its result, if it is there in time and one more may wait for it. */
  private CompletionStage<Answer> done(Operation operation, Waiting client) {
    var wish = client.wish();
    if (operation.state().isFinal()) {
      return wish.patience().isZero()
          ? CompletableFuture.completedStage(Answer.of(accepted(operation, wish)))
          : result(operation, wish);
    }
    var left = client.left();
    if (left.isNegative() || left.isZero() || !watching.tryBegin()) {
      return CompletableFuture.completedStage(Answer.of(accepted(operation, wish)));
    }
    var next = operations.after(operation.id(), operation.version(), left);
    client.answer().whenComplete((answer, cancelled) -> next.cancel(false));
    return next.whenComplete((changed, failure) -> watching.end())
        .thenCompose(
            changed ->
                changed
                    .map(it -> done(it, client))
                    .orElseGet(
                        () ->
                            CompletableFuture.completedStage(
                                Answer.of(accepted(operation, wish)))));
  }

  private CompletionStage<Answer> result(Operation operation, Wish wish) {
    return operations
        .result(operation.id())
        .thenApply(
            message ->
                message
                    .flatMap(it -> operation.result().map(r -> stored(r.status(), it)))
                    .map(Answer::of)
                    .orElseGet(() -> withoutResult(operation, wish)));
  }

  private static StoredAnswer stored(int status, Message message) {
    return StoredAnswer.stored(status, message.reason(), message.fields(), message.content());
  }

  private Answer withoutResult(Operation operation, Wish wish) {
    return operation
        .problem()
        .map(it -> answer(it, operation.lastError()))
        .orElseGet(() -> Answer.of(accepted(operation, wish)));
  }

  /** RFC 9110, section 15.3.3. */
  private StoredAnswer accepted(Operation operation, Wish wish) {
    var fields = new ArrayList<FieldLine>();
    fields.add(new FieldLine("Date", HttpDate.format(clock.instant())));
    fields.add(new FieldLine("Location", "/operations/" + operation.id()));
    fields.add(new FieldLine("Retry-After", "1"));
    if (wish.asked()) {
      fields.add(new FieldLine("Preference-Applied", Prefer.RESPOND_ASYNC));
    }
    fields.add(new FieldLine("Cache-Control", "no-store"));
    fields.add(new FieldLine("Content-Type", "application/json"));
    return new StoredAnswer(
        202,
        "Accepted",
        List.copyOf(fields),
        OperationJson.of(operation).getBytes(StandardCharsets.UTF_8));
  }
}
