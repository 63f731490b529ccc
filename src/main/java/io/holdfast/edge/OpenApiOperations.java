package io.holdfast.edge;

import static io.holdfast.edge.OpenApiShapes.integer;
import static io.holdfast.edge.OpenApiShapes.ref;
import static io.holdfast.edge.OpenApiShapes.text;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;

/** What {@code /operations} takes, for {@link OpenApi}. */
final class OpenApiOperations {
  private static final String JSON_TYPE = "application/json";

  private final OpenApiPaths paths;

  OpenApiOperations(OpenApiPaths paths) {
    this.paths = paths;
  }

  void describe() {
    var all = paths.path("/operations");
    paths.read(all, "operations-list", "Operations, the newest first", this::listOperations);
    paths.options(all, "operations-list", "Allow");
    var one = operationPath("");
    paths.read(one, "operation-read", "An operation", this::readOperation);
    var cancel = paths.operation(one, "delete", "operation-cancel", "Cancels it");
    changed(cancel, 200, "It is cancelled", "ETag", "Cache-Control");
    paths.options(one, "operation-read", "Allow");
    var result = operationPath("/result");
    paths.read(result, "operation-result", "Its answer", this::readResult);
    paths.options(result, "operation-result", "Allow");
    var again = operationPath("/retry");
    var retry = paths.operation(again, "post", "operation-retry", "Once more");
    changed(
        retry,
        202,
        "One that had failed is accepted anew",
        "Location",
        "ETag",
        "Cache-Control",
        "Retry-After");
    paths.options(again, "operation-retry", "Allow");
  }

  private void listOperations(OpenApiOperation list) {
    list.parameter("query", "state", OpenApiShapes.states(), "Only those");
    list.parameter("query", "route", text(), "Only those of that route");
    list.parameter("query", "limit", integer(1, 1000), "How many; 100 where it is absent");
    list.parameter("query", "after", text(), "The id behind which it begins");
    var page = list.answer(200, "A page; Link leads to the next", "Link", "Cache-Control");
    list.content(page, JSON_TYPE, ref("OperationPage"));
    list.problems(ProblemType.NOT_ACCEPTABLE);
    list.notNow();
  }

  private void readOperation(OpenApiOperation read) {
    read.takes("If-Match", "Only while it is one of these");
    read.takes("If-None-Match", "304 while one of them is current");
    read.takes("Prefer", "wait=N: with If-None-Match, wait so many seconds for another state");
    read.takes("Last-Event-ID", "Of a stream: the last event that is known");
    var fields = new String[] {"ETag", "Cache-Control", "Retry-After"};
    var state = read.answer(200, "As it is, or its states as they come", fields);
    read.content(state, JSON_TYPE, ref("Operation"));
    read.content(state, CollectionStream.TYPE, text());
    read.answer(204, "A stream of which the last event is known");
    read.answer(304, "It is as it is known to be", fields);
    read.problems(ProblemType.NOT_ACCEPTABLE, ProblemType.PRECONDITION_FAILED);
    found(read);
  }

  private void readResult(OpenApiOperation result) {
    result.anyAnswer("The answer, as it was given");
    result.problems(ProblemType.CONFLICT);
    found(result);
  }

  private static void found(OpenApiOperation operation) {
    operation.problems(ProblemType.NOT_FOUND, ProblemType.GONE);
    operation.notNow();
  }

  private void changed(OpenApiOperation change, int status, String description, String... fields) {
    change.takes("If-Match", "Only while it is one of these");
    change.content(change.answer(status, description, fields), JSON_TYPE, ref("Operation"));
    change.problems(
        ProblemType.CONFLICT, ProblemType.PRECONDITION_FAILED, ProblemType.OUTCOME_UNKNOWN);
    found(change);
  }

  private ObjectNode operationPath(String below) {
    var path = paths.path("/operations/{id}" + below);
    paths.idOf(path, text());
    return path;
  }
}
