package io.holdfast.edge;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.ProblemType;
import io.holdfast.route.Route;
import io.holdfast.route.RouteAsync;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One operation of {@link OpenApi} while it is described: what it takes, and what it is answered
 * with.
 */
final class OpenApiOperation {
  /** What any request may be answered with, whatever it asks for. */
  private static final ProblemType[] ALWAYS = {
    ProblemType.BAD_REQUEST,
    ProblemType.REQUEST_TIMEOUT,
    ProblemType.URI_TOO_LONG,
    ProblemType.HEADER_TOO_LARGE,
    ProblemType.INTERNAL,
    ProblemType.NOT_IMPLEMENTED,
    ProblemType.SHED,
    ProblemType.HTTP_VERSION_NOT_SUPPORTED
  };

  private final ObjectNode node;
  private final boolean hasContent;
  private final Map<Integer, EnumSet<ProblemType>> problems = new TreeMap<>();
  private final Map<Integer, Set<String>> fields = new TreeMap<>();

  /**
   * @param method its key in the path item; what {@code head} is answered with has no content
   */
  OpenApiOperation(ObjectNode path, String method, String id, String summary) {
    node = path.putObject(method).put("operationId", id).put("summary", summary);
    node.putObject("responses");
    hasContent = !method.equals("head");
    problems(ALWAYS);
    problemFields(503, "Retry-After");
  }

  /** A request field that means something here; each once, with all that is said of it. */
  ObjectNode takes(String field, String description) {
    return parameter("header", field, OpenApiShapes.text(), description);
  }

  ObjectNode parameter(String in, String name, ObjectNode schema, String description) {
    for (var known : node.withArray("parameters")) {
      if (known.path("name").asText().equals(name) && known.path("in").asText().equals(in)) {
        return ((ObjectNode) known)
            .put("description", known.path("description").asText() + "; " + description);
      }
    }
    var parameter = node.withArray("parameters").addObject();
    parameter.put("name", name).put("in", in).put("description", description);
    parameter.set("schema", schema);
    return parameter;
  }

  /** Content of one of these types is needed. */
  OpenApiOperation takesContent(Map<String, ObjectNode> schemas) {
    var content = node.putObject("requestBody").put("required", true);
    new TreeMap<>(schemas).forEach((type, schema) -> OpenApiShapes.content(content, type, schema));
    return this;
  }

  /** An answer that is no problem, with the fields that it may have. */
  ObjectNode answer(int status, String description, String... fields) {
    return answer(Integer.toString(status), description, fields);
  }

  /** What has any other status. */
  ObjectNode anyAnswer(String description, String... fields) {
    return answer("default", description, fields);
  }

  private ObjectNode answer(String key, String description, String... fields) {
    var answer = responses().putObject(key).put("description", description);
    fields(answer, Set.of(fields));
    return answer;
  }

  /** Content of an answer; a {@code HEAD} has none. */
  void content(ObjectNode answer, String type, ObjectNode schema) {
    if (hasContent) {
      OpenApiShapes.content(answer, type, schema);
    }
  }

  OpenApiOperation problems(ProblemType... types) {
    for (var type : types) {
      problems
          .computeIfAbsent(type.status(), status -> EnumSet.noneOf(ProblemType.class))
          .add(type);
    }
    return this;
  }

  /** Fields that a problem of that status may have. */
  OpenApiOperation problemFields(int status, String... names) {
    fields.computeIfAbsent(status, it -> new TreeSet<>()).addAll(Set.of(names));
    return this;
  }

  /** Not now, and it will not be. */
  OpenApiOperation notNow() {
    return problems(ProblemType.OWNER_UNAVAILABLE, ProblemType.DATABASE_UNAVAILABLE);
  }

  /** What an {@code Idempotency-Key} brings with it. */
  void keyed(Route route, String description) {
    takes("Idempotency-Key", description).put("required", route.idempotencyKeyRequired());
    if (route.idempotencyKeyRequired()) {
      problems(ProblemType.IDEMPOTENCY_KEY_MISSING);
    }
    problems(ProblemType.CONFLICT, ProblemType.IDEMPOTENCY_KEY_REUSED, ProblemType.OUTCOME_UNKNOWN);
    problemFields(409, "Retry-After").problemFields(504, "Idempotency-Key");
  }

  /** To be carried out later, where the route allows that. */
  void accepts(Route route) {
    if (!route.async().isAllowed()) {
      return;
    }
    takes("Prefer", "respond-async: answer now, and carry it out later; wait=N: with its result");
    boolean always = route.async().mode() == RouteAsync.Mode.ALWAYS;
    var accepted =
        answer(
            202,
            "Accepted; its operation is at Location" + (always ? ", always" : ""),
            "Location",
            "Retry-After",
            "Preference-Applied",
            "Cache-Control",
            "Idempotent-Replayed");
    content(accepted, "application/json", OpenApiShapes.ref("Operation"));
    problems(
        ProblemType.GONE,
        ProblemType.CONTENT_TOO_LARGE,
        ProblemType.UPSTREAM_FAILED,
        ProblemType.UPSTREAM_TIMEOUT,
        ProblemType.OUTCOME_UNKNOWN);
    notNow();
  }

  /** Once all is said. */
  void end(OpenApiResponses shared) {
    problems.forEach(
        (status, types) -> {
          var key = Integer.toString(status);
          var problem = problem(types, fields.getOrDefault(status, Set.of()));
          if (responses().has(key)) {
            join((ObjectNode) responses().get(key), problem);
          } else {
            responses().set(key, shared.reference("problem-" + key, problem));
          }
        });
  }

  private ObjectNode problem(Set<ProblemType> types, Set<String> fields) {
    var problem = JsonNodeFactory.instance.objectNode();
    problem.put("description", "A problem: " + OpenApiShapes.names(types));
    fields(problem, fields);
    content(problem, ProblemAnswer.MEDIA_TYPE, OpenApiShapes.problem(types));
    return problem;
  }

  /** An answer that may be a problem just as well. */
  private static void join(ObjectNode answer, ObjectNode problem) {
    answer.put(
        "description",
        answer.get("description").asText() + ". " + problem.get("description").asText());
    for (var part : new String[] {"headers", "content"}) {
      if (problem.has(part)) {
        answer.withObject("/" + part).setAll((ObjectNode) problem.get(part));
      }
    }
  }

  private static void fields(ObjectNode answer, Set<String> names) {
    new TreeSet<>(names)
        .forEach(name -> answer.withObject("/headers").set(name, OpenApiShapes.header(name)));
  }

  private ObjectNode responses() {
    return (ObjectNode) node.get("responses");
  }
}
