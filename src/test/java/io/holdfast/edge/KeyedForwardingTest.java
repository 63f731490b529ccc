package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import io.holdfast.upstream.KeyedRow;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes to a service under an {@code Idempotency-Key}, on real sockets. */
@Timeout(60)
class KeyedForwardingTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();
  private final AtomicInteger effects = new AtomicInteger();

  /** It answers once it may. */
  private static Origin madeAfter(CountDownLatch leave) {
    return services.origin(
        (request, it) -> {
          leave.await();
          it.text(201, "made");
        });
  }

  /** It counts what it has done, and says how often that was. */
  private Origin counting() {
    return services.origin(
        (request, it) -> it.text(201, "effect " + effects.incrementAndGet(), "ETag: \"1\""));
  }

  private static RawClient.Response post(
      ForwardingFixture fixture, String key, String content, String... fields) throws IOException {
    return send(fixture, "POST /s/a", key, content, fields);
  }

  private static RawClient.Response send(
      ForwardingFixture fixture, String line, String key, String content, String... fields)
      throws IOException {
    try (var client = fixture.connect()) {
      client.send(request(line, key, content, fields));
      return client.read();
    }
  }

  private static String request(String line, String key, String content, String... fields) {
    var lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return "%s HTTP/1.1\r\nHost: a\r\nIdempotency-Key: %s\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(line, key, lines, content.length(), content);
  }

  private static boolean isReplayed(RawClient.Response response) {
    return response.field("Idempotent-Replayed").filter("true"::equals).isPresent();
  }

  private static List<String> fieldsBut(RawClient.Response response, String name) {
    return response.fields().stream().filter(line -> !line.startsWith(name)).toList();
  }

  /** Draft-ietf-httpapi-idempotency-key-header-07, section 2.6: the result of the first. */
  @Test
  void aRepeatGetsTheFirstAnswerByteForByte() throws Exception {
    var origin =
        services.origin(
            (request, it) ->
                it.send(
                    "HTTP/1.1 201 Made it\r\nTransfer-Encoding: chunked\r\nX-Odd: \u00e9 ,, x\r\n"
                        + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
                        + "\r\n3\r\n\u0000\u00ff\n\r\n2\r\nab\r\n0\r\n\r\n"));
    var fixture = services.to(origin, "", "");
    var first = post(fixture, "\"k-1\"", "content");
    var again = post(fixture, "k-1", "content");
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.content()).isEqualTo("\u0000\u00ff\nab");
    assertThat(first.field("X-Odd")).contains("\u00e9 ,, x");
    assertThat(first.fields()).contains("Set-Cookie: a=1", "Set-Cookie: b=2");
    assertThat(first.field("X-Hop")).isEmpty();
    assertThat(isReplayed(first)).isFalse();
    assertThat(isReplayed(again)).isTrue();
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.content()).isEqualTo(first.content());
    assertThat(fieldsBut(again, "Idempotent-Replayed")).isEqualTo(first.fields());
    assertThat(origin.requests()).hasSize(1);
    assertThat(origin.requests().get(0).field("Idempotency-Key")).contains("\"k-1\"");
    assertThat(origin.requests().get(0).content()).isEqualTo("content");
  }

  @Test
  void ofFiftyAtOnceOneIsCarriedOutAndAllGetItsAnswer() throws Exception {
    var origin =
        services.origin(
            (request, it) -> {
              int nr = effects.incrementAndGet();
              new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
              it.text(201, "effect " + nr);
            });
    var fixture = services.to(origin, "", "");
    var threads = Executors.newFixedThreadPool(50);
    try {
      Callable<RawClient.Response> call = () -> post(fixture, "k", "x");
      var answers = threads.invokeAll(IntStream.range(0, 50).mapToObj(i -> call).toList());
      int first = 0;
      for (var it : answers) {
        var answer = it.get();
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.content()).isEqualTo("effect 1");
        first += isReplayed(answer) ? 0 : 1;
      }
      assertThat(first).isEqualTo(1);
      assertThat(effects).hasValue(1);
    } finally {
      threads.shutdownNow();
    }
    assertThat(keyed(fixture, "replayed")).isEqualTo(49);
    assertThat(keyed(fixture, "waited")).isPositive();
    assertThat(keyed(fixture, "carried-out")).isEqualTo(1);
  }

  private static double keyed(ForwardingFixture fixture, String outcome) {
    return fixture
        .meters
        .get("holdfast.upstream.keyed")
        .tag("outcome", outcome)
        .functionCounter()
        .count();
  }

  /** Draft, section 2.7: another payload under the same key. */
  @Test
  void anotherRequestUnderTheSameKeyIsRefused() throws Exception {
    var fixture = services.to(counting(), "", "");
    post(fixture, "k", "x", "Content-Type: text/plain");
    for (var other :
        List.of(
            post(fixture, "k", "y", "Content-Type: text/plain"),
            post(fixture, "k", "x", "Content-Type: text/html"),
            send(fixture, "PUT /s/a", "k", "x", "Content-Type: text/plain"),
            send(fixture, "POST /s/a?b", "k", "x", "Content-Type: text/plain"))) {
      assertThat(other.status()).isEqualTo(422);
      assertThat(problem(other)).isEqualTo("idempotency-key-reused");
    }
    assertThat(effects).hasValue(1);
    assertThat(keyed(fixture, "reused")).isEqualTo(4);
  }

  @Test
  void aKeyIsOfItsCredentialAndItsRoute() throws Exception {
    var origin = counting();
    var fixture = services.to(origin, "", "\n}\nroutes.t { path = \"/t\", upstream = s");
    post(fixture, "k", "x", "Authorization: Bearer a");
    post(fixture, "k", "other", "Authorization: Bearer b");
    post(fixture, "k", "none");
    send(fixture, "POST /t/a", "k", "x", "Authorization: Bearer a");
    assertThat(isReplayed(post(fixture, "k", "x", "Authorization: Bearer a"))).isTrue();
    assertThat(effects).hasValue(4);
    assertThat(origin.requests()).hasSize(4);
  }

  @Test
  void refusesKeysThatAreNone() throws Exception {
    var fixture = services.to(counting(), "", "idempotency-key = required");
    for (var key : List.of("\"\"", "", "\"open", "a b", "k".repeat(256))) {
      var answer = post(fixture, key, "x");
      assertThat(answer.status()).as(key).isEqualTo(400);
      assertThat(problem(answer)).as(key).isEqualTo("bad-request");
    }
    assertThat(post(fixture, "k", "x", "Idempotency-Key: l").status()).isEqualTo(400);
    assertThat(post(fixture, "k".repeat(255), "x").status()).isEqualTo(201);
    try (var client = fixture.connect()) {
      client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(problem(client.read())).isEqualTo("idempotency-key-missing");
    }
    assertThat(fixture.get("/s").status()).as("nothing is written").isEqualTo(201);
  }

  @Test
  void aMethodThatChangesNothingNeedsNoKeyAndHasNone() throws Exception {
    var fixture = services.to(counting(), "", "");
    for (int i = 1; i <= 2; i++) {
      assertThat(send(fixture, "QUERY /s/a", "k", "x").content()).isEqualTo("effect " + i);
    }
    assertThat(fixture.keys.rows()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PATCH /s/a", "PUT /s/a", "DELETE /s/a", "UNHEARD-OF /s/a"})
  void everyOtherMethodIsCarriedOutOnce(String line) throws Exception {
    var fixture = services.to(counting(), "", "");
    for (int i = 0; i < 2; i++) {
      assertThat(send(fixture, line, "k", "").content()).isEqualTo("effect 1");
    }
  }

  /** An error of the service is passed on and not remembered. */
  @Test
  void anErrorOfTheServiceIsNotKept() throws Exception {
    var origin = services.origin((request, it) -> it.text(500, "no", "X-Own: 1"));
    var fixture = services.to(origin, "", "");
    var failed = post(fixture, "k", "x");
    assertThat(failed.status()).isEqualTo(500);
    assertThat(failed.content()).isEqualTo("no");
    assertThat(failed.field("X-Own")).contains("1");
    assertThat(fixture.keys.rows()).isEmpty();
    origin.does((request, it) -> it.text(201, "yes"));
    assertThat(post(fixture, "k", "x").content()).isEqualTo("yes");
    assertThat(isReplayed(post(fixture, "k", "x"))).isTrue();
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void aRefusalOfTheServiceIsKept() throws Exception {
    var origin = services.origin((request, it) -> it.text(409, "no"));
    var fixture = services.to(origin, "", "");
    assertThat(post(fixture, "k", "x").status()).isEqualTo(409);
    assertThat(isReplayed(post(fixture, "k", "x"))).isTrue();
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void whatWasNotSentMayBeSentAgain() throws Exception {
    var origin = counting();
    var gone = Origin.named("gone");
    gone.close();
    var fixture = services.to(gone, "retries-max = 0", "");
    assertThat(problem(post(fixture, "k", "x"))).isEqualTo("upstream-failed");
    assertThat(fixture.keys.rows()).isEmpty();
    assertThat(effects).hasValue(0);
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void whatMayHaveBeenCarriedOutNeverIsAgainWhereTheServiceIgnoresKeys() throws Exception {
    var origin = services.origin((request, it) -> it.reset());
    var fixture = services.to(origin, "", "");
    for (int i = 0; i < 3; i++) {
      var answer = post(fixture, "k\\1", "x");
      assertThat(answer.status()).isEqualTo(504);
      assertThat(problem(answer)).isEqualTo("outcome-unknown");
      assertThat(answer.field("Idempotency-Key")).contains("\"k\\\\1\"");
    }
    assertThat(origin.requests()).hasSize(1);
    assertThat(fixture.keys.row().orElseThrow().state()).isEqualTo(KeyedRow.State.UNKNOWN);
  }

  @Test
  void whatMayHaveBeenCarriedOutIsAgainWhereTheServiceHonoursKeys() throws Exception {
    var origin = services.origin((request, it) -> it.reset());
    var fixture = services.to(origin, "idempotency-key = honoured\nretries-max = 0", "");
    assertThat(problem(post(fixture, "k", "x"))).isEqualTo("outcome-unknown");
    origin.does((request, it) -> it.text(201, "made"));
    assertThat(post(fixture, "k", "x").content()).isEqualTo("made");
    assertThat(isReplayed(post(fixture, "k", "x"))).isTrue();
    assertThat(origin.requests()).hasSize(2);
  }

  /** Also beyond the 64 KiB that are kept of what is only passed on. */
  @Test
  void theAttemptsOfOneRequestGoOnWhereTheServiceHonoursKeys() throws Exception {
    var origin =
        services.origin(
            (request, it) -> {
              if (effects.incrementAndGet() == 1) {
                it.reset();
              } else {
                it.text(201, request.content().length() + "");
              }
            });
    var fixture = services.to(origin, "idempotency-key = honoured", "");
    assertThat(post(fixture, "k", "x".repeat(200_000)).content()).isEqualTo("200000");
    assertThat(effects).hasValue(2);
  }

  @Test
  void anAnswerThatBreaksOffIsNoAnswer() throws Exception {
    var origin =
        services.origin(
            (request, it) -> {
              it.send("HTTP/1.1 201 Made\r\nContent-Length: 10\r\n\r\nhalf");
              it.socket().close();
            });
    var fixture = services.to(origin, "", "");
    for (int i = 0; i < 2; i++) {
      assertThat(problem(post(fixture, "k", "x"))).isEqualTo("outcome-unknown");
    }
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void aRepeatWaitsForTheFirstUpToItsDeadline() throws Exception {
    var answers = new CountDownLatch(1);
    var origin = madeAfter(answers);
    var fixture = services.to(origin, "", "deadline = 1s");
    try (var first = fixture.connect()) {
      first.send(request("POST /s/a", "k", "x"));
      await().until(() -> origin.requests().size() == 1);
      await().pollDelay(Duration.ofMillis(500)).until(() -> true);
      try (var second = fixture.connect()) {
        second.send(request("POST /s/a", "k", "x"));
        // the first's deadline comes first, and then nobody brings an answer
        assertThat(problem(first.read())).isEqualTo("outcome-unknown");
        assertThat(problem(second.read())).isEqualTo("outcome-unknown");
      }
    } finally {
      answers.countDown();
    }
  }

  @Test
  void aRepeatOfWhatIsNotDoneIsToldToComeAgain() throws Exception {
    var answers = new CountDownLatch(1);
    var origin =
        services.origin(
            (request, it) -> {
              it.send("HTTP/1.1 201 Made\r\nContent-Length: 4\r\n\r\n");
              answers.await();
              it.send("made");
            });
    var fixture = services.to(origin, "", "deadline = 500ms");
    try (var first = fixture.connect()) {
      first.send(request("POST /s/a", "k", "x"));
      await().until(() -> origin.requests().size() == 1);
      var second = post(fixture, "k", "x");
      assertThat(second.status()).isEqualTo(409);
      assertThat(problem(second)).isEqualTo("conflict");
      assertThat(second.field("Retry-After")).contains("1");
      answers.countDown();
      assertThat(first.read().content()).isEqualTo("made");
    }
    assertThat(isReplayed(post(fixture, "k", "x"))).isTrue();
    assertThat(keyed(fixture, "not-done")).isEqualTo(1);
  }

  @Test
  void whatHasBegunIsCarriedOutWhenItsClientGoesAway() throws Exception {
    var answers = new CountDownLatch(1);
    var origin = madeAfter(answers);
    var fixture = services.to(origin, "", "");
    try (var client = fixture.connect()) {
      client.send(request("POST /s/a", "k", "x"));
      await().until(() -> origin.requests().size() == 1);
      client.reset();
    }
    answers.countDown();
    var again = post(fixture, "k", "x");
    assertThat(again.content()).isEqualTo("made");
    assertThat(isReplayed(again)).isTrue();
    assertThat(origin.requests()).hasSize(1);
  }

  // ---- a node that died ----

  @Test
  void ofWhoeverDiedOverARequestNobodyKnowsWhereTheServiceIgnoresKeys() throws Exception {
    var origin = services.origin((request, it) -> it.hang());
    var fixture = services.to(origin, "", "");
    try (var first = fixture.connect()) {
      first.send(request("POST /s/a", "k", "x"));
      await().until(() -> origin.requests().size() == 1);
      fixture.keys.runnersAreGone();
      assertThat(problem(post(fixture, "k", "x"))).isEqualTo("outcome-unknown");
    }
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void theRequestOfWhoeverDiedIsTakenOverByOneWhereTheServiceHonoursKeys() throws Exception {
    var late = new CountDownLatch(1);
    var origin =
        services.origin(
            (request, it) -> {
              if (effects.incrementAndGet() == 1) {
                late.await();
                it.text(201, "late");
              } else {
                it.text(201, "made");
              }
            });
    var fixture = services.to(origin, "idempotency-key = honoured", "");
    try (var first = fixture.connect()) {
      first.send(request("POST /s/a", "k", "x"));
      await().until(() -> origin.requests().size() == 1);
      fixture.keys.runnersAreGone();
      var second = post(fixture, "k", "x");
      assertThat(second.content()).isEqualTo("made");
      assertThat(isReplayed(second)).isFalse();
      late.countDown();
      var replaced = first.read();
      assertThat(replaced.content()).as("what a repeat finds").isEqualTo("made");
      assertThat(isReplayed(replaced)).isTrue();
    }
    assertThat(effects).hasValue(2);
  }

  // ---- the database ----

  @Test
  void withoutADatabaseNothingIsSent() throws Exception {
    var origin = counting();
    var fixture = services.to(origin, "", "");
    fixture.keys.away(true);
    long began = System.nanoTime();
    var answer = post(fixture, "k", "x");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(problem(answer)).isEqualTo("database-unavailable");
    assertThat(answer.field("Retry-After")).isPresent();
    assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
    assertThat(fixture.get("/s").status()).as("what needs none goes on").isEqualTo(201);
    fixture.keys.away(false);
    assertThat(post(fixture, "k", "x").status()).isEqualTo(201);
    assertThat(isReplayed(post(fixture, "k", "x"))).isTrue();
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void aRowThatWasMadeUnheardOfGoesAgain() throws Exception {
    var origin = counting();
    var fixture = services.to(origin, "", "");
    fixture.keys.takesClaimsSilently(true);
    assertThat(problem(post(fixture, "k", "x"))).isEqualTo("database-unavailable");
    fixture.keys.takesClaimsSilently(false);
    await().until(() -> fixture.keys.rows().isEmpty());
    assertThat(post(fixture, "k", "x").content()).isEqualTo("effect 1");
  }

  @Test
  void anAnswerIsGivenOnlyOnceItIsWrittenDown() throws Exception {
    var fixture = services.to(counting(), "", "");
    fixture.keys.takesNoEnds(true);
    try (var client = fixture.connect()) {
      client.send(request("POST /s/a", "k", "x"));
      await().until(() -> effects.get() == 1);
      await().pollDelay(Duration.ofMillis(300)).until(() -> true);
      fixture.keys.takesNoEnds(false);
      assertThat(client.read().content()).isEqualTo("effect 1");
    }
    assertThat(fixture.keys.row().orElseThrow().state()).isEqualTo(KeyedRow.State.ANSWERED);
  }

  @Test
  void anAnswerThatCannotBeWrittenDownInTimeIsUnknownAndFoundLater() throws Exception {
    var fixture = services.to(counting(), "", "deadline = 500ms");
    fixture.keys.takesNoEnds(true);
    var answer = post(fixture, "k", "x");
    assertThat(problem(answer)).isEqualTo("outcome-unknown");
    assertThat(answer.field("Idempotency-Key")).contains("\"k\"");
    fixture.keys.takesNoEnds(false);
    await().until(() -> fixture.keys.row().orElseThrow().state() == KeyedRow.State.ANSWERED);
    assertThat(post(fixture, "k", "x").content()).isEqualTo("effect 1");
    assertThat(effects).hasValue(1);
  }

  // ---- limits ----

  @Test
  void longerContentIsRefusedBeforeAnythingIsSent() throws Exception {
    var origin = counting();
    var fixture = services.to(origin, "", "idempotency-content-max = 1KiB");
    assertThat(post(fixture, "k", "x".repeat(1024)).status()).isEqualTo(201);
    assertThat(problem(post(fixture, "l", "x".repeat(1025)))).isEqualTo("content-too-large");
    try (var client = fixture.connect()) {
      client.send(
          "POST /s HTTP/1.1\r\nHost: a\r\nIdempotency-Key: m\r\nTransfer-Encoding: chunked\r\n\r\n"
              + ("400\r\n" + "x".repeat(1024) + "\r\n").repeat(2));
      assertThat(problem(client.read())).isEqualTo("content-too-large");
    }
    try (var client = fixture.connect()) {
      client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n");
      client.send("x".repeat(1025));
      assertThat(client.read().status()).as("without a key").isEqualTo(201);
    }
    assertThat(origin.requests()).hasSize(2);
  }

  @Test
  void contentBeyondTheRoomOfTheNodeIsRefused() throws Exception {
    var origin = counting();
    var fixture = services.to(origin, "", "idempotency-content-max = 2MiB");
    assertThat(problem(post(fixture, "k", "x".repeat(1536 * 1024)))).isEqualTo("shed");
    assertThat(origin.requests()).isEmpty();
    await("what was taken is given back")
        .until(() -> post(fixture, "k", "x".repeat(1000 * 1024)).status() == 201);
    await().until(() -> fixture.budget.reserve(1024 * 1024).isPresent());
  }

  @Test
  void aClientThatWaitsForItMaySendItsContent() throws Exception {
    var fixture = services.to(counting(), "", "");
    try (var client = fixture.connect()) {
      client.send(
          "POST /s HTTP/1.1\r\nHost: a\r\nIdempotency-Key: k\r\nExpect: 100-continue\r\n"
              + "Content-Length: 1\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      client.send("x");
      assertThat(client.read().content()).isEqualTo("effect 1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 3000\r\n\r\n", "Connection: close\r\n\r\n"})
  void aLongerAnswerIsGivenToTheFirstAndARepeatIsTold(String framing) throws Exception {
    var origin =
        services.origin(
            (request, it) -> {
              it.send("HTTP/1.1 201 Made\r\n" + framing + "x".repeat(1500));
              it.send("y".repeat(1500));
              if (framing.contains("close")) {
                it.socket().close();
              }
            });
    var fixture = services.to(origin, "", "idempotency-answer-max = 2KiB");
    var first = post(fixture, "k", "x");
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.content()).isEqualTo("x".repeat(1500) + "y".repeat(1500));
    var again = post(fixture, "k", "x");
    assertThat(again.status()).isEqualTo(409);
    assertThat(problem(again)).isEqualTo("conflict");
    assertThat(again.content()).contains("too large to be kept");
    assertThat(again.field("Retry-After")).isEmpty();
    assertThat(origin.requests()).hasSize(1);
    await().until(() -> fixture.budget.reserve(1024 * 1024).isPresent());
  }

  @Test
  void anAnswerWithoutContentIsReplayedWithoutOne() throws Exception {
    var origin =
        services.origin((request, it) -> it.send("HTTP/1.1 204 Done\r\nETag: \"2\"\r\n\r\n"));
    var fixture = services.to(origin, "", "");
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(request("DELETE /s/a", "k", ""));
        var answer = client.read();
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.field("Content-Length")).isEmpty();
        assertThat(answer.field("ETag")).contains("\"2\"");
        assertThat(isReplayed(answer)).isEqualTo(i > 0);
      }
    }
    assertThat(origin.requests()).hasSize(1);
  }

  @Test
  void aClientOfTheFirstVersionGetsAWholeAnswer() throws Exception {
    var fixture = services.to(counting(), "", "");
    for (int i = 0; i < 2; i++) {
      try (var client = fixture.connect()) {
        client.send("POST /s HTTP/1.0\r\nIdempotency-Key: k\r\nContent-Length: 1\r\n\r\nx");
        var answer = client.read();
        assertThat(answer.content()).isEqualTo("effect 1");
        assertThat(answer.closes()).isTrue();
        assertThat(client.ended()).isTrue();
      }
    }
  }
}
