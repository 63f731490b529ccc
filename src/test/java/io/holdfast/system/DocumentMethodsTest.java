package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.assertProblem;
import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every method on documents and collections, through two real nodes. */
class DocumentMethodsTest {
  private static final String MERGE = "application/merge-patch+json";
  private static final String JSON_PATCH = "application/json-patch+json";
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>; rel=\"next\"");

  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    nodes =
        NodeProcesses.start(
            2,
            TestDatabase.H2.fresh(),
            "holdfast.documents.docs.content-max=1KiB",
            "holdfast.documents.pages.depth-max=64",
            "holdfast.documents.strict.if-match=required",
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.pages.path=/pages",
            "holdfast.routes.pages.documents=pages",
            "holdfast.routes.strict.path=/strict",
            "holdfast.routes.strict.documents=strict");
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private static String fresh() {
    return "/docs/" + UUID.randomUUID();
  }

  private static HttpResponse<String> patch(
      int node, String path, String type, String patch, String... fields) {
    var all = new ArrayList<String>();
    all.add("Content-Type");
    all.add(type);
    all.addAll(java.util.List.of(fields));
    return nodes.send(node, "PATCH", path, patch, all.toArray(String[]::new));
  }

  @Test
  void aMergePatchChangesWhatItNamesAndNothingElse() {
    var path = fresh();
    nodes.put(1, path, "{\"a\": 1.50, \"b\": {\"c\": 1E400, \"d\": 2}}");
    var patched = patch(2, path, MERGE, "{\"b\":{\"d\":null,\"e\":3}}");
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    assertThat(patched.body()).isEqualTo("{\"a\":1.50,\"b\":{\"c\":1E400,\"e\":3}}");
    assertThat(field(patched, "ETag")).isEqualTo("\"2\"");
    assertThat(field(patched, "Last-Modified")).isNotEmpty();
    assertThat(field(patched, "Content-Type")).isEqualTo("application/json");
    var read = nodes.get(1, path);
    assertThat(read.body()).isEqualTo(patched.body());
    assertThat(field(read, "ETag")).isEqualTo("\"2\"");
  }

  @Test
  void aJsonPatchIsCarriedOutWholeOrNotAtAll() {
    var path = fresh();
    nodes.put(1, path, "{\"a\":[1,2]}");
    var patched =
        patch(
            2,
            path,
            JSON_PATCH + "; charset=utf-8",
            "[{\"op\":\"test\",\"path\":\"/a/0\",\"value\":1.0},"
                + "{\"op\":\"add\",\"path\":\"/a/-\",\"value\":3}]");
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    assertThat(patched.body()).isEqualTo("{\"a\":[1,2,3]}");
    assertProblem(
        patch(
            1,
            path,
            JSON_PATCH,
            "[{\"op\":\"remove\",\"path\":\"/a/0\"},{\"op\":\"test\",\"path\":\"/a/0\",\"value\":9}]"),
        409,
        "conflict");
    assertThat(nodes.get(2, path).body()).isEqualTo("{\"a\":[1,2,3]}");
    assertThat(field(nodes.get(2, path), "ETag")).isEqualTo("\"2\"");
  }

  @Test
  void aPatchThatChangesNothingLeavesTheVersion() {
    var path = fresh();
    nodes.put(1, path, "{ \"a\" : 1 }");
    var patched = patch(2, path, JSON_PATCH, "[]");
    assertThat(patched.statusCode()).isEqualTo(200);
    assertThat(patched.body()).isEqualTo("{ \"a\" : 1 }");
    assertThat(field(patched, "ETag")).isEqualTo("\"1\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/merge-patch+json | {\"a\":1,\"a\":2} | 400 | invalid-json",
        "application/json-patch+json | [ | 400 | invalid-json",
        "application/json-patch+json | {} | 422 | unprocessable-patch",
        "application/json-patch+json | [{\"op\":\"jump\",\"path\":\"/a\"}] | 422 | unprocessable-patch",
        "application/json-patch+json | [{\"op\":\"remove\",\"path\":\"a\"}] | 422 | unprocessable-patch",
        "application/json-patch+json | [{\"op\":\"remove\",\"path\":\"/b\"}] | 409 | conflict",
        "application/json | {} | 415 | unsupported-media-type",
        "text/plain | {} | 415 | unsupported-media-type",
        "application/merge-patch+json; charset=latin1 | {} | 415 | unsupported-media-type"
      })
  void refusesPatchesThatAreNone(String type, String patch, int status, String problem) {
    var path = fresh();
    nodes.put(1, path, "{\"a\":1}");
    var refused = patch(2, path, type, patch);
    assertProblem(refused, status, problem);
    if (status == 415) {
      assertThat(field(refused, "Accept-Patch")).isEqualTo(MERGE + ", " + JSON_PATCH);
    }
    assertThat(nodes.get(1, path).body()).isEqualTo("{\"a\":1}");
  }

  @Test
  void patchesOnConditionAndOnlyWhatExists() {
    var path = fresh();
    assertProblem(patch(1, path, MERGE, "{}"), 404, "not-found");
    assertProblem(patch(1, path, MERGE, "{}", "If-Match", "\"1\""), 412, "precondition-failed");
    nodes.put(1, path, "{}");
    assertProblem(
        patch(2, path, MERGE, "{\"a\":1}", "If-Match", "\"7\""), 412, "precondition-failed");
    assertThat(patch(2, path, MERGE, "{\"a\":1}", "If-Match", "\"1\"").statusCode()).isEqualTo(200);
    var strict = "/strict/" + UUID.randomUUID();
    nodes.put(1, strict, "{}");
    assertProblem(patch(1, strict, MERGE, "{\"a\":1}"), 428, "precondition-required");
  }

  @Test
  void aPatchDoesNotGrowADocumentBeyondItsLimit() {
    var path = fresh();
    nodes.put(1, path, "{\"a\":\"" + "x".repeat(900) + "\"}");
    assertProblem(
        patch(2, path, JSON_PATCH, "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]"),
        413,
        "content-too-large");
  }

  @Test
  void answersAsThePreferenceSays() {
    var path = fresh();
    var created = nodes.put(1, path, "{\"a\":1}", "Prefer", "return=representation");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.body()).isEqualTo("{\"a\":1}");
    assertThat(field(created, "Preference-Applied")).isEqualTo("return=representation");
    var replaced = nodes.put(2, path, "{\"a\":2}", "Prefer", "return=representation");
    assertThat(replaced.statusCode()).isEqualTo(200);
    assertThat(replaced.body()).isEqualTo("{\"a\":2}");
    var minimal = patch(1, path, MERGE, "{\"a\":3}", "Prefer", "return=minimal");
    assertThat(minimal.statusCode()).isEqualTo(204);
    assertThat(minimal.body()).isEmpty();
    assertThat(field(minimal, "ETag")).isEqualTo("\"3\"");
    assertThat(field(minimal, "Preference-Applied")).isEqualTo("return=minimal");
    assertThat(field(nodes.put(1, path, "{\"a\":4}"), "Preference-Applied")).isEmpty();
    assertProblem(patch(1, path, MERGE, "{\"a\":5}", "Accept", "text/html"), 406, "not-acceptable");
    assertThat(nodes.get(2, path).body()).isEqualTo("{\"a\":4}");
  }

  @Test
  void aRepeatedPatchIsNotAppliedTwice() {
    var path = fresh();
    nodes.put(1, path, "{\"a\":[]}");
    var append = "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":1}]";
    var first = patch(1, path, JSON_PATCH, append, "Idempotency-Key", "\"p-1\"");
    var again = patch(2, path, JSON_PATCH, append, "Idempotency-Key", "\"p-1\"");
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body()).isEqualTo("{\"a\":[1]}");
    assertThat(field(again, "Idempotent-Replayed")).isEqualTo("true");
    assertThat(field(again, "ETag")).isEqualTo("\"2\"");
    assertProblem(
        patch(2, path, JSON_PATCH, "[]", "Idempotency-Key", "\"p-1\""),
        422,
        "idempotency-key-reused");
  }

  @Test
  void aRepeatedPatchShowsItsFirstAnswerAfterTheDocumentHasChanged() {
    var path = fresh();
    nodes.put(1, path, "{}");
    var key = new String[] {"Idempotency-Key", "\"p-2\""};
    var first = patch(1, path, MERGE, "{\"a\":1}", key);
    for (int i = 0; i < 45; i++) { // several snapshots, and the patch's own event is gone
      nodes.put(1 + i % 2, path, "{\"i\":" + i + "}");
    }
    nodes.send(2, "DELETE", path, null);
    var again = patch(2, path, MERGE, "{\"a\":1}", key);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(again.body()).isEqualTo("{\"a\":1}");
    for (var name : new String[] {"ETag", "Last-Modified", "Content-Type"}) {
      assertThat(field(again, name)).isEqualTo(field(first, name)).isNotEmpty();
    }
    assertThat(field(again, "Idempotent-Replayed")).isEqualTo("true");
  }

  @Test
  void postMakesADocumentWithAnIdOfItsOwn() {
    var type = new String[] {"Content-Type", "application/json"};
    var created = nodes.send(1, "POST", "/docs", "{\"n\":1}", type);
    assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    assertThat(field(created, "ETag")).isEqualTo("\"1\"");
    var location = field(created, "Location");
    assertThat(location).matches("/docs/[0-9a-v]{26}");
    assertThat(nodes.get(2, location).body()).isEqualTo("{\"n\":1}");
    var second = nodes.send(2, "POST", "/docs", "{\"n\":1}", type);
    assertThat(field(second, "Location")).isGreaterThan(location);
    assertProblem(nodes.send(1, "POST", "/docs", "{", type), 400, "invalid-json");
    assertProblem(nodes.send(1, "POST", "/docs", "{}"), 415, "unsupported-media-type");
  }

  @Test
  void postUnderAKeyMakesOneDocument() {
    var fields =
        new String[] {
          "Content-Type",
          "application/json",
          "Idempotency-Key",
          "\"post-" + UUID.randomUUID() + "\""
        };
    var first = nodes.send(1, "POST", "/docs", "{\"n\":1}", fields);
    var again = nodes.send(2, "POST", "/docs", "{\"n\":1}", fields);
    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(again.statusCode()).isEqualTo(201);
    assertThat(field(again, "Location")).isEqualTo(field(first, "Location"));
    assertThat(field(again, "Idempotent-Replayed")).isEqualTo("true");
    assertProblem(
        nodes.send(1, "POST", "/docs", "{\"n\":2}", fields), 422, "idempotency-key-reused");
  }

  @Test
  void listsWhatExistsInTheOrderOfIds() {
    for (var id : new String[] {"b", "a", "~", "B", "1", "gone"}) {
      nodes.put(1, "/pages/" + id, "1");
    }
    nodes.put(2, "/pages/a", "2");
    nodes.send(2, "DELETE", "/pages/gone", null);
    var all = nodes.get(1, "/pages");
    assertThat(all.statusCode()).isEqualTo(200);
    assertThat(field(all, "Content-Type")).isEqualTo("application/json");
    assertThat(field(all, "Link")).isEmpty();
    assertThat(all.body())
        .isEqualTo(
            "{\"items\":[{\"id\":\"1\",\"etag\":\"\\\"1\\\"\"},{\"id\":\"B\",\"etag\":\"\\\"1\\\"\"},"
                + "{\"id\":\"a\",\"etag\":\"\\\"2\\\"\"},{\"id\":\"b\",\"etag\":\"\\\"1\\\"\"},"
                + "{\"id\":\"~\",\"etag\":\"\\\"1\\\"\"}]}");
    var walked = new StringBuilder();
    var next = "/pages?limit=2";
    while (!next.isEmpty()) {
      var page = nodes.get(2, next);
      walked.append(page.body());
      var link = NEXT.matcher(field(page, "Link"));
      next = link.matches() ? link.group(1) : "";
    }
    assertThat(walked.toString())
        .isEqualTo(
            "{\"items\":[{\"id\":\"1\",\"etag\":\"\\\"1\\\"\"},{\"id\":\"B\",\"etag\":\"\\\"1\\\"\"}]}"
                + "{\"items\":[{\"id\":\"a\",\"etag\":\"\\\"2\\\"\"},{\"id\":\"b\",\"etag\":\"\\\"1\\\"\"}]}"
                + "{\"items\":[{\"id\":\"~\",\"etag\":\"\\\"1\\\"\"}]}");
  }

  @Test
  void aWriteThatWasAcknowledgedIsInTheNextPageOfAnyNode() {
    for (int i = 0; i < 50; i++) {
      var id = UUID.randomUUID().toString();
      nodes.put(1 + i % 2, "/pages/" + id, "1");
      assertThat(nodes.get(2 - i % 2, "/pages?limit=1000").body()).contains(id);
      nodes.send(1 + i % 2, "DELETE", "/pages/" + id, null);
      assertThat(nodes.get(2 - i % 2, "/pages?limit=1000").body()).doesNotContain(id);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"limit=0", "limit=1001", "limit=x", "after=%2F", "after=", "limit=1&limit=2"})
  void refusesPagesThatAreNone(String query) {
    assertProblem(nodes.get(1, "/pages?" + query), 400, "bad-request");
  }

  @Test
  void saysWhatItTakes() {
    var document = nodes.send(1, "OPTIONS", "/docs/a", null);
    assertThat(document.statusCode()).isEqualTo(204);
    assertThat(field(document, "Allow")).isEqualTo("GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assertThat(field(document, "Accept-Patch")).isEqualTo(MERGE + ", " + JSON_PATCH);
    var collection = nodes.send(1, "OPTIONS", "/docs", null);
    assertThat(collection.statusCode()).isEqualTo(204);
    assertThat(field(collection, "Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
    assertThat(field(collection, "Accept-Post")).isEqualTo("application/json");
    assertProblem(nodes.send(1, "POST", "/docs/a", "{}"), 405, "method-not-allowed");
    assertProblem(nodes.put(1, "/docs", "{}"), 405, "method-not-allowed");
    assertProblem(nodes.send(1, "DELETE", "/docs", null), 405, "method-not-allowed");
    assertProblem(nodes.send(1, "BREW", "/docs", null), 501, "not-implemented");
    assertProblem(nodes.get(1, "/docs/"), 404, "not-found");
    assertProblem(nodes.get(1, "/docs", "Accept", "text/html"), 406, "not-acceptable");
    var head = nodes.send(1, "HEAD", "/pages", null);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }
}
