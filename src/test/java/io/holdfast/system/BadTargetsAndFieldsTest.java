package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.assertProblem;
import static io.holdfast.system.RawNode.JSON;
import static io.holdfast.system.RawNode.JSON_PATCH;
import static io.holdfast.system.RawNode.MERGE;
import static io.holdfast.system.RawNode.NOTHING;
import static io.holdfast.system.RawNode.bytes;
import static io.holdfast.system.RawNode.fresh;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.RawClient.Response;
import java.io.IOException;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What targets and fields get that mean no document, page, condition, key or preference. What is
 * bad before a document is meant is the matter of {@code BadInputTest}.
 */
class BadTargetsAndFieldsTest {
  private static RawNode node;

  @BeforeAll
  static void start() {
    node = RawNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  // ---- targets ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/docs/.",
        "/docs/..",
        "/docs/%2E",
        "/docs/%2e%2E",
        "/docs/.%2e",
        "/docs/a/../b",
        "/docs/a/%2E%2E/b",
        "/docs/a/.",
        "/docs/./a",
        "/docs/../docs/a",
        "/docs//a",
        "/docs/a/",
        "/docs/a%2Fb",
        "/docs/a%5Cb",
        "/docs/%00",
        "/docs/%C3%A4",
        "/docs/%",
        "/docs/%6",
        "/docs/%zz",
        "/docs/a;b",
        "/docs/a#b",
        "http://a/docs/..",
        "http://a/docs/a/../b"
      })
  void noIdIsMadeOfWhatIsNone(String target) throws IOException {
    for (var method : new String[] {"GET", "DELETE"}) {
      assertProblem(node.send(method, target, NOTHING), 400, "bad-request");
    }
    assertProblem(node.put(target, "1"), 400, "bad-request");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/x/../docs",
        "/x/../docs/a",
        "/../docs/a",
        "/./docs/a",
        "/%2E%2E/docs/a",
        "/x/%2e%2e/docs/a",
        "//docs/a",
        "/docsa",
        "/docs/",
        "http://a/x/../docs/a"
      })
  void noRouteIsReachedThroughAnother(String target) throws IOException {
    node.put("/docs/a", "1");
    assertProblem(node.get(target), 404, "not-found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "http://a", "http://a?x=/docs/a"})
  void theRootSaysWhatThisIsAndNothingElse(String target) throws IOException {
    node.put("/docs/a", "1");
    var said = node.get(target);
    assertThat(said.status()).isEqualTo(200);
    assertThat(said.content()).startsWith("{\"name\":\"Holdfast\",\"openapi\":\"/openapi.json\"");
    assertProblem(node.send("DELETE", target, NOTHING), 405, "method-not-allowed");
    var page = node.get(target, "Accept", "text/html,*/*;q=0.8");
    assertThat(page.content()).startsWith("<!doctype html>");
    assertThat(node.get("/openapi.json").content()).startsWith("{\"openapi\":\"3.1.0\"");
  }

  @Test
  void aRequestForOnePathDoesNothingToAnother() throws IOException {
    var path = fresh();
    node.put(path, "1");
    var around = "/docs/a/../" + path.substring("/docs/".length());
    assertProblem(node.send("DELETE", around, NOTHING), 400, "bad-request");
    assertProblem(node.put(around, "2"), 400, "bad-request");
    assertThat(node.get(path).content()).isEqualTo("1");
  }

  /** The field in which the HTTP layer tells of the target is one that a client can send, too. */
  @Test
  void theTargetIsTheOneInTheRequestLine() throws IOException {
    var path = fresh();
    node.put(path, "1");
    assertThat(node.get(path, "Raw-Request-URI", "/docs/..").content()).isEqualTo("1");
    assertProblem(node.get("/docs/..", "Raw-Request-URI", path), 400, "bad-request");
    var over = node.send("PUT", path, bytes("2"), "Raw-Request-URI", "/no", "Content-Type", JSON);
    assertThat(over.status()).isEqualTo(204);
  }

  @Test
  void takesTheAbsoluteFormAndUnknownParameters() throws IOException {
    var path = fresh();
    node.put(path, "1");
    assertThat(node.get("http://a" + path).content()).isEqualTo("1");
    assertThat(node.get(path + "?x=y&limit=0&x").content()).isEqualTo("1");
    assertThat(node.get(path + "?").content()).isEqualTo("1");
    assertThat(node.get("http://a/docs?limit=1&x=..").status()).isEqualTo(200);
    assertProblem(node.get("http://a/docs?limit=0"), 400, "bad-request");
    assertProblem(node.get("http://b" + path), 400, "bad-request");
  }

  // ---- fields ----

  static Stream<String> otherMediaTypes() {
    return Stream.of(
        "",
        "json",
        "/json",
        "application/",
        "application",
        "+json",
        "application/+json",
        "/+json",
        "*/*",
        "application/*",
        "text/json",
        "text/plain",
        "text/html; charset=utf-8",
        "application/xml",
        "application/jsonx",
        "application/json-seq",
        "application/x-ndjson",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application /json",
        "application/json application/json",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json; charset=\"utf-16\"",
        "application/json; charset",
        "application/json; charset=",
        "application/json; =utf-8",
        "application/merge-patch+json; charset=utf-16",
        "\u00c3\u00a4/json");
  }

  @ParameterizedTest
  @MethodSource("otherMediaTypes")
  void refusesWhatIsNotCalledJson(String type) throws IOException {
    assertUnsupported(new String[] {"Content-Type", type});
  }

  @Test
  void refusesContentWithoutATypeOrWithAnEncoding() throws IOException {
    assertUnsupported(new String[0]);
    for (var encoding : new String[] {"gzip", "br", "x"}) {
      assertUnsupported(new String[] {"Content-Type", JSON, "Content-Encoding", encoding});
    }
  }

  private static void assertUnsupported(String[] fields) throws IOException {
    var path = fresh();
    assertProblem(node.send("PUT", path, bytes("{}"), fields), 415, "unsupported-media-type");
    assertProblem(node.get(path), 404, "not-found");
    assertProblem(node.send("POST", "/docs", bytes("{}"), fields), 415, "unsupported-media-type");
    node.put(path, "1");
    var patched = node.send("PATCH", path, bytes("{}"), fields);
    assertProblem(patched, 415, "unsupported-media-type");
    assertThat(patched.field("Accept-Patch")).contains(MERGE + ", " + JSON_PATCH);
    assertThat(node.get(path).content()).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        JSON,
        "APPLICATION/JSON",
        "application/json;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
        "application/ld+json; profile=x",
        "text/x+json"
      })
  void takesJsonByItsNamesAndNoPatchByThem(String type) throws IOException {
    var path = fresh();
    assertThat(node.send("PUT", path, bytes("1"), "Content-Type", type).status()).isEqualTo(201);
    assertThat(node.send("POST", "/docs", bytes("1"), "Content-Type", type).status())
        .isEqualTo(201);
    assertProblem(node.patch(path, type, "{}"), 415, "unsupported-media-type");
  }

  static Stream<String> malformedKeys() {
    return Stream.of(
        "",
        "\"\"",
        "\"",
        "\"a",
        "a\"",
        "a\"b",
        "\"a\"b",
        "a b",
        "\"a\\b\"",
        "\"a\\\"",
        "\"a\", \"b\"",
        "\u00c3\u00a4",
        "\"\u00c3\u00a4\"",
        "k".repeat(256),
        '"' + "k".repeat(256) + '"');
  }

  @ParameterizedTest
  @MethodSource("malformedKeys")
  void refusesKeysThatAreNone(String key) throws IOException {
    assertKeyRefused("Idempotency-Key", key);
  }

  @Test
  void refusesTwoKeys() throws IOException {
    assertKeyRefused("Idempotency-Key", "a", "Idempotency-Key", "b");
  }

  private static void assertKeyRefused(String... key) throws IOException {
    var path = fresh();
    var typed = Stream.concat(Stream.of("Content-Type", JSON), Stream.of(key));
    var fields = typed.toArray(String[]::new);
    assertProblem(node.send("PUT", path, bytes("1"), fields), 400, "bad-request");
    assertProblem(node.send("POST", "/docs", bytes("1"), fields), 400, "bad-request");
    node.put(path, "{}");
    assertProblem(node.send("DELETE", path, NOTHING, key), 400, "bad-request");
    fields[1] = MERGE;
    assertProblem(node.send("PATCH", path, bytes("{}"), fields), 400, "bad-request");
    assertThat(node.get(path).content()).isEqualTo("{}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "\"1", "1\"", "W/1", "w/\"1\"", "\"1\" \"2\"", ",", "", "*, \"1\""})
  void refusesEntityTagsThatAreNone(String tags) throws IOException {
    var path = fresh();
    node.put(path, "1");
    for (var name : new String[] {"If-Match", "If-None-Match"}) {
      assertProblem(node.get(path, name, tags), 400, "bad-request");
      assertProblem(node.send("DELETE", path, NOTHING, name, tags), 400, "bad-request");
      assertProblem(
          node.send("PUT", path, bytes("2"), "Content-Type", JSON, name, tags), 400, "bad-request");
      assertProblem(
          node.send("PATCH", path, bytes("2"), "Content-Type", MERGE, name, tags),
          400,
          "bad-request");
    }
    assertThat(node.get(path).content()).isEqualTo("1");
  }

  @Test
  void asksForNoContentThatItWillNotTake() throws IOException {
    for (var field : new String[] {"If-Match: x", "Content-Range: bytes 0-0/9"}) {
      try (var client = node.connect()) {
        client.send(
            "PUT %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n%s\r\n"
                    .formatted(fresh(), JSON, field)
                + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
        assertProblem(client.read(), 400, "bad-request");
      }
    }
  }

  /** RFC 9110, section 14.5. */
  @Test
  void aPartIsNotStoredAsTheWhole() throws IOException {
    var path = fresh();
    node.put(path, "12");
    var part =
        node.send("PUT", path, bytes("1"), "Content-Type", JSON, "Content-Range", "bytes 0-0/2");
    assertProblem(part, 400, "bad-request");
    assertThat(node.get(path).content()).isEqualTo("12");
  }

  @Test
  void saysWhatTheWholeServerTakes() throws IOException {
    var all = node.send("OPTIONS", "*", NOTHING);
    assertThat(all.status()).isEqualTo(204);
    assertThat(all.field("Allow")).hasValueSatisfying(it -> assertThat(it).contains("PATCH"));
  }

  /** RFC 9110, section 13.1.4: what is no date is ignored, and so is a date beside If-Match. */
  @Test
  void writesOnlyIfUnmodifiedSince() throws IOException {
    var path = fresh();
    var modified = node.put(path, "1").field("Last-Modified").orElseThrow();
    var since = "If-Unmodified-Since";
    var past = "Thu, 01 Jan 1970 00:00:00 GMT";
    assertProblem(node.get(path, since, past), 412, "precondition-failed");
    assertProblem(node.send("DELETE", path, NOTHING, since, past), 412, "precondition-failed");
    assertThat(node.get(path, since, modified).status()).isEqualTo(200);
    assertThat(node.get(path, since, "yesterday").status()).isEqualTo(200);
    assertThat(node.get(path, since, past, "If-Match", "\"1\"").status()).isEqualTo(200);
    assertThat(node.send("DELETE", path, NOTHING, since, modified).status()).isEqualTo(204);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=-1",
        "limit=1001",
        "limit=1e1",
        "limit=",
        "limit",
        "limit=%31",
        "limit=99999999999",
        "after=",
        "after=.",
        "after=..",
        "after=%2E%2e",
        "after=a/b",
        "after=%2F",
        "after=%00",
        "after=%C3%A4",
        "after=a&after=b"
      })
  void refusesPagesThatAreNone(String query) throws IOException {
    assertProblem(node.get("/docs?" + query), 400, "bad-request");
  }

  // ---- preferences ----

  @ParameterizedTest
  @CsvSource({"wait=x", "wait=-1", "wait=1.5", "wait=", "wait", "wait=0", "x=wait=9"})
  void doesNotWaitForAMalformedTime(String preference) throws IOException {
    var path = fresh();
    node.put(path, "1");
    // The client's own timeout is shorter than any wait that this could be taken for.
    assertThat(node.get(path, "If-None-Match", "\"1\"", "Prefer", preference).status())
        .isEqualTo(304);
  }

  @ParameterizedTest
  @ValueSource(strings = {"wait=31", "wait=99999999999999999999"})
  void answersAsSoonAsItChangesHoweverLongTheClientWouldWait(String preference) throws IOException {
    var path = fresh();
    node.put(path, "1");
    try (var waiting = node.connect()) {
      waiting.send(
          "GET %s HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"1\"\r\nPrefer: %s\r\n\r\n"
              .formatted(path, preference));
      node.put(path, "2");
      assertThat(waiting.read().content()).isEqualTo("2");
    }
  }

  @Test
  void postAnswersAsThePreferenceSays() throws IOException {
    var plain = node.send("POST", "/docs", bytes("{ }"), "Content-Type", JSON);
    assertThat(plain.content()).isEmpty();
    var whole = node.post("{ }", "Prefer", "return=representation");
    assertThat(whole.status()).isEqualTo(201);
    assertThat(whole.content()).isEqualTo("{ }");
    assertThat(whole.field("Preference-Applied")).contains("return=representation");
    var minimal = node.post("{ }", "Prefer", "return=minimal");
    assertThat(minimal.status()).isEqualTo(201);
    assertThat(minimal.content()).isEmpty();
    assertThat(minimal.field("Preference-Applied")).contains("return=minimal");
    var unknown = node.post("{ }", "Prefer", "return=all, handling=strict, ;=");
    assertThat(unknown.status()).isEqualTo(201);
    assertThat(unknown.field("Preference-Applied")).isEmpty();
  }

  /** A key of POST is its client's: another's request under it is another request. */
  @Test
  void aKeyOfPostIsOfOneCredential() throws IOException {
    var key = UUID.randomUUID().toString();
    var ofA = node.post("1", "Idempotency-Key", key, "Authorization", "Bearer a");
    var ofB = node.post("2", "Idempotency-Key", key, "Authorization", "Bearer b");
    var ofNobody = node.post("3", "Idempotency-Key", key);
    assertThat(Stream.of(ofA, ofB, ofNobody).map(Response::status)).containsOnly(201);
    assertThat(Stream.of(ofA, ofB, ofNobody).map(it -> it.field("Location").orElseThrow()))
        .doesNotHaveDuplicates();
    var again = node.post("1", "Idempotency-Key", '"' + key + '"', "Authorization", "Bearer a");
    assertThat(again.field("Location")).isEqualTo(ofA.field("Location"));
    assertThat(again.field("Idempotent-Replayed")).contains("true");
    assertProblem(
        node.post("1", "Idempotency-Key", key, "Authorization", "Bearer b"),
        422,
        "idempotency-key-reused");
  }
}
