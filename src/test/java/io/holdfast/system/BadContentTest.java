package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.assertProblem;
import static io.holdfast.system.RawNode.JSON;
import static io.holdfast.system.RawNode.JSON_PATCH;
import static io.holdfast.system.RawNode.LARGE;
import static io.holdfast.system.RawNode.MERGE;
import static io.holdfast.system.RawNode.bytes;
import static io.holdfast.system.RawNode.fresh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What content gets that is no document or no patch: a problem, in no more time than its length is
 * worth, and nothing is changed.
 */
class BadContentTest {
  private static RawNode node;

  @BeforeAll
  static void start() {
    node = RawNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  // ---- content ----

  static Stream<byte[]> otherEncodings() {
    return Stream.of("UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32BE", "UTF-32LE")
        .map(charset -> "{\"a\":\"\u00e4\"}".getBytes(Charset.forName(charset)));
  }

  /** Each inside a string, where any valid character could be. */
  static Stream<byte[]> invalidUtf8() {
    return Stream.of(
            "80", // a continuation byte alone
            "c328", // a lead byte without one
            "e282", // too few of them
            "c0af", // longer than needed
            "eda080", // half of a surrogate pair
            "edb080",
            "eda080edb080", // a pair, encoded one by one
            "f4908080", // beyond U+10FFFF
            "f8888080", // five bytes
            "ff")
        .map(hex -> HexFormat.of().parseHex("5b22" + hex + "225d"));
  }

  @ParameterizedTest
  @MethodSource({"otherEncodings", "invalidUtf8"})
  void takesNothingButUtf8(byte[] content) throws IOException {
    var path = fresh();
    assertProblem(node.send("PUT", path, content, "Content-Type", JSON), 400, "invalid-json");
    assertProblem(node.get(path), 404, "not-found");
    assertProblem(node.send("POST", "/docs", content, "Content-Type", JSON), 400, "invalid-json");
    node.put(path, "{}");
    for (var type : new String[] {MERGE, JSON_PATCH}) {
      assertProblem(node.send("PATCH", path, content, "Content-Type", type), 400, "invalid-json");
    }
    assertThat(node.get(path).content()).isEqualTo("{}");
  }

  static Stream<String> veryDeep() {
    int depth = 100_000;
    return Stream.of(
        "[".repeat(depth),
        "[".repeat(depth) + "]".repeat(depth),
        "{\"\":".repeat(depth / 2) + "1" + "}".repeat(depth / 2),
        "[{\"op\":\"add\",\"path\":\"\",\"value\":" + "[".repeat(depth) + "]".repeat(depth) + "}]");
  }

  @ParameterizedTest
  @MethodSource("veryDeep")
  void refusesWhatIsNestedAHundredThousandTimes(String content) throws IOException {
    assertProblem(node.put("/large/deep", content), 400, "invalid-json");
    node.put("/large/flat", "{}");
    assertProblem(node.patch("/large/flat", MERGE, content), 400, "invalid-json");
    assertProblem(node.patch("/large/flat", JSON_PATCH, content), 400, "invalid-json");
    assertThat(node.get("/large/flat").content()).isEqualTo("{}");
  }

  private static String object(Stream<String> names) {
    return names.map(name -> '"' + name + "\":1").collect(Collectors.joining(",", "{", "}"));
  }

  /** Nobody has to send all of it to be told, whether its length is known before or not. */
  @Test
  void aMillionKeysAreMoreThanAnyCollectionTakes() throws IOException {
    var million = bytes(object(IntStream.range(0, 1_000_000).mapToObj(Integer::toString)));
    var start = new String(million, 0, LARGE + 1, StandardCharsets.US_ASCII);
    var requests =
        Stream.of(
            "PUT /docs/million | %s | Content-Length: %d".formatted(JSON, million.length),
            "PUT /large/million | %s | Content-Length: %d".formatted(JSON, million.length),
            "PUT /large/million | %s | Transfer-Encoding: chunked".formatted(JSON),
            "POST /large | %s | Transfer-Encoding: chunked".formatted(JSON),
            "PATCH /large/million | %s | Transfer-Encoding: chunked".formatted(MERGE));
    for (var request : requests.toList()) {
      var part = request.split(" \\| ");
      try (var client = node.connect()) {
        client.send(
            "%s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\n%s\r\n\r\n".formatted((Object[]) part));
        client.send(part[2].endsWith("chunked") ? Integer.toHexString(million.length) : "");
        client.send(part[2].endsWith("chunked") ? "\r\n" + start : start.substring(0, LARGE / 2));
        assertProblem(client.read(), 413, "content-too-large");
      }
    }
  }

  @Test
  void asManyKeysAsFitAreTakenAndOneThatComesTwiceIsFound() throws IOException {
    var names = IntStream.range(0, 100_000).mapToObj(i -> Integer.toString(i, 36)).toList();
    var many = object(names.stream());
    assertThat(many.length()).isBetween(LARGE * 3 / 4, LARGE - 100);
    assertThat(node.put("/large/many", many).status()).isEqualTo(201);
    var twice = object(Stream.concat(names.stream(), Stream.of("0")));
    assertProblem(node.put("/large/many", twice), 400, "invalid-json");
    assertProblem(node.patch("/large/many", MERGE, twice), 400, "invalid-json");
    var patched = node.patch("/large/many", MERGE, many.replace(":1", ":2"));
    assertThat(patched.content()).isEqualTo(many.replace(":1", ":2"));
  }

  /** All with one hash code in Java. */
  @Test
  void keysThatCollideTakeNoLongerThanOthers() throws IOException {
    int pairs = 14;
    var names =
        IntStream.range(0, 1 << pairs)
            .mapToObj(
                i ->
                    IntStream.range(0, pairs)
                        .mapToObj(bit -> (i >> bit & 1) == 0 ? "Aa" : "BB")
                        .collect(Collectors.joining()))
            .toList();
    assertThat(node.put("/large/colliding", object(names.stream())).status()).isEqualTo(201);
    var patched = node.patch("/large/colliding", MERGE, object(names.stream()).replace(":1", ":2"));
    assertThat(patched.status()).isEqualTo(200);
  }

  /** They are numbers of JSON, which has no largest one. */
  @ParameterizedTest
  @ValueSource(strings = {"1e999", "-1E+999", "1e-999999999", "1e999999999", "0.1e2147483648"})
  void keepsAndComparesNumbersOfAnySize(String number) throws IOException {
    var path = fresh();
    assertThat(node.put(path, "[" + number + "]").status()).isEqualTo(201);
    assertThat(node.get(path).content()).isEqualTo("[" + number + "]");
    var test = "[{\"op\":\"test\",\"path\":\"/0\",\"value\":%s}]";
    assertThat(node.patch(path, JSON_PATCH, test.formatted(number)).status()).isEqualTo(200);
    assertProblem(node.patch(path, JSON_PATCH, test.formatted("1e998")), 409, "conflict");
  }

  // ---- patches ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'op':'remove','path':'/~2'}",
        "{'op':'remove','path':'/a~'}",
        "{'op':'remove','path':'a'}",
        "{'op':'remove','path':'~0'}",
        "{'op':'remove','path':'#/a'}",
        "{'op':'remove','path':1}",
        "{'op':'remove','path':null}",
        "{'op':'remove'}",
        "{'op':'move','path':'/b'}",
        "{'op':'move','path':'/b','from':'a'}",
        "{'op':'copy','path':'/b','from':'/~2'}",
        "{'op':'copy','path':'/b','from':['/a']}",
        "{'op':'add','path':'/b'}",
        "{'op':'test','path':'/a'}",
        "{'op':'Remove','path':'/a'}",
        "{'op':1,'path':'/a'}",
        "{'path':'/a'}",
        "['remove','/a']",
        "null"
      })
  void refusesOperationsAndPointersThatAreNone(String operation) throws IOException {
    var path = fresh();
    node.put(path, "{\"a\":1}");
    var patch = "[{'op':'add','path':'/a','value':2},%s]".formatted(operation).replace('\'', '"');
    assertProblem(node.patch(path, JSON_PATCH, patch), 422, "unprocessable-patch");
    assertThat(node.get(path).content()).isEqualTo("{\"a\":1}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "null", "1", "\"[]\"", "{\"op\":\"remove\",\"path\":\"/a\"}"})
  void refusesWhatIsNoJsonPatch(String patch) throws IOException {
    var path = fresh();
    node.put(path, "{\"a\":1}");
    assertProblem(node.patch(path, JSON_PATCH, patch), 422, "unprocessable-patch");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[", "{\"a\":1,\"a\":1}", "[01]", "\ufeff[]", "[\"\\ud800\"]"})
  void refusesPatchesThatAreNoJson(String patch) throws IOException {
    var path = fresh();
    node.put(path, "{\"a\":1}");
    assertProblem(node.patch(path, MERGE, patch), 400, "invalid-json");
    assertProblem(node.patch(path, JSON_PATCH, patch), 400, "invalid-json");
  }

  @Test
  void aPointerOfAHundredThousandStepsLeadsNowhere() throws IOException {
    node.put("/large/flat", "{}");
    var patch = "[{\"op\":\"remove\",\"path\":\"" + "/a".repeat(100_000) + "\"}]";
    assertProblem(node.patch("/large/flat", JSON_PATCH, patch), 409, "conflict");
  }
}
