package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.http.Problem;
import io.holdfast.http.ProblemType;
import io.holdfast.route.Routes;
import io.holdfast.testing.Services;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** By the rules of OpenAPI 3.1.1, sections 4.8.8 to 4.8.17. */
class OpenApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> METHODS =
      Set.of("get", "head", "options", "put", "post", "delete", "patch", "x-query");
  private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

  private final JsonNode api =
      of(
          """
          documents { docs {} }
          upstreams.s.instances = ["http://127.0.0.1:1"]
          routes {
            docs { path = "/docs", documents = docs, async.mode = allowed }
            kept { path = "/kept", documents = docs }
            all { path = "/", upstream = s, idempotency-key = required, async.mode = always }
            s { path = "/s/t", upstream = s, cache.mode = off }
            f {
              path = "/f", upstream = s, cache.mode = off
              fallback { status = 503, content-type = "text/plain", content = "soon" }
            }
          }
          """);

  private static JsonNode of(String holdfast) {
    try {
      return JSON.readTree(OpenApi.of(new Routes(Services.settings(holdfast).routes())));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Map<String, JsonNode> operations() {
    var operations = new java.util.TreeMap<String, JsonNode>();
    api.get("paths")
        .fields()
        .forEachRemaining(
            path ->
                path.getValue()
                    .fields()
                    .forEachRemaining(
                        it -> {
                          if (METHODS.contains(it.getKey())) {
                            operations.put(it.getKey() + " " + path.getKey(), it.getValue());
                          }
                        }));
    return operations;
  }

  @Test
  void aValidatorHasNothingToSay() {
    assertThat(faults(api)).isEmpty();
  }

  /** So that it is known to look. */
  @Test
  void theValidatorFindsWhatIsWrong() {
    var wrong = (ObjectNode) api.deepCopy();
    ((ObjectNode) wrong.at("/paths/~1docs~1{id}/get")).remove("responses");
    ((ObjectNode) wrong.get("info")).remove("title");
    ((ObjectNode) wrong.get("paths")).putObject("/x").putObject("get").put("parameters", 7);
    assertThat(faults(wrong)).anyMatch(it -> it.contains("title")).hasSizeGreaterThan(1);
  }

  private static List<String> faults(JsonNode document) {
    var options = new ParseOptions();
    options.setResolve(true);
    return new OpenAPIV3Parser().readContents(document.toString(), null, options).getMessages();
  }

  /** A response, a field or a schema, or where it stands. */
  private JsonNode whole(JsonNode given) {
    return given.has("$ref") ? api.at(given.get("$ref").asText().substring(1)) : given;
  }

  /** Each answer: status, types of problems, and in brackets the fields that it may have. */
  private List<String> answers(String operation) {
    var answers = new ArrayList<String>();
    operations()
        .get(operation)
        .get("responses")
        .fields()
        .forEachRemaining(it -> answers.add(it.getKey() + said(whole(it.getValue()))));
    return answers;
  }

  private String said(JsonNode answer) {
    var fields = new TreeSet<String>();
    answer.path("headers").fieldNames().forEachRemaining(fields::add);
    var types = String.join(" ", problems(answer));
    return (types.isEmpty() ? "" : " " + types) + (fields.isEmpty() ? "" : " " + fields);
  }

  private List<String> problems(JsonNode answer) {
    var names = new ArrayList<String>();
    answer
        .at("/content/application~1problem+json/schema/allOf/1/properties/type/enum")
        .forEach(it -> names.add(it.asText().substring("https://holdfast.dev/problems/".length())));
    return names;
  }

  /** Without what any request may be answered with. */
  private List<String> ownAnswers(String operation) {
    var own = answers(operation);
    own.removeAll(ALWAYS);
    return own;
  }

  private static final List<String> ALWAYS =
      List.of(
          "400 bad-request",
          "408 request-timeout",
          "414 uri-too-long",
          "431 header-too-large",
          "500 internal",
          "501 not-implemented",
          "505 http-version-not-supported");

  @Test
  void anyRequestMayBeRefusedForWhatItsBytesAre() {
    for (var operation : operations().keySet()) {
      if (!operation.startsWith("head ")) {
        assertThat(answers(operation)).as(operation).containsAll(ALWAYS.subList(1, ALWAYS.size()));
        assertThat(answers(operation)).as(operation).anyMatch(it -> it.startsWith("400 bad-req"));
        assertThat(answers(operation))
            .as(operation)
            .anyMatch(it -> it.matches("503 .*shed.* \\[.*Retry-After.*]"));
      }
    }
  }

  @Test
  void saysWithWhatADocumentIsRead() {
    assertThat(ownAnswers("get /docs/{id}"))
        .containsExactlyInAnyOrder(
            "200 [Age, Cache-Status, ETag, Last-Modified]",
            "304 [Age, Cache-Status, ETag, Last-Modified]",
            "404 not-found [Age, Cache-Status]",
            "406 not-acceptable",
            "412 precondition-failed [Age, Cache-Status]",
            "503 owner-unavailable database-unavailable shed [Retry-After]");
    assertThat(ownAnswers("head /docs/{id}"))
        .contains(
            "200 [Age, Cache-Status, ETag, Last-Modified]",
            "404 [Age, Cache-Status]",
            "503 [Retry-After]");
    assertThat(ownAnswers("get /docs"))
        .containsExactlyInAnyOrder(
            "200 [Cache-Control, Link]",
            "406 not-acceptable",
            "410 gone",
            "503 owner-unavailable database-unavailable shed [Retry-After]");
    assertThat(ownAnswers("options /docs/{id}")).contains("204 [Accept-Patch, Allow]");
    assertThat(ownAnswers("options /docs")).contains("204 [Accept-Post, Allow]");
  }

  @Test
  void saysWithWhatADocumentIsWritten() {
    assertThat(ownAnswers("patch /kept/{id}"))
        .containsExactlyInAnyOrder(
            "200 [ETag, Idempotent-Replayed, Last-Modified, Preference-Applied]",
            "204 [ETag, Idempotent-Replayed, Last-Modified, Preference-Applied]",
            "400 bad-request invalid-json",
            "404 not-found [Idempotent-Replayed]",
            "406 not-acceptable",
            "409 conflict [Idempotent-Replayed, Retry-After]",
            "412 precondition-failed [Idempotent-Replayed]",
            "413 content-too-large [Idempotent-Replayed]",
            "415 unsupported-media-type [Accept-Patch]",
            "422 unprocessable-patch idempotency-key-reused",
            "428 precondition-required [Idempotent-Replayed]",
            "503 owner-unavailable database-unavailable shed [Retry-After]",
            "504 outcome-unknown [Idempotency-Key]");
    assertThat(ownAnswers("post /kept"))
        .contains("201 [ETag, Idempotent-Replayed, Last-Modified, Location, Preference-Applied]")
        .noneMatch(it -> it.matches("(202|404|412|428|502).*"));
    assertThat(ownAnswers("put /kept/{id}"))
        .contains("204 [ETag, Idempotent-Replayed, Last-Modified, Preference-Applied]")
        .noneMatch(it -> it.matches("(202|404|502).*"));
    assertThat(ownAnswers("delete /kept/{id}"))
        .contains("204 [Idempotent-Replayed]")
        .noneMatch(it -> it.matches("(406|413|415).*"));
  }

  @Test
  void saysWhatIsAcceptedToBeCarriedOutLater() {
    var accepted =
        "202 [Cache-Control, Idempotent-Replayed, Location, Preference-Applied, Retry-After]";
    assertThat(ownAnswers("put /docs/{id}"))
        .contains(
            accepted,
            "410 gone",
            "502 upstream-failed",
            "504 upstream-timeout outcome-unknown [Idempotency-Key]");
    assertThat(ownAnswers("post /")).contains(accepted, "410 gone");
    assertThat(ownAnswers("get /")).noneMatch(it -> it.matches("(202|410).*"));
    assertThat(ownAnswers("post /s/t")).noneMatch(it -> it.matches("(202|410).*"));
  }

  @Test
  void saysWhatHoldfastAddsToARouteToAServiceThatStoresResponses() {
    for (var retrieval : List.of("get /", "x-query /")) {
      assertThat(ownAnswers(retrieval))
          .containsExactlyInAnyOrder(
              "default [Age, Cache-Status, Via]",
              "502 upstream-failed [Cache-Status, Proxy-Status, Retry-After]",
              "503 breaker-open no-instance shed [Cache-Status, Proxy-Status, Retry-After]",
              "504 upstream-timeout [Cache-Status, Proxy-Status, Retry-After]",
              "508 loop [Proxy-Status]");
    }
    assertThat(ownAnswers("head /")).contains("default [Age, Cache-Status, Via]");
    assertThat(ownAnswers("put /"))
        .containsExactlyInAnyOrder(
            "default [Cache-Status, Idempotent-Replayed, Via]",
            "202 [Cache-Control, Idempotent-Replayed, Location, Preference-Applied, Retry-After]",
            "400 bad-request idempotency-key-missing",
            "409 conflict [Retry-After]",
            "410 gone",
            "413 content-too-large",
            "422 idempotency-key-reused",
            "502 upstream-failed [Proxy-Status, Retry-After]",
            "503 owner-unavailable database-unavailable breaker-open no-instance shed"
                + " [Proxy-Status, Retry-After]",
            "504 upstream-timeout outcome-unknown"
                + " [Idempotency-Key, Proxy-Status, Retry-After]",
            "508 loop [Proxy-Status]");
  }

  @Test
  void saysWhatHoldfastAddsToARouteToAServiceThatStoresNothing() {
    assertThat(ownAnswers("get /s/t"))
        .containsExactlyInAnyOrder(
            "default [Via]",
            "502 upstream-failed [Proxy-Status, Retry-After]",
            "503 breaker-open no-instance shed [Proxy-Status, Retry-After]",
            "504 upstream-timeout [Proxy-Status, Retry-After]",
            "508 loop [Proxy-Status]");
    assertThat(answers("post /s/t"))
        .contains(
            "default [Idempotent-Replayed, Via]",
            "400 bad-request",
            "503 database-unavailable breaker-open no-instance shed [Proxy-Status, Retry-After]");
    assertThat(ownAnswers("options /s/t")).contains("204", "default [Via]");
  }

  /** Its status may be that of a problem, too. */
  @Test
  void saysWhatStandsInForAServiceThatFails() {
    assertThat(ownAnswers("get /f"))
        .contains(
            "default [Cache-Status, Via]",
            "503 breaker-open no-instance shed [Cache-Status, Proxy-Status, Retry-After, Via]");
    assertThat(api.at("/paths/~1f/get/responses/503/content").has("text/plain")).isTrue();
    assertThat(api.at("/paths/~1f/head/responses/503").has("content")).isFalse();
    assertThat(ownAnswers("post /f")).contains("default [Idempotent-Replayed, Via]");
  }

  @Test
  void saysWithWhatOperationsAreAnswered() {
    var notNow = "503 owner-unavailable database-unavailable shed [Retry-After]";
    assertThat(ownAnswers("get /operations"))
        .containsExactlyInAnyOrder("200 [Cache-Control, Link]", "406 not-acceptable", notNow);
    assertThat(ownAnswers("get /operations/{id}"))
        .containsExactlyInAnyOrder(
            "200 [Cache-Control, ETag, Retry-After]",
            "204",
            "304 [Cache-Control, ETag, Retry-After]",
            "404 not-found",
            "406 not-acceptable",
            "410 gone",
            "412 precondition-failed",
            notNow);
    assertThat(ownAnswers("post /operations/{id}/retry"))
        .containsExactlyInAnyOrder(
            "202 [Cache-Control, ETag, Location, Retry-After]",
            "404 not-found",
            "409 conflict",
            "410 gone",
            "412 precondition-failed",
            notNow,
            "504 outcome-unknown");
    assertThat(ownAnswers("get /operations/{id}/result"))
        .containsExactlyInAnyOrder("default", "404 not-found", "409 conflict", "410 gone", notNow);
  }

  /** Those of the admin port, and 405, which no operation that is named is answered with. */
  private static final Set<String> ELSEWHERE =
      Set.of("unauthorized", "forbidden", "too-many-requests", "method-not-allowed");

  @Test
  void eachTypeOfProblemIsSomeOperationsAndIsToldWithItsStatus() {
    var told = new TreeSet<String>();
    operations()
        .forEach(
            (name, it) ->
                it.get("responses")
                    .fields()
                    .forEachRemaining(
                        answer ->
                            problems(whole(answer.getValue()))
                                .forEach(type -> told.add(answer.getKey() + " " + type))));
    var expected =
        Stream.of(ProblemType.values())
            .filter(it -> !ELSEWHERE.contains(it.typeName()))
            .map(it -> it.status() + " " + it.typeName())
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told).isEqualTo(expected);
    assertThat(api.at("/info/description").asText()).contains("405 method-not-allowed");
  }

  @Test
  void aProblemHasATraceWhereThereIsOne() throws Exception {
    var problem = api.at("/components/schemas/Problem");
    var traced =
        JSON.readTree(
            Problem.of(ProblemType.CONFLICT, "d")
                .withInstance("/")
                .inTrace("0".repeat(32))
                .toJson());
    assertThat(problem.get("properties").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrderElementsOf(traced::fieldNames);
    assertThat(traced.get("traceId").asText())
        .matches(problem.at("/properties/traceId/pattern").asText());
    assertThat(problem.get("required")).noneMatch(it -> it.asText().equals("traceId"));
  }

  @Test
  void eachFieldOfAnAnswerIsDescribedOnceAndSomeAnswers() {
    var named = new TreeSet<String>();
    operations()
        .forEach(
            (name, it) ->
                it.get("responses")
                    .forEach(
                        answer ->
                            whole(answer)
                                .path("headers")
                                .fields()
                                .forEachRemaining(
                                    field -> {
                                      assertThat(field.getValue().path("$ref").asText())
                                          .isEqualTo("#/components/headers/" + field.getKey());
                                      named.add(field.getKey());
                                    })));
    var described = new TreeSet<String>();
    api.at("/components/headers")
        .fields()
        .forEachRemaining(
            it -> {
              described.add(it.getKey());
              assertThat(it.getValue().get("description").asText()).isNotEmpty();
              assertThat(it.getValue().at("/schema/type").asText()).isNotEmpty();
            });
    assertThat(named).isEqualTo(described);
  }

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ((?:`[A-Z/a-z{}, ]+`(?:, )?)+) \\| (.*) \\|$");

  private static final Pattern STATUS = Pattern.compile("\\b[2-5][0-9]{2}\\b");

  /** Rows such as {@code | `GET`, `HEAD /docs/{id}` | 200 ...; 304, 404 |}. */
  @Test
  void saysEachStatusThatReadmeSays() throws Exception {
    int rows = 0;
    var path = "";
    for (var row : ROW.matcher(Files.readString(Path.of("README.md"))).results().toList()) {
      var heads = row.group(1).replace("`", "").split(", ");
      var last = heads[heads.length - 1].split(" ");
      path = last.length == 2 ? last[1] : path;
      for (var head : heads) {
        var operation = head.split(" ")[0].toLowerCase(java.util.Locale.ROOT) + " " + path;
        if (!operations().containsKey(operation)) {
          continue;
        }
        rows++;
        for (var status : STATUS.matcher(row.group(2)).results().toList()) {
          assertThat(operations().get(operation).get("responses").has(status.group()))
              .as(operation + " " + status.group())
              .isTrue();
        }
      }
    }
    assertThat(rows).isGreaterThan(15);
  }

  @Test
  void namesAllThatThePortTakes() {
    assertThat(api.get("openapi").asText()).isEqualTo("3.1.0");
    assertThat(api.at("/info/title").asText()).isNotEmpty();
    assertThat(api.at("/info/version").asText()).isNotEmpty();
    assertThat(operations().keySet())
        .contains(
            "get /docs",
            "post /docs",
            "options /docs",
            "get /docs/{id}",
            "head /docs/{id}",
            "options /docs/{id}",
            "put /docs/{id}",
            "patch /docs/{id}",
            "delete /docs/{id}",
            "get /",
            "post /s/t",
            "head /s/t",
            "x-query /s/t",
            "get /operations",
            "get /operations/{id}",
            "delete /operations/{id}",
            "get /operations/{id}/result",
            "post /operations/{id}/retry");
  }

  @Test
  void eachOperationHasANameOfItsOwnAndAnswersThatSayWhatTheyAre() {
    var names = new HashSet<String>();
    operations()
        .forEach(
            (name, it) -> {
              assertThat(names.add(it.get("operationId").asText())).as(name).isTrue();
              assertThat(it.get("responses").size()).as(name).isPositive();
              it.get("responses")
                  .fields()
                  .forEachRemaining(
                      answer -> {
                        assertThat(answer.getKey()).as(name).matches("[1-5][0-9]{2}|default");
                        assertThat(whole(answer.getValue()).get("description").asText())
                            .as(name)
                            .isNotEmpty();
                      });
            });
  }

  @Test
  void eachParameterIsDeclaredOnceWithASchemaAndEachVariableOfAPathIsOne() {
    api.get("paths")
        .fields()
        .forEachRemaining(
            path -> {
              var variables = new TreeSet<String>();
              VARIABLE.matcher(path.getKey()).results().forEach(it -> variables.add(it.group(1)));
              var declared = new TreeSet<String>();
              path.getValue()
                  .path("parameters")
                  .forEach(it -> declared.add(it.get("name").asText()));
              assertThat(declared).as(path.getKey()).isEqualTo(variables);
              path.getValue()
                  .path("parameters")
                  .forEach(it -> assertThat(it.get("required").asBoolean()).isTrue());
            });
    operations()
        .forEach(
            (name, it) -> {
              var seen = new HashSet<String>();
              for (var parameter : it.path("parameters")) {
                var key = parameter.get("in").asText() + " " + parameter.get("name").asText();
                assertThat(seen.add(key)).as(name + ": " + key).isTrue();
                assertThat(parameter.has("schema")).as(name + ": " + key).isTrue();
                assertThat(parameter.get("in").asText()).isIn("query", "header");
              }
            });
  }

  @Test
  void eachReferenceLeadsSomewhere() {
    var references = new ArrayList<String>();
    collect(api, references);
    assertThat(references).hasSizeGreaterThan(20);
    for (var reference : references) {
      assertThat(api.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
  }

  private static void collect(JsonNode node, List<String> references) {
    if (node.has("$ref")) {
      references.add(node.get("$ref").asText());
    }
    node.forEach(it -> collect(it, references));
  }

  @Test
  void saysWhatTheConfigurationAsksFor() {
    assertThat(api.at("/paths/~1docs~1{id}/put/responses").has("202")).isTrue();
    assertThat(api.at("/paths/~1s~1t/post/responses").has("202")).isFalse();
    var parameters = api.at("/paths/~1/post/parameters");
    assertThat(parameters)
        .anyMatch(
            it ->
                it.get("name").asText().equals("Idempotency-Key")
                    && it.get("required").asBoolean());
  }
}
