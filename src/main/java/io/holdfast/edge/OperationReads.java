package io.holdfast.edge;

import io.holdfast.edge.OperationsHandler.Asked;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.MediaType;
import io.holdfast.http.Preconditions;
import io.holdfast.http.Prefer;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Operations, one and all, as they are now, or once they are no more as they were. */
final class OperationReads {
  private static final int WAIT_SECONDS_MAX = 30;

  private final OperationsHandler.Surroundings surroundings;
  private final OperationStreams streams;

  OperationReads(OperationsHandler.Surroundings surroundings) {
    this.surroundings = surroundings;
    this.streams = new OperationStreams(surroundings);
  }

  // ---- one ----

  CompletionStage<HttpResponse> read(Asked asked, String id) {
    if (MediaType.prefers(asked.field("Accept"), CollectionStream.TYPE)) {
      return streams.watch(asked, id);
    }
    if (!MediaType.acceptsJson(asked.field("Accept"))) {
      return asked.refuse(
          ProblemType.NOT_ACCEPTABLE, "An operation is application/json, or text/event-stream");
    }
    var reading = new Reading(asked, id, asked.conditions());
    return found(reading, System.nanoTime() + wait(reading).toNanos());
  }

  private record Reading(Asked asked, String id, Preconditions conditions) {
    Preconditions.Outcome evaluate(Operation operation) {
      return conditions.evaluate(
          Optional.of(OperationAnswers.tag(operation)), Optional.empty(), true);
    }
  }

  /** For how long the client would wait for a version that it does not know. */
  private static Duration wait(Reading reading) {
    var seconds = Prefer.parse(reading.asked().field("Prefer")).waitSeconds().orElse(0);
    return reading.conditions().ifNoneMatch().isPresent()
        ? Duration.ofSeconds(Math.min(seconds, WAIT_SECONDS_MAX))
        : Duration.ZERO;
  }

  private CompletionStage<HttpResponse> found(Reading reading, long untilNanos) {
    return OperationAnswers.inTime(surroundings.operations().find(reading.id()))
        .thenCompose(found -> answerOnceChanged(reading, found, untilNanos))
        .exceptionally(failure -> Answers.notRead(reading.asked().path(), failure));
  }

  /** What changed meanwhile may still be something that the client knows. */
  private CompletionStage<HttpResponse> answerOnceChanged(
      Reading reading, Optional<Operation> found, long untilNanos) {
    var absent = OperationAnswers.absent(found, reading.asked().path());
    if (absent.isPresent()) {
      return Answers.now(absent.get());
    }
    boolean waits =
        untilNanos - System.nanoTime() > 0
            && !surroundings.operations().isLeaving()
            && reading.evaluate(found.get()) == Preconditions.Outcome.NOT_MODIFIED;
    return waits
        ? watch(reading, found.get(), untilNanos)
        : Answers.now(answer(reading, found.get()));
  }

  /** Answers when it changes. Else, at the end, as if it were asked only then. */
  private CompletionStage<HttpResponse> watch(Reading reading, Operation known, long untilNanos) {
    if (!surroundings.watching().tryBegin()) {
      return reading.asked().refuse(ProblemType.SHED, "Too many requests wait for changes");
    }
    var left = Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()));
    return surroundings
        .operations()
        .after(reading.id(), known.version(), left)
        .whenComplete((change, failure) -> surroundings.watching().end())
        .thenCompose(
            change ->
                change.isPresent()
                    ? answerOnceChanged(reading, change, untilNanos)
                    : found(reading, System.nanoTime()));
  }

  private static HttpResponse answer(Reading reading, Operation operation) {
    return switch (reading.evaluate(operation)) {
      case FAILED ->
          Responses.problem(
              ProblemType.PRECONDITION_FAILED,
              "The operation is not as If-Match says",
              reading.asked().path());
      case NOT_MODIFIED -> OperationAnswers.notModified(operation);
      case PROCEED -> OperationAnswers.whole(200, operation);
    };
  }

  // ---- all ----

  CompletionStage<HttpResponse> list(Asked asked) {
    if (!MediaType.acceptsJson(asked.field("Accept"))) {
      return asked.refuse(ProblemType.NOT_ACCEPTABLE, "A list of operations is application/json");
    }
    var query = OperationQuery.parse(asked.query());
    if (query instanceof OperationQuery.Malformed malformed) {
      return asked.refuse(ProblemType.BAD_REQUEST, malformed.reason());
    }
    var page = (OperationQuery.Page) query;
    var listed =
        surroundings.operations().list(page.state(), page.route(), page.after(), page.limit() + 1);
    return OperationAnswers.inTime(listed)
        .thenCompose(
            items ->
                items.isEmpty() && page.after().isPresent()
                    ? emptyAfter(asked, page.after().get())
                    : Answers.now(listed(asked, page, items)))
        .exceptionally(failure -> Answers.notRead(asked.path(), failure));
  }

  /** That nothing comes behind what nobody knows would be taken for the end of the list. */
  private CompletionStage<HttpResponse> emptyAfter(Asked asked, String after) {
    return OperationAnswers.inTime(surroundings.operations().find(after))
        .thenApply(
            known ->
                known.isPresent()
                    ? json("")
                    : Responses.problem(
                        ProblemType.BAD_REQUEST,
                        "after names no operation that is known; begin anew",
                        asked.path()));
  }

  private static HttpResponse listed(Asked asked, OperationQuery.Page page, List<Operation> found) {
    boolean more = found.size() > page.limit();
    var items = more ? found.subList(0, page.limit()) : found;
    var response = json(items.stream().map(OperationJson::of).collect(Collectors.joining(",")));
    return more
        ? response.addHeader(
            Fields.field(
                "Link",
                "<%s?%s>; rel=\"next\""
                    .formatted(asked.path(), page.next(items.get(items.size() - 1).id()))))
        : response;
  }

  private static HttpResponse json(String items) {
    var content = ("{\"items\":[" + items + "]}").getBytes(StandardCharsets.UTF_8);
    return Responses.json(200, content, new Fields().with("Cache-Control", "no-store").list());
  }
}
