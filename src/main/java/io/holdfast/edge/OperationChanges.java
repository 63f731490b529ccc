package io.holdfast.edge;

import io.holdfast.edge.OperationsHandler.Asked;
import io.holdfast.edge.Responses.Fields;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations.Change;
import io.holdfast.route.OperationPath;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
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
    return OperationAnswers.inTime(surroundings.operations().cancel(id))
        .thenApply(change -> changed(asked, change, 200))
        .exceptionally(failure -> notChanged(asked, failure));
  }

  CompletionStage<HttpResponse> retry(Asked asked, String id) {
    return OperationAnswers.inTime(surroundings.operations().find(id))
        .handle(
            (found, failure) ->
                failure == null
                    ? retry(asked, found)
                    : Answers.now(Answers.notRead(asked.path(), failure)))
        .thenCompose(answer -> answer);
  }

  private CompletionStage<HttpResponse> retry(Asked asked, Optional<Operation> found) {
    if (found.isEmpty() || found.get().state() != Operation.State.FAILED) {
      return Answers.now(changed(asked, found.map(it -> new Change(it, false)), 202));
    }
    return OperationAnswers.inTime(surroundings.operations().retry(found.get()))
        .thenApply(change -> changed(asked, change, 202))
        .exceptionally(failure -> notChanged(asked, failure));
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
  private static HttpResponse notChanged(Asked asked, Throwable failure) {
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
