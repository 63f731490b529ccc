package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.assertProblem;
import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.http.HttpDate;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Documents as a client sees them, through two real nodes: what one has written the other reads.
 */
class DocumentsTest {
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    nodes =
        NodeProcesses.start(
            2,
            TestDatabase.H2.fresh(),
            "holdfast.documents.docs.content-max=1KiB",
            "holdfast.documents.strict.if-match=required",
            "holdfast.documents.small.memory-max=1MiB",
            "holdfast.documents.small.copies-max=64KiB",
            "holdfast.routes.small.path=/small",
            "holdfast.routes.small.documents=small",
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.strict.path=/strict",
            "holdfast.routes.strict.documents=strict",
            "holdfast.routes.strict.idempotency-key=required");
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private static String fresh() {
    return "/docs/" + UUID.randomUUID();
  }

  @Test
  void whatOneNodeHasAcknowledgedTheOtherReads() {
    var path = fresh();
    var created = nodes.put(1, path, "{\"a\": 1.50}");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(field(created, "ETag")).isEqualTo("\"1\"");
    var read = nodes.get(2, path);
    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.body()).isEqualTo("{\"a\": 1.50}");
    assertThat(field(read, "ETag")).isEqualTo("\"1\"");
    assertThat(field(read, "Content-Type")).isEqualTo("application/json");
    assertThat(field(read, "Last-Modified"))
        .isEqualTo(field(created, "Last-Modified"))
        .isNotEmpty();
    assertThat(field(read, "Cache-Status")).isEmpty();
  }

  /** 100 documents of 44 KiB, where each of two nodes keeps 1 MiB. */
  @Test
  void aCollectionMayBeLargerThanItsMemory() {
    var paths = IntStream.range(0, 100).mapToObj(i -> "/small/" + UUID.randomUUID()).toList();
    for (var path : paths) {
      assertThat(nodes.put(1, path, large(path)).statusCode()).isEqualTo(201);
    }
    for (var path : paths) {
      var read = nodes.get(2, path);
      assertThat(read.body()).isEqualTo(large(path));
      assertThat(field(read, "ETag")).isEqualTo("\"1\"");
      assertThat(field(read, "Cache-Status")).isEmpty();
    }
    for (int node = 1; node <= 2; node++) {
      int asked = node;
      await().untilAsserted(() -> assertThat(memoryOf(asked)).isBetween(1, 1024 * 1024));
    }
    for (var path : paths) {
      var written = nodes.put(2, path, "2", "If-Match", "\"1\"");
      assertThat(field(written, "ETag")).isEqualTo("\"2\"");
    }
  }

  private static String large(String path) {
    return "\"" + path + "x".repeat(40 * 1024) + "\"";
  }

  private static int memoryOf(int node) {
    var metrics = nodes.send(nodes.admin(node, "/metrics"), "GET", "").body();
    var line =
        metrics
            .lines()
            .filter(it -> it.startsWith("holdfast_documents_memory_bytes{collection=\"small\""))
            .findFirst();
    return (int) Double.parseDouble(line.orElseThrow().replaceAll(".* ", ""));
  }

  @Test
  void noAnswerIsOlderThanWhatItTellsOf() {
    for (int i = 0; i < 20; i++) {
      var answer = nodes.put(1 + i % 2, fresh(), "1");
      var date = HttpDate.parse(field(answer, "Date")).orElseThrow();
      assertThat(HttpDate.parse(field(answer, "Last-Modified")).orElseThrow())
          .isBeforeOrEqualTo(date);
    }
  }

  @Test
  void headHasTheFieldsOfGetAndNoContent() {
    var path = fresh();
    nodes.put(1, path, "[1]");
    var head = nodes.send(2, "HEAD", path, null);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(field(head, "ETag")).isEqualTo("\"1\"");
    assertThat(field(head, "Content-Length")).isEqualTo("3");
    assertThat(head.body()).isEmpty();
  }

  @Test
  void replacesWith204AndLeavesTheSameContentAlone() {
    var path = fresh();
    nodes.put(1, path, "1");
    var replaced = nodes.put(2, path, "2");
    assertThat(replaced.statusCode()).isEqualTo(204);
    assertThat(field(replaced, "ETag")).isEqualTo("\"2\"");
    var same = nodes.put(1, path, "2");
    assertThat(same.statusCode()).isEqualTo(204);
    assertThat(field(same, "ETag")).isEqualTo("\"2\"");
  }

  @Test
  void deletesOnce() {
    var path = fresh();
    nodes.put(1, path, "1");
    assertThat(nodes.send(2, "DELETE", path, null).statusCode()).isEqualTo(204);
    assertProblem(nodes.get(1, path), 404, "not-found");
    assertProblem(nodes.send(1, "DELETE", path, null), 404, "not-found");
    var again = nodes.put(1, path, "1");
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(field(again, "ETag")).isEqualTo("\"3\"");
  }

  @Test
  void writesOnConditionOnly() {
    var path = fresh();
    assertProblem(nodes.put(1, path, "1", "If-Match", "*"), 412, "precondition-failed");
    assertThat(nodes.put(1, path, "1", "If-None-Match", "*").statusCode()).isEqualTo(201);
    assertProblem(nodes.put(2, path, "1", "If-None-Match", "*"), 412, "precondition-failed");
    assertThat(nodes.put(2, path, "2", "If-Match", "\"1\"").statusCode()).isEqualTo(204);
    assertProblem(nodes.put(1, path, "3", "If-Match", "\"1\""), 412, "precondition-failed");
    assertProblem(
        nodes.send(1, "DELETE", path, null, "If-Match", "\"1\""), 412, "precondition-failed");
  }

  @Test
  void readsOnConditionOnly() {
    var path = fresh();
    var created = nodes.put(1, path, "1");
    var unchanged = nodes.get(2, path, "If-None-Match", "W/\"1\"");
    assertThat(unchanged.statusCode()).isEqualTo(304);
    assertThat(field(unchanged, "ETag")).isEqualTo("\"1\"");
    assertThat(unchanged.body()).isEmpty();
    assertThat(
            nodes.get(2, path, "If-Modified-Since", field(created, "Last-Modified")).statusCode())
        .isEqualTo(304);
    assertThat(nodes.get(2, path, "If-None-Match", "\"2\"").statusCode()).isEqualTo(200);
    assertProblem(nodes.get(2, path, "If-Match", "\"2\""), 412, "precondition-failed");
  }

  @Test
  void whatWasRefusedUnderAKeyIsRefusedAgainUnderIt() {
    var path = fresh();
    var key = new String[] {"If-Match", "\"1\"", "Idempotency-Key", "\"r-1\""};
    assertProblem(nodes.put(1, path, "1", key), 412, "precondition-failed");
    assertThat(nodes.put(2, path, "0").statusCode()).isEqualTo(201);
    assertProblem(nodes.put(2, path, "1", key), 412, "precondition-failed");
    assertProblem(
        nodes.put(1, path, "2", "Idempotency-Key", "\"r-1\""), 422, "idempotency-key-reused");
    assertThat(
            nodes.put(1, path, "1", "If-Match", "\"1\"", "Idempotency-Key", "\"r-2\"").statusCode())
        .isEqualTo(204);
  }

  @Test
  void theSameKeyGivesTheFirstAnswerAgain() {
    var path = fresh();
    var first = nodes.put(1, path, "1", "Idempotency-Key", "\"k-1\"");
    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(field(first, "Idempotent-Replayed")).isEmpty();
    nodes.put(1, path, "2");
    var again = nodes.put(2, path, "1", "Idempotency-Key", "k-1");
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(field(again, "ETag")).isEqualTo("\"1\"");
    assertThat(field(again, "Idempotent-Replayed")).isEqualTo("true");
    assertThat(nodes.get(1, path).body()).isEqualTo("2");
    assertProblem(nodes.put(2, path, "3", "Idempotency-Key", "k-1"), 422, "idempotency-key-reused");
  }

  @Test
  void aRouteCanAskForAKeyAndACollectionForIfMatch() {
    var path = "/strict/" + UUID.randomUUID();
    assertProblem(nodes.put(1, path, "1"), 400, "idempotency-key-missing");
    assertThat(nodes.put(1, path, "1", "Idempotency-Key", "a").statusCode()).isEqualTo(201);
    assertProblem(nodes.put(1, path, "2", "Idempotency-Key", "b"), 428, "precondition-required");
    assertThat(nodes.put(1, path, "2", "Idempotency-Key", "c", "If-Match", "\"1\"").statusCode())
        .isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"a\":1,\"a\":2}",
        "[1] [2]",
        "{'a':1}",
        "nul",
        "\"\\ud800\"",
        "\ufeff{}",
        "[01]"
      })
  void refusesWhatIsNoJsonDocumentAndStoresNothing(String content) {
    var path = fresh();
    assertProblem(nodes.put(1, path, content), 400, "invalid-json");
    assertThat(nodes.get(2, path).statusCode()).isEqualTo(404);
  }

  @Test
  void refusesWhatIsNestedTooDeep() {
    assertThat(nodes.put(1, fresh(), "[".repeat(64) + "]".repeat(64)).statusCode()).isEqualTo(201);
    assertProblem(nodes.put(1, fresh(), "[".repeat(65) + "]".repeat(65)), 400, "invalid-json");
  }

  @Test
  void refusesWhatIsTooLarge() {
    var path = fresh();
    var limit = "\"" + "x".repeat(1022) + "\"";
    assertThat(nodes.put(1, path, limit).statusCode()).isEqualTo(201);
    assertProblem(nodes.put(1, fresh(), limit + " "), 413, "content-too-large");
    assertThat(nodes.get(1, path).body()).isEqualTo(limit);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/xml", "application/json; charset=utf-16", "json"})
  void refusesOtherMediaTypes(String type) {
    var refused = nodes.send(1, "PUT", fresh(), "1", "Content-Type", type);
    assertProblem(refused, 415, "unsupported-media-type");
  }

  @Test
  void refusesAMissingMediaTypeAndAnyContentEncoding() {
    assertProblem(nodes.send(1, "PUT", fresh(), "1"), 415, "unsupported-media-type");
    assertProblem(
        nodes.put(1, fresh(), "1", "Content-Encoding", "gzip"), 415, "unsupported-media-type");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/merge+json; charset=UTF-8"})
  void takesJsonByAnyOfItsNames(String type) {
    assertThat(nodes.send(1, "PUT", fresh(), "1", "Content-Type", type).statusCode())
        .isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/docs/a%2Fb", "/docs/%00", "/docs/a/b", "/docs/ä", "/docs/..a%", "/docs/a!"})
  void refusesOddIds(String path) {
    var encoded = path.replace("ä", "%C3%A4").replace("..a%", "..a%25");
    assertProblem(nodes.get(1, encoded), 400, "bad-request");
  }

  @Test
  void refusesIdsThatAreTooLong() {
    assertThat(nodes.put(1, "/docs/" + "i".repeat(128), "1").statusCode()).isLessThan(300);
    assertProblem(nodes.put(1, "/docs/" + "i".repeat(129), "1"), 400, "bad-request");
  }

  @Test
  void anEncodedUnreservedCharacterIsThatCharacter() {
    var id = UUID.randomUUID().toString();
    nodes.put(1, "/docs/" + id, "1");
    assertThat(nodes.get(1, "/docs/" + id.replace("-", "%2D")).body()).isEqualTo("1");
  }

  @ParameterizedTest
  @CsvSource({
    "QUERY, 405, method-not-allowed",
    "POST, 405, method-not-allowed",
    "BREW, 501, not-implemented"
  })
  void refusesOtherMethods(String method, int status, String type) {
    var refused = nodes.send(1, method, fresh(), null);
    assertProblem(refused, status, type);
    if (status == 405) {
      assertThat(field(refused, "Allow")).isEqualTo("GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "\"1", "W/1", "\"1\" \"2\"", ","})
  void refusesMalformedEntityTags(String tags) {
    assertProblem(nodes.put(1, fresh(), "1", "If-Match", tags), 400, "bad-request");
    for (var field : List.of("If-Match", "If-None-Match")) {
      assertProblem(nodes.get(1, "/docs", field, tags), 400, "bad-request");
      assertProblem(
          nodes.get(1, "/docs", field, tags, "Accept", "text/event-stream"), 400, "bad-request");
      assertProblem(nodes.send(1, "POST", "/docs", "1", field, tags), 400, "bad-request");
    }
    assertProblem(nodes.get(1, fresh(), "If-None-Match", tags), 400, "bad-request");
  }

  @Test
  void refusesToServeWhatTheClientDoesNotTake() {
    var path = fresh();
    nodes.put(1, path, "1");
    assertProblem(nodes.get(1, path, "Accept", "text/html"), 406, "not-acceptable");
    assertProblem(nodes.get(1, path, "Accept", "*/*, application/json;q=0"), 406, "not-acceptable");
    assertThat(nodes.get(1, path, "Accept", "text/html, */*;q=0.1").statusCode()).isEqualTo(200);
  }

  @Test
  void answersUnknownPathsWithAProblem() {
    assertProblem(nodes.get(1, "/nothing"), 404, "not-found");
    assertProblem(nodes.get(1, "/docsx/a"), 404, "not-found");
    assertProblem(nodes.get(1, "/docs/"), 404, "not-found");
  }

  @Test
  void theOperatorsPortShowsTheNode() {
    var status = nodes.send(nodes.admin(1, "/cluster"), "GET", null);
    assertThat(status.body()).contains("\"name\":\"n1\"").contains("\"state\":\"up\"");
    var metrics = nodes.send(nodes.admin(1, "/metrics"), "GET", null);
    assertThat(metrics.body())
        .contains("http_server_request_duration_seconds")
        .contains("holdfast_takeover_seconds")
        .contains("holdfast_requests_held");
    assertThat(nodes.send(nodes.admin(1, "/livez"), "GET", null).statusCode()).isEqualTo(200);
    assertProblem(nodes.send(nodes.admin(1, "/nothing"), "GET", null), 404, "not-found");
  }

  @Test
  void bytesAreKeptAsTheyWereSent() {
    var path = fresh();
    var content = "{ \"b\" : 1e999, \"a\" : \"\\u00e4\u00e4\", \"n\" : 0.10 }\n";
    nodes.put(1, path, content);
    assertThat(nodes.get(2, path).body().getBytes(StandardCharsets.UTF_8))
        .isEqualTo(content.getBytes(StandardCharsets.UTF_8));
  }
}
