package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.route.Routes;
import io.holdfast.testing.Services;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** By the rules of OpenAPI 3.1.1, sections 4.8.8 to 4.8.17. */
class OpenApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

  private final JsonNode api =
      of(
          """
          documents { docs {} }
          upstreams.s.instances = ["http://127.0.0.1:1"]
          routes {
            docs { path = "/docs", documents = docs, async.mode = allowed }
            all { path = "/", upstream = s, idempotency-key = required, async.mode = always }
            s { path = "/s/t", upstream = s }
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

  @Test
  void namesAllThatThePortTakes() {
    assertThat(api.get("openapi").asText()).isEqualTo("3.1.0");
    assertThat(api.at("/info/title").asText()).isNotEmpty();
    assertThat(api.at("/info/version").asText()).isNotEmpty();
    assertThat(operations().keySet())
        .contains(
            "get /docs",
            "post /docs",
            "get /docs/{id}",
            "put /docs/{id}",
            "patch /docs/{id}",
            "delete /docs/{id}",
            "get /",
            "post /s/t",
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
                        assertThat(answer.getValue().get("description").asText())
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
