package io.holdfast.admin;

import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;

/**
 * {@code /operations}: the newest of all nodes, by state and route; {@code /operations/ID/cancel}
 * and {@code retry}: orders. What clients may do on the public port, for the page.
 */
final class OperationsEndpoint {
  static final String PATH = "/operations";
  static final String PREFIX = PATH + "/";

  private static final int SHOWN = 50;

  private final OperationsView operations;
  private final Materializer materializer;

  OperationsEndpoint(OperationsView operations, Materializer materializer) {
    this.operations = operations;
    this.materializer = materializer;
  }

  CompletionStage<HttpResponse> show(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var query = request.getUri().query();
    var word = query.get("state").filter(Predicate.not(String::isEmpty));
    var state = word.flatMap(Operation.State::of);
    if (word.isPresent() && state.isEmpty()) {
      return AdminAnswers.problem(
          ProblemType.BAD_REQUEST, "state is one of " + Operation.State.words());
    }
    var route = query.get("route").filter(Predicate.not(String::isEmpty));
    return answered(
        operations
            .list(state, route, query.get("after"), SHOWN)
            .thenCompose(found -> AdminAnswers.json(200, Map.of("items", shown(found)))));
  }

  private static List<Map<String, Object>> shown(List<Operation> found) {
    return found.stream().map(OperationsEndpoint::shown).toList();
  }

  private static Map<String, Object> shown(Operation it) {
    var shown = new LinkedHashMap<String, Object>();
    shown.put("id", it.id());
    shown.put("state", it.state().word());
    shown.put("route", it.route());
    shown.put("method", it.method());
    shown.put("target", it.target());
    shown.put("attempts", it.attempts());
    shown.put("createdAt", it.createdAt().toString());
    it.nextAttemptAt().ifPresent(at -> shown.put("nextAttemptAt", at.toString()));
    it.problem().ifPresent(type -> shown.put("problem", type.typeName()));
    it.result().ifPresent(result -> shown.put("status", result.status()));
    shown.put("lastError", it.lastError());
    return shown;
  }

  CompletionStage<HttpResponse> give(HttpRequest request) {
    request.discardEntityBytes(materializer);
    var words = List.of(request.getUri().path().substring(PREFIX.length()).split("/", -1));
    var order = words.size() == 2 ? words.get(1) : "";
    return switch (order) {
      case "cancel" -> answer(operations.cancel(words.get(0)), "it is final");
      case "retry" -> answer(operations.retry(words.get(0)), "it has not failed");
      default ->
          AdminAnswers.problem(
              ProblemType.NOT_FOUND, "An operation can be ordered to cancel, or to retry");
    };
  }

  private static CompletionStage<HttpResponse> answer(
      CompletionStage<Optional<Operations.Change>> change, String otherwise) {
    return answered(
        change.thenCompose(
            it -> {
              if (it.isEmpty()) {
                return AdminAnswers.problem(ProblemType.NOT_FOUND, "There is no such operation");
              }
              return it.get().done()
                  ? AdminAnswers.json(200, shown(it.get().now()))
                  : AdminAnswers.problem(
                      ProblemType.CONFLICT,
                      "It is " + it.get().now().state().word() + ": " + otherwise);
            }));
  }

  private static CompletionStage<HttpResponse> answered(CompletionStage<HttpResponse> answer) {
    return answer.exceptionallyCompose(
        failure ->
            AdminAnswers.problem(ProblemType.DATABASE_UNAVAILABLE, "The database does not answer"));
  }
}
