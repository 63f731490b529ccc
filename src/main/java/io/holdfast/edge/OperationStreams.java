package io.holdfast.edge;

import io.holdfast.edge.OperationsHandler.Asked;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.javadsl.Source;

/** How a stream of an operation's changes begins, or why it does not. */
final class OperationStreams {
  private static final int DIGITS_MAX = 18;

  private final OperationsHandler.Surroundings surroundings;

  OperationStreams(OperationsHandler.Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  CompletionStage<HttpResponse> watch(Asked asked, String id) {
    var lastId = asked.field("Last-Event-ID").filter(it -> !it.isEmpty());
    var seen = lastId.flatMap(OperationStreams::version);
    if (lastId.isPresent() && seen.isEmpty()) {
      return asked.refuse(
          ProblemType.BAD_REQUEST, "Last-Event-ID is the id of an event of this stream");
    }
    return OperationAnswers.inTime(surroundings.operations().find(id))
        .handle(
            (found, failure) ->
                failure == null
                    ? begin(asked, found, seen)
                    : Answers.notRead(asked.path(), failure));
  }

  private static Optional<Long> version(String lastId) {
    boolean isNumber =
        lastId.length() <= DIGITS_MAX && lastId.chars().allMatch(c -> c >= '0' && c <= '9');
    return isNumber ? Optional.of(Long.parseLong(lastId)) : Optional.empty();
  }

  private HttpResponse begin(Asked asked, Optional<Operation> found, Optional<Long> seen) {
    var absent = OperationAnswers.absent(found, asked.path());
    if (absent.isPresent()) {
      return absent.get();
    }
    var now = found.get();
    boolean isNews = seen.filter(it -> it == now.version()).isEmpty();
    if (!isNews && now.state().isFinal()) {
      return Responses.empty(204, new Responses.Fields().list()); // an EventSource ends with it
    }
    if (asked.method().equals("HEAD")) {
      return CollectionStream.response(Source.empty());
    }
    return begin(asked, now, isNews);
  }

  private HttpResponse begin(Asked asked, Operation now, boolean isNews) {
    if (surroundings.operations().isLeaving()) {
      return Responses.problem(
          ProblemType.SHED, "This node leaves; watch the operation at another", asked.path());
    }
    if (!surroundings.watching().tryBegin()) {
      return Responses.problem(
          ProblemType.SHED, "Too many requests wait for changes", asked.path());
    }
    var stream =
        new OperationStream(
            surroundings.operations(),
            surroundings.materializer(),
            () -> surroundings.watching().end());
    stream.begin(now, isNews);
    return CollectionStream.response(stream.content());
  }
}
