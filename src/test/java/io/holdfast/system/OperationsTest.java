package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Requests that three real nodes accept and carry out later. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.Random.class)
class OperationsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicInteger names = new AtomicInteger();
  private static final Map<String, AtomicInteger> sent = new ConcurrentHashMap<>();

  /** By the key under which it was asked for. */
  private static final Map<String, String> effects = new ConcurrentHashMap<>();

  /** Requests that wait until they may be answered. */
  private static final Map<String, CountDownLatch> gates = new ConcurrentHashMap<>();

  private static Origin honouring;
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    honouring = Origin.start(OperationsTest::answer);
    var properties = new ArrayList<>(Services.properties("made", honouring));
    properties.add("holdfast.upstreams.made.idempotency-key=honoured");
    properties.add("holdfast.upstreams.made.first-byte-timeout=30s");
    properties.add("holdfast.upstreams.made.attempt-timeout=30s");
    properties.add("holdfast.routes.made.async.mode=allowed");
    properties.add("holdfast.routes.made.async.attempts-max=3");
    properties.add("holdfast.routes.made.async.backoff=10ms");
    properties.add("holdfast.routes.made.async.content-max=1KiB");
    properties.add("holdfast.routes.made.async.result-max=1KiB");
    properties.add("holdfast.http.uri-max=16KiB");
    properties.add("holdfast.routes.always.path=/always");
    properties.add("holdfast.routes.always.upstream=made");
    properties.add("holdfast.routes.always.cache.mode=off");
    properties.add("holdfast.routes.always.async.mode=always");
    properties.add("holdfast.routes.sync.path=/sync");
    properties.add("holdfast.routes.sync.upstream=made");
    properties.add("holdfast.routes.few.path=/few");
    properties.add("holdfast.routes.few.upstream=made");
    properties.add("holdfast.routes.few.async.mode=allowed");
    properties.add("holdfast.routes.few.async.waiting-max=5");
    properties.add("holdfast.routes.forgets.path=/forgets");
    properties.add("holdfast.routes.forgets.upstream=made");
    properties.add("holdfast.routes.forgets.async.mode=allowed");
    properties.add("holdfast.routes.forgets.idempotency-kept-max=1");
    properties.add("holdfast.documents.docs.if-match=optional");
    properties.add("holdfast.routes.docs.path=/docs");
    properties.add("holdfast.routes.docs.documents=docs");
    properties.add("holdfast.routes.docs.async.mode=allowed");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    honouring.close();
  }

  private static void answer(Origin.Request request, Origin.Exchange exchange) throws Exception {
    var target = request.line().split(" ")[1];
    var key = request.field("Idempotency-Key").orElse("none");
    sent.computeIfAbsent(target, it -> new AtomicInteger()).incrementAndGet();
    var gate = gates.get(target);
    if (gate != null) {
      gate.await();
    }
    if (target.contains("fails")) {
      exchange.text(500, "it fails");
    } else if (target.contains("large")) {
      exchange.text(200, "x".repeat(5000));
    } else {
      var effect = effects.computeIfAbsent(key, it -> "made of " + request.content());
      exchange.text(201, effect, "X-Said: yes", "Preferred: " + request.field("Prefer"));
    }
  }

  private static String fresh(String name) {
    return "/made/" + name + names.incrementAndGet();
  }

  private static void close(String target) {
    gates.put(target, new CountDownLatch(1));
  }

  private static void open(String target) {
    gates.remove(target).countDown();
  }

  private static HttpResponse<String> later(
      int node, String method, String path, String content, String... fields) {
    var all = new ArrayList<>(List.of("Prefer", "respond-async"));
    all.addAll(List.of(fields));
    return nodes.send(node, method, path, content, all.toArray(String[]::new));
  }

  private static String locationOf(HttpResponse<String> accepted) {
    assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
    return accepted.headers().firstValue("Location").orElseThrow();
  }

  private static JsonNode operation(int node, String location) {
    try {
      return JSON.readTree(nodes.get(node, location).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitState(String location, String state) {
    await(location)
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(operation(1, location).get("state").asText()).isEqualTo(state));
  }

  private static int timesSent(String target) {
    return sent.getOrDefault(target, new AtomicInteger()).get();
  }

  @Test
  void whatIsAcceptedIsCarriedOutAndReadableOnEveryNode() {
    var locations = new ArrayList<String>();
    for (int i = 0; i < 30; i++) {
      var accepted = later(1 + i % 3, "POST", fresh("a"), "content " + i);
      assertThat(accepted.headers().firstValue("Preference-Applied")).contains("respond-async");
      assertThat(accepted.headers().firstValue("Retry-After")).contains("1");
      locations.add(locationOf(accepted));
      assertThat(accepted.body()).contains("\"state\":\"accepted\"");
    }
    for (int i = 0; i < 30; i++) {
      awaitState(locations.get(i), "succeeded");
      for (int node = 1; node <= 3; node++) {
        var result = nodes.get(node, locations.get(i) + "/result");
        assertThat(result.statusCode()).isEqualTo(201);
        assertThat(result.body()).isEqualTo("made of content " + i);
        assertThat(result.headers().firstValue("X-Said")).contains("yes");
        assertThat(result.headers().firstValue("Preferred"))
            .as("nothing is left to prefer")
            .contains("Optional.empty");
      }
    }
  }

  @Test
  void whoeverWaitsGetsTheResultIfItIsThereInTime() {
    var waited = later(2, "POST", fresh("w"), "waits", "Prefer", "wait=10");
    assertThat(waited.statusCode()).isEqualTo(201);
    assertThat(waited.body()).isEqualTo("made of waits");
    var alone = nodes.send(3, "PUT", fresh("w"), "alone", "Prefer", "wait=10");
    assertThat(alone.body()).isEqualTo("made of alone");
    var slow = fresh("slow");
    close(slow);
    var accepted = later(1, "POST", slow, "slow", "Prefer", "wait=1");
    var location = locationOf(accepted);
    awaitState(location, "running");
    open(slow);
    awaitState(location, "succeeded");
  }

  @Test
  void aRouteThatAlwaysAcceptsDoesAndOneThatNeverDoesDoesNot() {
    assertThat(nodes.send(1, "POST", "/always/x", "c").statusCode()).isEqualTo(202);
    assertThat(nodes.send(1, "GET", "/always/x", null).statusCode()).isEqualTo(201);
    assertThat(later(1, "POST", "/sync/x", "c").statusCode()).isEqualTo(201);
    assertThat(later(1, "GET", fresh("g"), null).statusCode()).isEqualTo(201);
    assertThat(later(1, "POST", "/nowhere", "c").statusCode()).isEqualTo(404);
    assertThat(
            nodes
                .send(1, "POST", fresh("p"), "c", "Prefer", "respond-asynchronously;")
                .statusCode())
        .as("what is not known is ignored")
        .isEqualTo(201);
  }

  @Test
  void whatFailsIsKeptAndCanBeAskedForAgain() {
    var location = locationOf(later(1, "POST", fresh("fails"), "c"));
    awaitState(location, "failed");
    var failed = operation(2, location);
    assertThat(failed.get("attempts").asInt()).isEqualTo(3);
    assertThat(failed.get("problem").get("type").asText()).endsWith("upstream-failed");
    assertThat(failed.get("lastError").asText()).contains("500");
    assertThat(nodes.get(3, location + "/result").statusCode()).isEqualTo(500);
    assertThat(nodes.send(2, "POST", location + "/retry", "").statusCode()).isEqualTo(202);
    awaitState(location, "failed");
    assertThat(nodes.get(1, "/operations?state=failed&route=made&limit=1000").body())
        .contains(location.substring("/operations/".length()));
  }

  @Test
  void whatIsTooLargeIsRefusedAndAResultThatIsFails() {
    var path = fresh("big");
    assertThat(later(1, "POST", path, "x".repeat(1025)).statusCode()).isEqualTo(413);
    assertThat(later(1, "POST", path + "x".repeat(8192), "c").statusCode()).isEqualTo(414);
    var location = locationOf(later(1, "POST", fresh("large"), "c"));
    awaitState(location, "failed");
    assertThat(operation(2, location).get("problem").get("type").asText())
        .endsWith("content-too-large");
    assertThat(operation(2, location).get("attempts").asInt()).isEqualTo(1);
  }

  @Test
  void contentThatBreaksOffIsNotAccepted() throws Exception {
    var target = fresh("broken");
    try (var client = RawClient.connect(new InetSocketAddress("127.0.0.1", nodes.httpPort(1)))) {
      client.send(
          "POST %s HTTP/1.1\r\nHost: a\r\nPrefer: respond-async\r\nContent-Length: 100\r\n\r\nten bytes."
              .formatted(target));
      client.sendEnd();
      while (client.readByte() >= 0) {
        // an answer, perhaps, and then the end
      }
    }
    locationOf(later(1, "POST", fresh("whole"), "c"));
    assertThat(nodes.get(1, "/operations?route=made&limit=1000").body())
        .contains("/made/whole")
        .doesNotContain(target);
    var malformed = later(1, "POST", target, "c", "Idempotency-Key", "\"");
    assertThat(malformed.statusCode()).isEqualTo(400);
  }

  @Test
  void asManyWaitAsMay() {
    var targets = new HashSet<String>();
    for (int i = 0; i < 5; i++) {
      var target = "/few/" + i;
      close(target);
      targets.add(target);
      assertThat(later(1, "POST", target, "c").statusCode()).isEqualTo(202);
    }
    var full = later(1, "POST", "/few/5", "c");
    assertThat(full.statusCode()).isEqualTo(503);
    assertThat(full.headers().firstValue("Retry-After")).isPresent();
    assertThat(full.body()).contains("problems/shed");
    targets.forEach(OperationsTest::open);
    await().atMost(SOON).until(() -> later(1, "POST", "/few/6", "c").statusCode() == 202);
  }

  @Test
  void aWriteToADocumentIsCarriedOutLaterToo() {
    var put = later(1, "PUT", "/docs/later", "{\"n\":1}", "Content-Type", "application/json");
    var location = locationOf(put);
    awaitState(location, "succeeded");
    var result = nodes.get(2, location + "/result");
    assertThat(result.statusCode()).isEqualTo(201);
    assertThat(result.headers().firstValue("ETag")).isPresent();
    assertThat(nodes.get(3, "/docs/later").body()).isEqualTo("{\"n\":1}");
    assertThat(later(1, "PUT", "/docs/later", "{", "Content-Type", "application/json").statusCode())
        .as("what can be checked is checked at once")
        .isEqualTo(400);
    assertThat(later(1, "POST", "/docs/later", "{}").statusCode()).isEqualTo(405);
    var created =
        nodes.send(
            2,
            "POST",
            "/docs",
            "{\"n\":2}",
            "Content-Type",
            "application/json",
            "Prefer",
            "respond-async, wait=10");
    assertThat(created.statusCode()).isEqualTo(201);
    var made = created.headers().firstValue("Location").orElseThrow();
    assertThat(nodes.get(3, made).body()).isEqualTo("{\"n\":2}");
  }

  @Test
  void aCancelAndACompletionThatRaceLeaveOneOfTheTwo() throws Exception {
    for (int i = 0; i < 12; i++) {
      var target = fresh("race");
      close(target);
      var location = locationOf(later(1, "POST", target, "race " + i));
      await().atMost(SOON).until(() -> timesSent(target) == 1);
      var cancel = nodes.sendLater(2, "DELETE", location, null);
      open(target);
      var won = cancel.get(20, TimeUnit.SECONDS).statusCode() == 200;
      await().atMost(SOON).until(() -> operation(3, location).get("nextAttemptAt") == null);
      assertThat(operation(3, location).get("state").asText())
          .isEqualTo(won ? "cancelled" : "succeeded");
      assertThat(nodes.get(1, location + "/result").statusCode()).isEqualTo(won ? 404 : 201);
      assertThat(nodes.send(1, "DELETE", location, null).statusCode()).isEqualTo(409);
    }
  }

  /** The first answer makes room for those to other keys; the operation is there all the same. */
  @Test
  void aKeyWhoseAnswerIsKeptNoMoreStillNamesItsOperationAndNoOther() {
    var key = "first-" + names.incrementAndGet();
    var first = locationOf(later(1, "POST", "/forgets", "c", "Idempotency-Key", key));
    for (int i = 0; i < 20; i++) {
      locationOf(later(1 + i % 3, "POST", "/forgets", "c", "Idempotency-Key", key + "-" + i));
      var other = later(1 + (i + 1) % 3, "POST", "/forgets", "other", "Idempotency-Key", key);
      assertThat(other.statusCode()).as(other.body()).isEqualTo(422);
      var again = later(1 + (i + 2) % 3, "POST", "/forgets", "c", "Idempotency-Key", key);
      assertThat(locationOf(again)).isEqualTo(first);
    }
  }

  @Test
  void theSameRequestFiftyTimesAtOnceIsOneOperationWhileANodeIsKilled() throws Exception {
    var target = fresh("keyed");
    var key = "key-" + names.incrementAndGet();
    var calls = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 50; i++) {
      var call =
          nodes.sendLater(
              1 + i % 3,
              "POST",
              target,
              "fifty",
              "Prefer",
              "respond-async",
              "Idempotency-Key",
              key);
      if (i % 3 < 2) {
        calls.add(call);
      }
    }
    nodes.kill(3);
    String location;
    try {
      var told = new HashSet<String>();
      for (var call : calls) {
        told.add(locationOf(call.get(20, TimeUnit.SECONDS)));
      }
      assertThat(told).hasSize(1);
      location = told.iterator().next();
      awaitState(location, "succeeded");
      assertThat(timesSent(target)).isBetween(1, 2);
      assertThat(effects.values().stream().filter("made of fifty"::equals)).hasSize(1);
      var other = later(2, "POST", target, "another", "Idempotency-Key", key);
      assertThat(other.statusCode()).isEqualTo(422);
    } finally {
      nodes.start(3);
      nodes.awaitReady();
    }
    var repeated = later(3, "POST", target, "fifty", "Idempotency-Key", key);
    assertThat(repeated.headers().firstValue("Idempotent-Replayed")).contains("true");
    assertThat(locationOf(repeated)).isEqualTo(location);
  }

  @Test
  void aWatcherWhoseNodeIsKilledGoesOnAtAnotherAndMissesNothing() throws Exception {
    var target = fresh("watched");
    close(target);
    var location = locationOf(later(1, "POST", target, "watched"));
    awaitState(location, "running");
    var client = HttpClient.newHttpClient();
    try (var events = Events.watch(client, nodes.http(3, location), "")) {
      await().atMost(SOON).until(() -> sees(events, "running"));
      nodes.kill(3);
      open(target);
      awaitState(location, "succeeded");
      try (var next = Events.watch(client, nodes.http(2, location), events.lastId)) {
        await().atMost(SOON).until(() -> sees(next, "succeeded"));
        assertThat(sees(next, "running")).as("it was seen before").isFalse();
        await().atMost(SOON).until(() -> next.ended);
      }
    } finally {
      nodes.start(3);
      nodes.awaitReady();
    }
  }

  private static boolean sees(Events events, String state) {
    return events.seen.stream().anyMatch(it -> it.contains("\"state\":\"" + state + "\""));
  }
}
