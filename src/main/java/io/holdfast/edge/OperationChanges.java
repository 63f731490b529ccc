package io.holdfast.edge;

import io.holdfast.edge.OperationsHandler.Asked;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.Preconditions;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations.Change;
import io.holdfast.route.OperationPath;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** What clients change of operations: they cancel them, and ask for failed ones anew. */
final class OperationChanges {
  /** The database was not reached (SQL:2016, class 08). */
  private static final String NOT_CONNECTED = "08001";

  private final OperationsHandler.Surroundings surroundings;

  OperationChanges(OperationsHandler.Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> cancel(Asked asked, String id) {
    return asked.isConditional()
        ? found(asked, id, it -> cancel(asked, id, OptionalLong.of(it.version())))
        : cancel(asked, id, OptionalLong.empty());
  }

  private CompletionStage<HttpResponse> cancel(Asked asked, String id, OptionalLong version) {
    return OperationAnswers.inTime(surroundings.operations().cancel(id, version))
        .thenApply(
            change -> isOther(change, version) ? notAsItSays(asked) : changed(asked, change, 200))
        .exceptionally(failure -> notChanged(asked, failure));
  }

  /** It has changed since the conditions were looked at. */
  private static boolean isOther(Optional<Change> change, OptionalLong version) {
    return version.isPresent()
        && change.isPresent()
        && !change.get().done()
        && change.get().now().version() != version.getAsLong();
  }

  CompletionStage<HttpResponse> retry(Asked asked, String id) {
    return found(
        asked,
        id,
        now ->
            now.state() == Operation.State.FAILED
                ? retry(asked, now)
                : Answers.now(changed(asked, Optional.of(new Change(now, false)), 202)));
  }

  private CompletionStage<HttpResponse> retry(Asked asked, Operation failed) {
    return OperationAnswers.inTime(surroundings.operations().retry(failed))
        .thenApply(change -> changed(asked, change, 202))
        .exceptionally(failure -> notChanged(asked, failure));
  }

  /** If it is there, and as the conditions say. */
  private CompletionStage<HttpResponse> found(
      Asked asked, String id, Function<Operation, CompletionStage<HttpResponse>> then) {
    return OperationAnswers.inTime(surroundings.operations().find(id))
        .handle(
            (found, failure) ->
                failure == null
                    ? OperationAnswers.absent(found, asked.path())
                        .map(Answers::now)
                        .orElseGet(() -> conditional(asked, found.get(), then))
                    : Answers.now(Answers.notRead(asked.path(), failure)))
        .thenCompose(answer -> answer);
  }

  private static CompletionStage<HttpResponse> conditional(
      Asked asked, Operation now, Function<Operation, CompletionStage<HttpResponse>> then) {
    var outcome =
        asked
            .conditions()
            .evaluate(Optional.of(OperationAnswers.tag(now)), Optional.empty(), false);
    return outcome == Preconditions.Outcome.PROCEED
        ? then.apply(now)
        : Answers.now(notAsItSays(asked));
  }

  private static HttpResponse notAsItSays(Asked asked) {
    return Responses.problem(
        ProblemType.PRECONDITION_FAILED,
        "The operation is not as the conditions say; nothing was changed",
        asked.path());
  }

  private static HttpResponse changed(Asked asked, Optional<Change> change, int status) {
    var now = change.map(Change::now);
    return OperationAnswers.absent(now, asked.path())
        .orElseGet(
            () ->
                change.get().done()
                    ? done(status, now.get())
                    : Responses.problem(
                        ProblemType.CONFLICT,
                        "The operation is " + now.get().state().word() + "; nothing was changed",
                        asked.path()));
  }

  private static HttpResponse done(int status, Operation now) {
    var answer = OperationAnswers.whole(status, now);
    return status == 202
        ? answer.addHeader(Fields.field("Location", OperationPath.ROOT + "/" + now.id()))
        : answer;
  }

  /**
   * @throws CompletionException of what is not the database's
   */
  static HttpResponse notChanged(Asked asked, Throwable failure) {
    var notRead = Answers.notRead(asked.path(), failure);
    return Answers.causes(failure).anyMatch(OperationChanges::wasNotAsked)
        ? notRead
        : Responses.problem(
            ProblemType.OUTCOME_UNKNOWN,
            "The database stopped answering; ask what became of the operation",
            asked.path());
  }

  private static boolean wasNotAsked(Throwable cause) {
    return cause instanceof RejectedExecutionException
        || cause instanceof SQLException e && NOT_CONNECTED.equals(e.getSQLState());
  }
}
