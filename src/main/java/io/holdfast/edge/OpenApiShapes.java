package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Schemas and response fields of {@link OpenApi}: what stands in its components. */
final class OpenApiShapes {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Map<String, ObjectNode> HEADERS = headers();

  private OpenApiShapes() {}

  private static Map<String, ObjectNode> headers() {
    var all = new TreeMap<String, ObjectNode>();
    header(all, "Accept-Patch", "Types of patches that are taken (RFC 5789)", text());
    header(all, "Accept-Post", "Types of content that are taken", text());
    header(all, "Age", "Seconds since it was known to be current (RFC 9111)", count());
    header(all, "Allow", "Methods that are taken here", text());
    header(all, "Cache-Control", "no-store: it may be another one at any time", text());
    header(
        all,
        "Cache-Status",
        "holdfast, and whether it is from what is stored, or why not (RFC 9211)."
            + " Of a document only of an answer that may not be current:"
            + " hit; detail=owner-moving, database-away or cut-off",
        text());
    header(
        all,
        "ETag",
        "The version, as If-Match and If-None-Match take it",
        text().put("pattern", "^\"[^\"]+\"$"));
    header(
        all,
        "Idempotency-Key",
        "The key under which the same request, sent again, brings the truth",
        text());
    header(
        all,
        "Idempotent-Replayed",
        "The first answer to an earlier request under this Idempotency-Key",
        JSON.objectNode().put("type", "boolean"));
    header(all, "Last-Modified", "When it was changed; never goes backwards", text());
    header(all, "Link", "<...>; rel=\"next\": the next page, if there is one", text());
    header(all, "Location", "Where it is", text().put("format", "uri-reference"));
    header(all, "Preference-Applied", "What of Prefer was done (RFC 7240)", text());
    header(all, "Proxy-Status", "Which instance, and why (RFC 9209)", text());
    header(
        all,
        "Retry-After",
        "Seconds after which it is worth while to ask again; what a service says may be a date",
        text());
    header(all, "Via", "This cluster, by the name that all its nodes have", text());
    return all;
  }

  private static void header(
      Map<String, ObjectNode> all, String name, String description, ObjectNode schema) {
    var header = JSON.objectNode().put("description", description);
    header.set("schema", schema);
    all.put(name, header);
  }

  /**
   * Refers to a response field.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static ObjectNode header(String name) {
    if (!HEADERS.containsKey(name)) {
      throw new IllegalArgumentException("No such response field: " + name);
    }
    return JSON.objectNode().put("$ref", "#/components/headers/" + name);
  }

  static ObjectNode components(OpenApiResponses responses) {
    var components = JSON.objectNode();
    components.putObject("headers").setAll(HEADERS);
    components.set("responses", responses.all());
    var schemas = components.putObject("schemas");
    schemas.set("Problem", problem());
    var item = object(Map.of("id", text(), "etag", text()), "id", "etag");
    schemas.set("DocumentPage", object(Map.of("items", array(item)), "items"));
    schemas.set("Operation", operationShape());
    schemas.set("OperationPage", object(Map.of("items", array(ref("Operation"))), "items"));
    return components;
  }

  private static ObjectNode problem() {
    return object(
        Map.of(
            "type", uris(List.of(ProblemType.values())),
            "title", text(),
            "status", integer(400, 599),
            "detail", text(),
            "instance", text().put("description", "The path that was asked for"),
            "traceId",
                text()
                    .put("pattern", "^[0-9a-f]{32}$")
                    .put("description", "Of the request's trace; absent if it is in none")),
        "type",
        "title",
        "status",
        "detail");
  }

  /** A problem of one of these types. */
  static ObjectNode problem(Collection<ProblemType> types) {
    var one = JSON.objectNode();
    one.putObject("properties").set("type", uris(types));
    var problem = JSON.objectNode();
    problem.putArray("allOf").add(ref("Problem")).add(one);
    return problem;
  }

  static String names(Collection<ProblemType> types) {
    return types.stream().map(ProblemType::typeName).collect(Collectors.joining(", "));
  }

  private static ObjectNode uris(Collection<ProblemType> types) {
    var uri = text().put("format", "uri");
    var all = uri.putArray("enum");
    types.stream().map(ProblemType::uri).forEach(all::add);
    return uri;
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
                "attempts", count(),
                "lastError", text(),
                "problem", ref("Problem"),
                "result", object(Map.of("status", integer(100, 599), "contentLength", count()))),
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

  static ObjectNode states() {
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

  static ObjectNode any() {
    return JSON.objectNode();
  }

  static ObjectNode text() {
    return JSON.objectNode().put("type", "string");
  }

  static ObjectNode integer(int least, int most) {
    return JSON.objectNode().put("type", "integer").put("minimum", least).put("maximum", most);
  }

  private static ObjectNode count() {
    return JSON.objectNode().put("type", "integer").put("minimum", 0);
  }

  static ObjectNode ref(String schema) {
    return JSON.objectNode().put("$ref", "#/components/schemas/" + schema);
  }

  static void content(ObjectNode of, String type, ObjectNode schema) {
    of.withObject("/content").putObject(type).set("schema", schema);
  }
}
