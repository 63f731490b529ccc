package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.route.Route;
import io.holdfast.route.RouteAsync;
import io.holdfast.route.Routes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the public port takes, as OpenAPI 3.1: documents and operations whole, and of services what
 * Holdfast itself adds to their answers. Pure.
 */
final class OpenApi {
  static final String PATH = "/openapi.json";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String JSON_TYPE = "application/json";
  private static final String PROBLEM_TYPE = "application/problem+json";
  private static final String EVENTS_TYPE = "text/event-stream";
  private static final String ID_PATTERN = "^[A-Za-z0-9._~-]{1,128}$";

  /** What any request may be answered with, whatever it asks for. */
  private static final List<Integer> ALWAYS = List.of(400, 405, 408, 414, 431, 500, 501, 503);

  /** Descriptions of answers that carry a problem, by status. */
  private static final Map<Integer, String> PROBLEMS = problems();

  private final Routes routes;
  private final ObjectNode paths = JSON.objectNode();

  private OpenApi(Routes routes) {
    this.routes = routes;
  }

  /** The document, as a JSON text. */
  static String of(Routes routes) {
    return new OpenApi(routes).whole().toString();
  }

  private static Map<Integer, String> problems() {
    var names = new TreeMap<Integer, String>();
    for (var type : ProblemType.values()) {
      names.merge(type.status(), type.typeName(), (one, other) -> one + ", " + other);
    }
    return names;
  }

  private ObjectNode whole() {
    var whole = JSON.objectNode();
    whole.put("openapi", "3.1.0");
    whole
        .putObject("info")
        .put("title", "Holdfast")
        .put("version", "1")
        .put("description", "Any node of the cluster takes any of these requests.");
    whole.putArray("servers").addObject().put("url", "/");
    routes.routes().stream().filter(route -> !route.isForwarded()).forEach(this::documents);
    routes.routes().stream().filter(Route::isForwarded).forEach(this::service);
    operations();
    whole.set("paths", paths);
    whole.set("components", components());
    return whole;
  }

  // ---- documents ----

  private void documents(Route route) {
    var prefix = route.path().equals("/") ? "" : route.path();
    var collection = paths.putObject(route.path());
    var list = operation(collection, "get", route.name() + "-list", "Ids and ETags, in order");
    parameter(list, "limit", "query", integer(1, 1000), "How many; 100 where it is absent");
    parameter(list, "after", "query", text(), "The id after which it begins");
    header(list, "Last-Event-ID", "Of a stream: the last event that is known");
    var page = answer(list, 200, "A page; Link leads to the next, or changes as they come");
    content(page, JSON_TYPE, ref("DocumentPage"));
    content(page, EVENTS_TYPE, text());
    problems(list, 406, 410);
    var make = operation(collection, "post", route.name() + "-create", "A new document");
    write(make, route);
    content(make.putObject("requestBody").put("required", true), JSON_TYPE, JSON.objectNode());
    answer(make, 201, "It is at Location");
    problems(make, 413, 415);
    var document = paths.putObject(prefix + "/{id}");
    var id = document.putArray("parameters").addObject();
    id.put("name", "id").put("in", "path").put("required", true);
    id.set("schema", text().put("pattern", ID_PATTERN));
    var read = operation(document, "get", route.name() + "-read", "The document");
    header(read, "If-None-Match", "ETags that are known: 304 while one of them is current");
    header(read, "Prefer", "wait=N: with If-None-Match, wait so many seconds for another");
    content(answer(read, 200, "As it was written; ETag"), JSON_TYPE, JSON.objectNode());
    answer(read, 304, "It is one that is known");
    problems(read, 404, 406, 412);
    var put = operation(document, "put", route.name() + "-write", "Creates or replaces it");
    write(put, route);
    header(put, "If-Match", "Only while it is one of these");
    header(put, "If-None-Match", "*: only while there is none");
    content(put.putObject("requestBody").put("required", true), JSON_TYPE, JSON.objectNode());
    answer(put, 201, "Created; ETag");
    answer(put, 204, "Replaced, or as it was; ETag");
    content(answer(put, 200, "With Prefer: return=representation"), JSON_TYPE, JSON.objectNode());
    problems(put, 412, 413, 415, 428);
    var patch = operation(document, "patch", route.name() + "-change", "Changes parts of it");
    write(patch, route);
    header(patch, "If-Match", "Only while it is one of these");
    var changes = patch.putObject("requestBody").put("required", true);
    content(changes, "application/merge-patch+json", JSON.objectNode());
    content(changes, "application/json-patch+json", JSON.objectNode().put("type", "array"));
    content(answer(patch, 200, "As it is now; ETag"), JSON_TYPE, JSON.objectNode());
    answer(patch, 204, "With Prefer: return=minimal; ETag");
    problems(patch, 404, 412, 413, 415, 428);
    var delete = operation(document, "delete", route.name() + "-delete", "Removes it");
    write(delete, route);
    header(delete, "If-Match", "Only while it is one of these");
    answer(delete, 204, "It is gone");
    problems(delete, 404, 412, 428);
  }

  private static void write(ObjectNode operation, Route route) {
    var key =
        header(operation, "Idempotency-Key", "A repeat under the same key changes nothing again");
    key.put("required", route.idempotencyKeyRequired());
    problems(operation, 409, 422, 504);
    accepts(operation, route);
  }

  private static void accepts(ObjectNode operation, Route route) {
    if (route.async().isAllowed()) {
      header(operation, "Prefer", "respond-async: answer now, and carry it out later");
      boolean always = route.async().mode() == RouteAsync.Mode.ALWAYS;
      var accepted =
          answer(
              operation,
              202,
              "Accepted; its operation is at Location" + (always ? ", always" : ""));
      content(accepted, JSON_TYPE, ref("Operation"));
    }
  }

  // ---- services ----

  /** Whatever is below the path is the service's own: no template of OpenAPI says that. */
  private void service(Route route) {
    var path = paths.putObject(route.path());
    path.put("description", "This, and whatever is below it, is answered by a service.");
    for (var method : List.of("get", "post", "put", "patch", "delete")) {
      var operation = operation(path, method, route.name() + "-" + method, "Passed on");
      ((ObjectNode) operation.get("responses"))
          .putObject("default")
          .put("description", "The service's own answer");
      problems(operation, 502, 504);
      if (!method.equals("get")) {
        header(operation, "Idempotency-Key", "A repeat under the same key gets the first answer")
            .put("required", route.idempotencyKeyRequired());
        problems(operation, 409, 413, 422);
        accepts(operation, route);
      }
    }
  }

  // ---- operations ----

  private void operations() {
    var all = paths.putObject("/operations");
    var list = operation(all, "get", "operations-list", "Operations, the newest first");
    parameter(list, "state", "query", states(), "Only those");
    parameter(list, "route", "query", text(), "Only those of that route");
    parameter(list, "limit", "query", integer(1, 1000), "How many; 100 where it is absent");
    parameter(list, "after", "query", text(), "The id behind which it begins");
    content(answer(list, 200, "A page; Link leads to the next"), JSON_TYPE, ref("OperationPage"));
    problems(list, 406);
    var one = operationPath("");
    var read = operation(one, "get", "operation-read", "An operation");
    header(read, "If-None-Match", "ETags that are known");
    header(read, "Prefer", "wait=N: with If-None-Match, wait so many seconds for another state");
    header(read, "Last-Event-ID", "Of a stream: the last event that is known");
    var state = answer(read, 200, "As it is; ETag");
    content(state, JSON_TYPE, ref("Operation"));
    content(state, EVENTS_TYPE, text());
    answer(read, 304, "It is as it is known to be");
    problems(read, 404, 406, 410, 412);
    var cancel = operation(one, "delete", "operation-cancel", "Cancels it");
    content(answer(cancel, 200, "It is cancelled"), JSON_TYPE, ref("Operation"));
    problems(cancel, 404, 409, 410, 412, 504);
    var result = operation(operationPath("/result"), "get", "operation-result", "Its answer");
    ((ObjectNode) result.get("responses"))
        .putObject("default")
        .put("description", "The answer, as it was given");
    problems(result, 404, 409, 410);
    var retry = operation(operationPath("/retry"), "post", "operation-retry", "Once more");
    content(
        answer(retry, 202, "One that had failed is accepted anew"), JSON_TYPE, ref("Operation"));
    problems(retry, 404, 409, 410, 412, 504);
  }

  private ObjectNode operationPath(String below) {
    var path = paths.putObject("/operations/{id}" + below);
    var id = path.putArray("parameters").addObject();
    id.put("name", "id").put("in", "path").put("required", true);
    id.set("schema", text());
    return path;
  }

  // ---- shapes ----

  private static ObjectNode components() {
    var components = JSON.objectNode();
    var schemas = components.putObject("schemas");
    schemas.set("Problem", problem());
    var item = object(Map.of("id", text(), "etag", text()), "id", "etag");
    schemas.set("DocumentPage", object(Map.of("items", array(item)), "items"));
    schemas.set("Operation", operationShape());
    schemas.set("OperationPage", object(Map.of("items", array(ref("Operation"))), "items"));
    return components;
  }

  private static ObjectNode problem() {
    var type = text().put("format", "uri");
    var types = type.putArray("enum");
    Stream.of(ProblemType.values()).map(ProblemType::uri).forEach(types::add);
    return object(
        Map.of(
            "type", type,
            "title", text(),
            "status", integer(400, 599),
            "detail", text(),
            "instance", text()),
        "type",
        "title",
        "status",
        "detail");
  }

  private static ObjectNode operationShape() {
    var time = text().put("format", "date-time");
    var shape =
        object(
            Map.of(
                "id", text(),
                "state", states(),
                "route", text(),
                "method", text(),
                "target", text(),
                "attempts", JSON.objectNode().put("type", "integer").put("minimum", 0),
                "lastError", text(),
                "problem", ref("Problem"),
                "result", object(Map.of("status", integer(100, 599), "contentLength", whole0()))),
            "id",
            "state",
            "route",
            "method",
            "target",
            "attempts");
    var properties = (ObjectNode) shape.get("properties");
    for (var name : List.of("createdAt", "updatedAt", "nextAttemptAt", "deadline")) {
      properties.set(name, time.deepCopy());
    }
    return shape;
  }

  private static ObjectNode whole0() {
    return JSON.objectNode().put("type", "integer").put("minimum", 0);
  }

  private static ObjectNode states() {
    var states = text();
    var words = states.putArray("enum");
    Stream.of(Operation.State.values()).map(Operation.State::word).forEach(words::add);
    return states;
  }

  private static ObjectNode object(Map<String, ObjectNode> properties, String... required) {
    var object = JSON.objectNode().put("type", "object");
    object.putObject("properties").setAll(new TreeMap<>(properties));
    if (required.length > 0) {
      ArrayNode names = object.putArray("required");
      Stream.of(required).forEach(names::add);
    }
    return object;
  }

  private static ObjectNode array(ObjectNode items) {
    var array = JSON.objectNode().put("type", "array");
    array.set("items", items);
    return array;
  }

  private static ObjectNode text() {
    return JSON.objectNode().put("type", "string");
  }

  private static ObjectNode integer(int least, int most) {
    return JSON.objectNode().put("type", "integer").put("minimum", least).put("maximum", most);
  }

  private static ObjectNode ref(String schema) {
    return JSON.objectNode().put("$ref", "#/components/schemas/" + schema);
  }

  private static ObjectNode operation(ObjectNode path, String method, String id, String summary) {
    var operation = path.putObject(method).put("operationId", id).put("summary", summary);
    operation.putObject("responses");
    problems(operation, ALWAYS.stream().mapToInt(it -> it).toArray());
    return operation;
  }

  private static ObjectNode header(ObjectNode operation, String name, String description) {
    return parameter(operation, name, "header", text(), description);
  }

  private static ObjectNode parameter(
      ObjectNode operation, String name, String in, ObjectNode schema, String description) {
    for (var known : operation.withArray("parameters")) {
      if (known.path("name").asText().equals(name) && known.path("in").asText().equals(in)) {
        return ((ObjectNode) known)
            .put("description", known.path("description").asText() + "; " + description);
      }
    }
    var parameter = operation.withArray("parameters").addObject();
    parameter.put("name", name).put("in", in).put("description", description);
    parameter.set("schema", schema);
    return parameter;
  }

  private static ObjectNode answer(ObjectNode operation, int status, String description) {
    return ((ObjectNode) operation.get("responses"))
        .putObject(Integer.toString(status))
        .put("description", description);
  }

  private static void problems(ObjectNode operation, int... statuses) {
    for (int status : statuses) {
      var names = PROBLEMS.get(status);
      content(
          answer(operation, status, "A problem: " + names.toLowerCase(Locale.ROOT)),
          PROBLEM_TYPE,
          ref("Problem"));
    }
  }

  private static void content(ObjectNode of, String type, ObjectNode schema) {
    of.withObject("/content").putObject(type).set("schema", schema);
  }
}
