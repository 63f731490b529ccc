package io.holdfast.edge;

import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.EntityTag;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** How operations are answered with, whatever was asked. */
final class OperationAnswers {
  /** For whoever asks the database. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private OperationAnswers() {}

  /** Fails once its time is over. */
  static <T> CompletableFuture<T> inTime(CompletionStage<T> answer) {
    return answer
        .toCompletableFuture()
        .copy()
        .orTimeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
  }

  static EntityTag tag(Operation operation) {
    return EntityTag.strong(Long.toString(operation.version()));
  }

  static HttpResponse whole(int status, Operation operation) {
    var content = OperationJson.of(operation).getBytes(StandardCharsets.UTF_8);
    return Responses.json(status, content, fields(operation).list());
  }

  static HttpResponse notModified(Operation operation) {
    return Responses.empty(304, fields(operation).list());
  }

  private static Fields fields(Operation operation) {
    var fields = new Fields();
    fields.with("ETag", tag(operation).toString()).with("Cache-Control", "no-store");
    return operation.state().isFinal() ? fields : fields.with("Retry-After", "1");
  }

  /** Why an operation cannot be shown; nothing if it can. */
  static Optional<HttpResponse> absent(Optional<Operation> found, String path) {
    if (found.isEmpty()) {
      return Optional.of(
          Responses.problem(ProblemType.NOT_FOUND, "There is no operation of that id", path));
    }
    return found.get().state() == Operation.State.EXPIRED
        ? Optional.of(
            Responses.problem(
                ProblemType.GONE, "The operation was done, and is not kept any more", path))
        : Optional.empty();
  }
}
