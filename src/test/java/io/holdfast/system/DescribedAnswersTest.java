package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Answers are as {@code /openapi.json} of the node describes them: their statuses, their fields,
 * the types of their problems.
 */
class DescribedAnswersTest {
  private static final String JSON = "application/json";
  private static final String MERGE = "application/merge-patch+json";

  /** That of any message: no description needs to name it. */
  private static final Set<String> OF_THE_MESSAGE =
      Set.of("date", "server", "content-type", "content-length", "transfer-encoding", "connection");

  private static Origin service;
  private static Origin away;
  private static NodeProcesses nodes;
  private static JsonNode api;

  @BeforeAll
  static void start() throws IOException {
    service =
        Origin.start((request, it) -> it.text(200, "stored", "Cache-Control: public, max-age=60"));
    away = Origin.named("away");
    away.close();
    nodes =
        NodeProcesses.start(
            1,
            TestDatabase.H2.fresh(),
            "holdfast.documents.docs.content-max=1KiB",
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.docs.async.mode=allowed",
            "holdfast.upstreams.s.instances=" + service.url(),
            "holdfast.routes.s.path=/s",
            "holdfast.routes.s.upstream=s",
            "holdfast.upstreams.away.instances=" + away.url(),
            "holdfast.routes.away.path=/away",
            "holdfast.routes.away.upstream=away");
    api = new ObjectMapper().readTree(send("GET", "/openapi.json", "").content());
  }

  @AfterAll
  static void stop() {
    nodes.close();
    service.close();
  }

  private static Response send(String method, String target, String content, String... fields)
      throws IOException {
    var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < fields.length; i += 2) {
      head.append(fields[i]).append(": ").append(fields[i + 1]).append("\r\n");
    }
    if (!content.isEmpty()) {
      head.append("Content-Length: ").append(content.length()).append("\r\n");
    }
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), nodes.httpPort(1));
    try (var client = RawClient.connect(address)) {
      client.send(head.append("\r\n").append(content).toString());
      return method.equals("HEAD") ? client.readHeadOnly() : client.read();
    }
  }

  private static JsonNode whole(JsonNode given) {
    return given.has("$ref") ? api.at(given.get("$ref").asText().substring(1)) : given;
  }

  private static JsonNode described(String path, String method, int status) {
    var key = method.equals("QUERY") ? "x-query" : method.toLowerCase(Locale.ROOT);
    var responses = api.get("paths").get(path).get(key).get("responses");
    var exact = whole(responses.path(Integer.toString(status)));
    assertThat(exact.isMissingNode() && !responses.has("default"))
        .as("%s %s is described with %d", method, path, status)
        .isFalse();
    return exact.isMissingNode() ? responses.get("default") : exact;
  }

  private static Set<String> lowerCase(JsonNode headers) {
    var names = new TreeSet<String>();
    headers.fieldNames().forEachRemaining(it -> names.add(it.toLowerCase(Locale.ROOT)));
    return names;
  }

  /**
   * Sends it, and holds the answer against what stands at the path.
   *
   * @return the answer, which has the status that is expected
   */
  private static Response ask(
      int status, String method, String path, String target, String content, String... fields)
      throws IOException {
    var answer = send(method, target, content, fields);
    var what = "%s %s: %d %s".formatted(method, target, answer.status(), answer.fields());
    assertThat(answer.status()).as(what).isEqualTo(status);
    var described = described(path, method, status);
    var names = lowerCase(described.path("headers"));
    names.addAll(OF_THE_MESSAGE);
    if (answer.content().startsWith("stored")) {
      names.add("cache-control"); // the service's own
    }
    for (var line : answer.fields()) {
      assertThat(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT))
          .as(what)
          .isIn(names);
    }
    if (answer.field("Content-Type").orElse("").equals("application/problem+json")
        && !method.equals("HEAD")) {
      var type = new ObjectMapper().readTree(answer.content()).get("type");
      var types =
          described.at("/content/application~1problem+json/schema/allOf/1/properties/type/enum");
      assertThat(types).as(what).contains(type);
    }
    return answer;
  }

  private static String fresh() {
    return "/docs/" + UUID.randomUUID();
  }

  @Test
  void ofDocuments() throws IOException {
    var path = "/docs/{id}";
    var document = fresh();
    ask(404, "GET", path, document, "");
    ask(404, "HEAD", path, document, "");
    ask(404, "DELETE", path, document, "");
    ask(404, "PATCH", path, document, "{}", "Content-Type", MERGE);
    var key = new String[] {"Content-Type", JSON, "Idempotency-Key", "\"k\""};
    ask(201, "PUT", path, document, "{\"a\":1}", key);
    var replayed = ask(201, "PUT", path, document, "{\"a\":1}", key);
    assertThat(replayed.field("Idempotent-Replayed")).hasValue("true");
    ask(422, "PUT", path, document, "2", key);
    ask(204, "PUT", path, document, "{\"a\":2}", "Content-Type", JSON);
    var prefer = new String[] {"Content-Type", JSON, "Prefer", "return=representation"};
    ask(200, "PUT", path, document, "{\"a\":3}", prefer);
    ask(201, "PUT", path, fresh(), "3", prefer);
    ask(200, "GET", path, document, "");
    ask(200, "HEAD", path, document, "");
    ask(304, "GET", path, document, "", "If-None-Match", "*");
    ask(412, "GET", path, document, "", "If-Match", "\"0\"");
    ask(406, "GET", path, document, "", "Accept", "text/html");
    ask(400, "GET", path, document, "", "If-Match", "a b");
    ask(200, "PATCH", path, document, "{\"b\":1}", "Content-Type", MERGE);
    var minimal = new String[] {"Content-Type", MERGE, "Prefer", "return=minimal"};
    ask(204, "PATCH", path, document, "{\"b\":2}", minimal);
    ask(415, "PATCH", path, document, "{}", "Content-Type", "text/plain");
    ask(400, "PATCH", path, document, "{", "Content-Type", MERGE);
    var patch = new String[] {"Content-Type", "application/json-patch+json"};
    ask(422, "PATCH", path, document, "{}", patch);
    ask(409, "PATCH", path, document, "[{\"op\":\"remove\",\"path\":\"/no\"}]", patch);
    ask(412, "PUT", path, document, "1", "Content-Type", JSON, "If-Match", "\"0\"");
    ask(413, "PUT", path, document, '"' + "x".repeat(2000) + '"', "Content-Type", JSON);
    ask(415, "PUT", path, document, "1", "Content-Type", "text/plain");
    ask(400, "PUT", path, document, "{", "Content-Type", JSON);
    ask(204, "OPTIONS", path, document, "");
    ask(204, "DELETE", path, document, "");
  }

  @Test
  void ofCollections() throws IOException {
    var made = ask(201, "POST", "/docs", "/docs", "1", "Content-Type", JSON);
    assertThat(made.field("Location")).isPresent();
    ask(201, "POST", "/docs", "/docs", "2", "Content-Type", JSON);
    var prefer = new String[] {"Content-Type", JSON, "Prefer", "return=representation"};
    ask(201, "POST", "/docs", "/docs", "3", prefer);
    var page = ask(200, "GET", "/docs", "/docs?limit=1", "");
    assertThat(page.field("Link")).isPresent();
    ask(200, "HEAD", "/docs", "/docs", "");
    ask(200, "HEAD", "/docs", "/docs", "", "Accept", "text/event-stream");
    ask(400, "GET", "/docs", "/docs?limit=0", "");
    ask(406, "GET", "/docs", "/docs", "", "Accept", "text/html");
    ask(204, "OPTIONS", "/docs", "/docs", "");
  }

  @Test
  void ofOperations() throws IOException {
    var later = new String[] {"Content-Type", JSON, "Prefer", "respond-async"};
    var accepted = ask(202, "PUT", "/docs/{id}", fresh(), "1", later);
    var operation = accepted.field("Location").orElseThrow();
    var one = "/operations/{id}";
    ask(200, "GET", "/operations", "/operations?limit=1", "");
    ask(200, "HEAD", "/operations", "/operations", "");
    ask(400, "GET", "/operations", "/operations?limit=0", "");
    ask(204, "OPTIONS", "/operations", "/operations", "");
    ask(200, "GET", one, operation, "");
    ask(200, "HEAD", one, operation, "");
    ask(412, "GET", one, operation, "", "If-Match", "\"0\"");
    ask(406, "GET", one, operation, "", "Accept", "text/html");
    ask(404, "GET", one, "/operations/none", "");
    ask(404, "DELETE", one, "/operations/none", "");
    ask(204, "OPTIONS", one, operation, "");
    ask(404, "GET", one + "/result", "/operations/none/result", "");
    ask(404, "HEAD", one + "/result", "/operations/none/result", "");
    ask(204, "OPTIONS", one + "/result", operation + "/result", "");
    ask(404, "POST", one + "/retry", "/operations/none/retry", "");
    ask(409, "POST", one + "/retry", operation + "/retry", "");
    ask(204, "OPTIONS", one + "/retry", operation + "/retry", "");
  }

  @Test
  void ofAServiceThatAnswers() throws IOException {
    ask(200, "GET", "/s", "/s/a", "");
    var hit = ask(200, "GET", "/s", "/s/a", "");
    assertThat(hit.field("Cache-Status").orElse("")).contains("hit");
    assertThat(hit.field("Age")).isPresent();
    ask(200, "QUERY", "/s", "/s/q", "1", "Content-Type", JSON);
    ask(200, "POST", "/s", "/s/a", "1");
    var key = new String[] {"Idempotency-Key", "\"k\""};
    ask(200, "POST", "/s", "/s/b", "1", key);
    assertThat(ask(200, "POST", "/s", "/s/b", "1", key).field("Idempotent-Replayed")).isPresent();
    ask(422, "POST", "/s", "/s/b", "2", key);
    ask(400, "POST", "/s", "/s/b", "2", "Idempotency-Key", "");
    ask(204, "OPTIONS", "/s", "/s/a", "", "Max-Forwards", "0");
  }

  @Test
  void ofAServiceThatIsAway() throws IOException {
    var failed = ask(502, "GET", "/away", "/away/a", "");
    assertThat(failed.field("Proxy-Status").orElse("")).contains("next-hop");
    ask(502, "HEAD", "/away", "/away/a", "");
    ask(502, "POST", "/away", "/away/a", "1");
    ask(502, "POST", "/away", "/away/a", "1", "Idempotency-Key", "\"k\"");
    ask(504, "GET", "/away", "/away/a", "", "Cache-Control", "only-if-cached");
  }
}
