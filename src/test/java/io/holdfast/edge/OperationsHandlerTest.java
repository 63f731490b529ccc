package io.holdfast.edge;

import static io.holdfast.testing.OperationsDatabase.id;
import static io.holdfast.testing.OperationsDatabase.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.database.OperationRows.State;
import io.holdfast.testing.OperationsDatabase;
import io.holdfast.testing.RawClient.Response;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients hear of operations on real sockets, whose lanes are played here. */
class OperationsHandlerTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>; rel=\"next\"");

  private final OperationsDatabase database = new OperationsDatabase();
  private final OperationsFixture node = new OperationsFixture(KIT, database);

  @AfterEach
  void nobodyWatchesInTheEnd() {
    await().until(() -> node.watching() == 0);
    node.close();
    database.close();
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static JsonNode json(Response response) throws IOException {
    assertThat(response.field("Content-Type")).contains("application/json");
    return JSON.readTree(response.content());
  }

  private static void assertProblem(Response response, int status, String type) throws IOException {
    assertThat(response.status()).as(response.content()).isEqualTo(status);
    assertThat(JSON.readTree(response.content()).get("type").asText())
        .isEqualTo("https://holdfast.dev/problems/" + type);
  }

  private static List<String> names(JsonNode object) {
    var names = new ArrayList<String>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  // ---- one ----

  @Test
  void showsWhatIsKnownOfOneAndLeavesOutWhatIsNot() throws Exception {
    var path = "/operations/" + database.accept(1);
    var accepted = node.get(path);
    assertThat(accepted.status()).isEqualTo(200);
    assertThat(accepted.field("ETag")).contains("\"1\"");
    assertThat(accepted.field("Cache-Control")).contains("no-store");
    assertThat(accepted.field("Retry-After")).contains("1");
    var shown = json(accepted);
    assertThat(names(shown))
        .containsExactly(
            "id",
            "state",
            "route",
            "method",
            "target",
            "attempts",
            "createdAt",
            "updatedAt",
            "nextAttemptAt",
            "deadline");
    assertThat(shown.get("id").asText()).isEqualTo(id(1));
    assertThat(shown.get("state").asText()).isEqualTo("accepted");
    assertThat(shown.get("target").asText()).isEqualTo("/orders/7?x=1");
    for (var time : List.of("createdAt", "updatedAt", "nextAttemptAt", "deadline")) {
      assertThat(shown.get(time).asText())
          .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }
    database.succeed(id(1), "made");
    var succeeded = node.get(path);
    assertThat(succeeded.field("ETag")).contains("\"3\"");
    assertThat(succeeded.field("Retry-After")).isEmpty();
    assertThat(json(succeeded).get("result"))
        .isEqualTo(JSON.readTree("{\"status\":201,\"contentLength\":4}"));
    assertThat(names(json(succeeded))).doesNotContain("nextAttemptAt", "problem", "lastError");
    var head = node.send("HEAD", path);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("ETag")).isEqualTo(succeeded.field("ETag"));
    assertThat(head.field("Content-Length")).isEqualTo(succeeded.field("Content-Length"));
  }

  @Test
  void oneThatFailedSaysWhy() throws Exception {
    database.accept(1);
    fail(1, "it said 503");
    var problem = json(node.get("/operations/" + id(1))).get("problem");
    assertThat(names(problem)).containsExactly("type", "title", "status", "detail");
    assertThat(problem.get("type").asText()).endsWith("/upstream-failed");
    assertThat(problem.get("status").asInt()).isEqualTo(502);
    assertThat(problem.get("detail").asText()).isEqualTo("it said 503");
  }

  private void fail(int number, String error) throws SQLException {
    database.begin(id(number));
    database.end(id(number), State.FAILED, error, "upstream-failed", 0, Optional.empty());
  }

  @Test
  void whateverATargetOrAnErrorSaysItStaysOneString() throws Exception {
    var target = "/orders/\",\"state\":\"succeeded\",<script>\\\u00e4";
    var error = "\r\ndata: {}\n\n\"\\\u0000\u2028 </script>\ud83d\ude00";
    database.accept(1, "orders", target);
    database.begin(id(1));
    var stored = error.replace("\u0000", "\u0001"); // which PostgreSQL would not take
    database.end(id(1), State.ACCEPTED, stored, "", 0, Optional.empty());
    var response = node.get("/operations/" + id(1));
    var shown = JSON.readTree(response.content().getBytes("ISO-8859-1"));
    assertThat(shown.get("target").asText()).isEqualTo(target);
    assertThat(shown.get("lastError").asText()).isEqualTo(stored);
    assertThat(shown.get("state").asText()).isEqualTo("accepted");
    assertThat(response.content()).doesNotContain("\n");
  }

  @Test
  void whatExpiredIsGoneAndWhatIsUnknownIsNotFound() throws Exception {
    var path = "/operations/" + database.accept(1);
    database.succeed(id(1), "made");
    database.rows.expire("orders", Duration.ofHours(-1), 10);
    for (var below : List.of("", "/result")) {
      assertProblem(node.get(path + below), 410, "gone");
      assertProblem(node.get("/operations/" + id(2) + below), 404, "not-found");
    }
    assertProblem(node.send("DELETE", path), 410, "gone");
    assertProblem(node.send("POST", path + "/retry"), 410, "gone");
    assertProblem(node.send("DELETE", "/operations/" + id(2)), 404, "not-found");
    assertProblem(node.send("POST", "/operations/" + id(2) + "/retry"), 404, "not-found");
    assertProblem(node.get(path, "Accept: text/event-stream"), 410, "gone");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/operations/",
        "/operations/x",
        "/operations/0000000000000000000000000w",
        "/operations/%30",
        "/operations/00000000000000000000000001/",
        "/operations/00000000000000000000000001/results",
        "/operations/00000000000000000000000001/result/",
        "/operations//result"
      })
  void nothingElseIsThere(String path) throws Exception {
    database.accept(1);
    assertProblem(node.get(path), 404, "not-found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | POST | GET, HEAD, OPTIONS",
        "'' | QUERY | GET, HEAD, OPTIONS",
        "/00000000000000000000000001 | PUT | GET, HEAD, DELETE, OPTIONS",
        "/00000000000000000000000001/result | DELETE | GET, HEAD, OPTIONS",
        "/00000000000000000000000001/retry | GET | POST, OPTIONS"
      })
  void sayWhichMethodsTheyTake(String below, String method, String allow) throws Exception {
    var path = "/operations" + below;
    var refused = node.send(method, path);
    assertProblem(refused, 405, "method-not-allowed");
    assertThat(refused.field("Allow")).contains(allow);
    var options = node.send("OPTIONS", path);
    assertThat(options.status()).isEqualTo(204);
    assertThat(options.field("Allow")).contains(allow);
    assertProblem(node.send("BREW", path), 501, "not-implemented");
  }

  @Test
  void conditionsAndWhatIsAcceptedCount() throws Exception {
    var path = "/operations/" + database.accept(1);
    var unchanged = node.get(path, "If-None-Match: \"7\", W/\"1\"");
    assertThat(unchanged.status()).isEqualTo(304);
    assertThat(unchanged.field("ETag")).contains("\"1\"");
    assertThat(node.get(path, "If-None-Match: \"2\"").status()).isEqualTo(200);
    assertProblem(node.get(path, "If-None-Match: 1"), 400, "bad-request");
    assertProblem(node.get(path, "If-Match: \"2\""), 412, "precondition-failed");
    assertProblem(node.get(path, "Accept: text/html"), 406, "not-acceptable");
    assertProblem(node.get("/operations", "Accept: text/html"), 406, "not-acceptable");
    assertThat(node.get(path, "Accept: application/*").status()).isEqualTo(200);
  }

  @Test
  void theyGoBeforeARouteThatTakesEverythingAndAreCountedByThemselves() throws Exception {
    database.accept(1);
    assertThat(node.get("/operations").status()).isEqualTo(200);
    assertProblem(node.get("/operations/" + id(1) + "/result"), 409, "conflict");
    assertThat(node.get("/operationsx").status()).isEqualTo(502); // the route's service
    for (var status : List.of("200", "409")) {
      await()
          .until(
              () ->
                  node.meters
                          .get("http.server.request.duration")
                          .tag("http.route", "operations")
                          .tag("http.response.status_code", status)
                          .timer()
                          .count()
                      == 1);
    }
  }

  // ---- waiting ----

  @Test
  void whoWaitsHearsOfTheNextChangeAtOnceAndElseThatThereIsNone() throws Exception {
    var path = "/operations/" + database.accept(1);
    try (var client = node.begin("GET", path, "If-None-Match: \"1\"", "Prefer: wait=30")) {
      await().until(() -> node.watching() == 1);
      database.begin(id(1));
      var changed = client.read();
      assertThat(changed.field("ETag")).contains("\"2\"");
      assertThat(json(changed).get("state").asText()).isEqualTo("running");
    }
    assertThat(node.get(path, "If-None-Match: \"2\"", "Prefer: wait=1").status()).isEqualTo(304);
    var known = node.get(path, "If-None-Match: \"1\"", "Prefer: wait=30");
    assertThat(known.status()).isEqualTo(200);
    assertThat(node.get(path, "Prefer: wait=30").status()).isEqualTo(200);
  }

  @Test
  void whatChangesToSomethingThatIsKnownTooIsWaitedFurther() throws Exception {
    var path = "/operations/" + database.accept(1);
    try (var client = node.begin("GET", path, "If-None-Match: \"1\", \"2\"", "Prefer: wait=30")) {
      await().until(() -> node.watching() == 1);
      database.begin(id(1));
      var looked = node.operations.after(id(1), 1, Duration.ofSeconds(10)).get();
      assertThat(looked.orElseThrow().version()).isEqualTo(2);
      await().until(() -> node.watching() == 1);
      database.end(id(1), State.SUCCEEDED, 204, part("", "", ""));
      assertThat(client.read().field("ETag")).contains("\"3\"");
    }
  }

  @Test
  void noMoreWaitThanThereIsRoomForAndALeavingNodeLetsThemGo() throws Exception {
    var path = "/operations/" + database.accept(1);
    var waiting = new ArrayList<io.holdfast.testing.RawClient>();
    for (int i = 0; i < OperationsFixture.WATCHING_MAX - 1; i++) {
      waiting.add(node.begin("GET", path, "If-None-Match: *", "Prefer: wait=30"));
    }
    var stream = node.begin("GET", path, "Accept: text/event-stream");
    await().until(() -> node.watching() == OperationsFixture.WATCHING_MAX);
    assertProblem(node.get(path, "If-None-Match: *", "Prefer: wait=30"), 503, "shed");
    assertProblem(node.get(path, "Accept: text/event-stream"), 503, "shed");
    node.operations.endWaiting();
    for (var client : waiting) {
      assertThat(client.read().status()).isEqualTo(304);
      client.close();
    }
    assertThat(stream.read().content()).startsWith("event: state\nid: 1\n");
    stream.close();
    await().until(() -> node.watching() == 0);
    assertThat(node.get(path, "If-None-Match: *", "Prefer: wait=30").status()).isEqualTo(304);
    assertProblem(node.get(path, "Accept: text/event-stream"), 503, "shed");
  }

  // ---- the result ----

  @Test
  void aResultIsGivenByteForByte() throws Exception {
    var path = "/operations/" + database.accept(1) + "/result";
    assertProblem(node.get(path), 409, "conflict");
    database.begin(id(1));
    assertProblem(node.get(path), 409, "conflict");
    var fields =
        "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: a/1\r\nX-Odd: \u00e4\u00ff\r\n"
            + "set-cookie: a=1\r\nset-cookie: b=2\r\ncontent-type: Text/HTML;charset=latin-1 ;x\r\n";
    var content = "\u0000\u00ff\r\n\r\nHTTP/1.1 200 OK";
    database.end(id(1), State.SUCCEEDED, 499, part("M\u00e4de", fields, content));
    try (var client = node.begin("GET", path)) {
      var sent = new StringBuilder();
      int length =
          ("HTTP/1.1 499 M\u00e4de\r\n" + fields + "Content-Length: 21\r\n\r\n" + content).length();
      for (int i = 0; i < length; i++) {
        sent.append((char) client.readByte());
      }
      assertThat(sent)
          .hasToString(
              "HTTP/1.1 499 M\u00e4de\r\n" + fields + "Content-Length: 21\r\n\r\n" + content);
      var again = OperationsFixture.begin(client, "HEAD", path).readHeadOnly();
      assertThat(again.status()).isEqualTo(499);
      assertThat(again.field("Content-Length")).contains("21");
      assertThat(OperationsFixture.begin(client, "GET", path).read().content()).isEqualTo(content);
    }
  }

  @Test
  void anEmptyResultIsOneToo() throws Exception {
    var path = "/operations/" + database.accept(1) + "/result";
    database.begin(id(1));
    database.end(id(1), State.SUCCEEDED, 204, part("No Content", "", ""));
    var result = node.get(path);
    assertThat(result.status()).isEqualTo(204);
    assertThat(result.field("Content-Length")).isEmpty();
    assertThat(result.field("Date")).isPresent();
  }

  @Test
  void theLastAnswerIsTheResultOfOneThatFailedOrWasCancelledIfThereIsOne() throws Exception {
    for (int i = 1; i <= 4; i++) {
      database.accept(i);
      database.begin(id(i));
    }
    var answer = part("Busy", "Retry-After: 9\r\n", "not now");
    database.end(id(1), State.FAILED, "", "upstream-failed", 503, Optional.of(answer));
    database.end(id(2), State.FAILED, "no answer", "upstream-failed", 0, Optional.empty());
    database.rows.cancel(id(3));
    database.end(id(4), State.ACCEPTED, 503, answer);
    assertProblem(node.get("/operations/" + id(4) + "/result"), 409, "conflict");
    database.rows.cancel(id(4));
    for (var it : List.of(id(1), id(4))) {
      var result = node.get("/operations/" + it + "/result");
      assertThat(result.status()).isEqualTo(503);
      assertThat(result.field("Retry-After")).contains("9");
      assertThat(result.content()).isEqualTo("not now");
    }
    assertProblem(node.get("/operations/" + id(2) + "/result"), 404, "not-found");
    assertProblem(node.get("/operations/" + id(3) + "/result"), 404, "not-found");
  }

  // ---- changes ----

  @Test
  void aCancelledOneIsFinal() throws Exception {
    var path = "/operations/" + database.accept(1);
    database.begin(id(1));
    var cancelled = node.send("DELETE", path);
    assertThat(cancelled.status()).isEqualTo(200);
    assertThat(cancelled.field("ETag")).contains("\"3\"");
    assertThat(json(cancelled).get("state").asText()).isEqualTo("cancelled");
    assertProblem(node.send("DELETE", path), 409, "conflict");
    assertThat(json(node.get(path)).get("state").asText()).isEqualTo("cancelled");
  }

  @Test
  void onlyTheVersionThatIsMeantIsChanged() throws Exception {
    var path = "/operations/" + database.accept(1);
    database.begin(id(1));
    assertProblem(node.send("DELETE", path, "If-Match: \"1\""), 412, "precondition-failed");
    assertProblem(node.send("DELETE", path, "If-None-Match: *"), 412, "precondition-failed");
    assertProblem(node.send("DELETE", path, "If-Match: 2"), 400, "bad-request");
    assertThat(json(node.get(path)).get("state").asText()).isEqualTo("running");
    assertThat(database.rows.cancel(id(1), OptionalLong.of(1)).orElseThrow().done()).isFalse();
    assertThat(node.send("DELETE", path, "If-Match: \"1\", \"2\"").status()).isEqualTo(200);
    database.accept(2);
    fail(2, "it said 503");
    var retry = "/operations/" + id(2) + "/retry";
    assertProblem(node.send("POST", retry, "If-Match: \"1\""), 412, "precondition-failed");
    assertThat(node.send("POST", retry, "If-Match: \"3\"").status()).isEqualTo(202);
  }

  @Test
  void ofCancellingAndEndingExactlyOneWins() throws Exception {
    var winners = new HashSet<String>();
    for (int i = 1; i <= 60; i++) {
      var id = database.accept(i);
      database.begin(id);
      var cancelled = CompletableFuture.supplyAsync(() -> cancel(id));
      var ended =
          database.tryEnd(id, State.SUCCEEDED, "", "", 200, Optional.of(part("OK", "", "x")));
      int status = cancelled.get(20, TimeUnit.SECONDS);
      var state = json(node.get("/operations/" + id)).get("state").asText();
      assertThat(state + " " + status + " " + ended)
          .isIn("cancelled 200 false", "succeeded 409 true");
      winners.add(state);
    }
  }

  private int cancel(String id) {
    try {
      return node.send("DELETE", "/operations/" + id).status();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void onlyWhatFailedIsAskedForAnew() throws Exception {
    var path = "/operations/" + database.accept(1);
    assertProblem(node.send("POST", path + "/retry"), 409, "conflict");
    fail(1, "it said 503");
    var retried = node.send("POST", path + "/retry");
    assertThat(retried.status()).isEqualTo(202);
    assertThat(retried.field("Location")).contains(path);
    assertThat(retried.field("Retry-After")).contains("1");
    assertThat(json(retried).get("state").asText()).isEqualTo("accepted");
    assertThat(names(json(retried))).contains("nextAttemptAt").doesNotContain("problem");
    assertProblem(node.send("POST", path + "/retry"), 409, "conflict");
    database.succeed(id(1), "at last");
    assertThat(node.get(path + "/result").content()).isEqualTo("at last");
    assertProblem(node.send("POST", path + "/retry"), 409, "conflict");
  }

  // ---- all ----

  @Test
  void pagesLeadFromTheNewestToTheOldestWithTheSameFilters() throws Exception {
    for (int i = 1; i <= 25; i++) {
      database.accept(i, i % 5 == 0 ? "a b&c" : "orders", "/x");
      if (i % 2 == 0) {
        database.rows.cancel(id(i));
      }
    }
    assertThat(ids("/operations?limit=7")).isEqualTo(numbers(it -> true));
    assertThat(ids("/operations?state=&route=")).isEqualTo(numbers(it -> true));
    assertThat(ids("/operations?limit=2&state=cancelled")).isEqualTo(numbers(it -> it % 2 == 0));
    assertThat(ids("/operations?limit=1&route=a+b%26c")).isEqualTo(numbers(it -> it % 5 == 0));
    assertThat(ids("/operations?limit=1&state=accepted&route=a%20b%26c&other=1"))
        .isEqualTo(numbers(it -> it % 10 == 5));
    assertThat(ids("/operations?route=nobodys")).isEmpty();
    assertThat(ids("/operations?after=" + id(1))).isEmpty();
    assertThat(node.send("HEAD", "/operations?limit=1").field("Link")).isPresent();
  }

  private static List<String> numbers(java.util.function.IntPredicate which) {
    var ids = new ArrayList<String>();
    for (int i = 25; i >= 1; i--) {
      if (which.test(i)) {
        ids.add(id(i));
      }
    }
    return ids;
  }

  private List<String> ids(String first) throws IOException {
    var ids = new ArrayList<String>();
    for (var page = Optional.of(first); page.isPresent(); ) {
      var response = node.get(page.get());
      assertThat(response.status()).as(response.content()).isEqualTo(200);
      json(response).get("items").forEach(it -> ids.add(it.get("id").asText()));
      page =
          response.field("Link").map(NEXT::matcher).filter(it -> it.find()).map(it -> it.group(1));
    }
    return ids;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=",
        "state=done",
        "state=ACCEPTED",
        "state=failed&state=failed",
        "route=a&route=a",
        "route=%00",
        "route=%zz",
        "after=x",
        "after=00000000000000000000000009"
      })
  void aQueryThatCannotBeMeantIsRefused(String query) throws Exception {
    database.accept(1);
    assertProblem(node.get("/operations?" + query), 400, "bad-request");
  }

  // ---- without the database ----

  @Test
  void withoutTheDatabaseNothingIsSaidOrDone() throws Exception {
    var path = "/operations/" + database.accept(1);
    node.databaseAway = true;
    assertAllAreUnavailable(path);
    node.databaseAway = false;
    assertThat(node.get(path).status()).isEqualTo(200);
    node.loseDatabase();
    assertAllAreUnavailable(path);
  }

  private void assertAllAreUnavailable(String path) throws IOException {
    for (var answer :
        List.of(
            node.get(path),
            node.get(path, "Accept: text/event-stream"),
            node.get(path, "If-None-Match: \"1\"", "Prefer: wait=30"),
            node.get(path + "/result"),
            node.get("/operations"),
            node.send("DELETE", path),
            node.send("POST", path + "/retry"))) {
      assertProblem(answer, 503, "database-unavailable");
      assertThat(answer.field("Retry-After")).contains("1");
    }
  }

  @Test
  void whoeverWaitsWhileTheDatabaseGoesAwayIsNotToldThatNothingChanged() throws Exception {
    var path = "/operations/" + database.accept(1);
    try (var client = node.begin("GET", path, "If-None-Match: \"1\"", "Prefer: wait=1")) {
      await().until(() -> node.watching() == 1);
      node.loseDatabase();
      assertProblem(client.read(), 503, "database-unavailable");
    }
  }
}
