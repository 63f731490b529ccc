package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What well-behaved clients get on a real socket, and what they see when the server is full. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpServerTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String HOST = " HTTP/1.1\r\nHost: a\r\n";

  private final ActorTestKit kit = ActorTestKit.create();
  private ServerFixture server;

  @BeforeEach
  void start() {
    server = ServerFixture.start(kit);
  }

  @AfterEach
  void nothingIsLeftInFlight() {
    server.held.forEach(response -> response.complete(ServerFixture.text("too late")));
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.in.flight")).isZero());
    server.close();
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private void restart(int connectionsMax, int inFlightMax) {
    server.close();
    server =
        ServerFixture.start(kit, ServerFixture.limits(LONG, LONG, connectionsMax, inFlightMax));
  }

  private static String get(String path) {
    return "GET " + path + HOST + "\r\n";
  }

  private CompletableFuture<HttpResponse> heldRequest() {
    await().until(() -> !server.held.isEmpty());
    return server.held.remove();
  }

  // ---- one request after the other ----

  @Test
  void answersOneRequestAfterTheOtherOnOneConnection() throws IOException {
    try (RawClient client = server.connect()) {
      for (int i = 0; i < 3; i++) {
        Response response = client.send(get("/docs/" + i + "?q=%2F")).read();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.content()).isEqualTo("/docs/" + i + "?q=%2F");
        assertThat(response.field("Server")).contains("holdfast");
        assertThat(response.field("Date")).isPresent();
        assertThat(response.closes()).isFalse();
      }
    }
  }

  @Test
  void answersTwoHundredPipelinedRequestsInOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      requests.append(get("/" + i));
      requests.append("PUT /store").append(HOST).append("Content-Length: 3\r\n\r\nabc");
    }
    try (RawClient client = server.connect()) {
      client.send(requests.toString());
      for (int i = 0; i < 100; i++) {
        assertThat(client.read().content()).isEqualTo("/" + i);
        assertThat(client.read().content()).isEqualTo("stored 3");
      }
    }
  }

  @Test
  void refusesABadRequestAfterTheAnswersToThoseBeforeIt() throws IOException {
    try (RawClient client = server.connect()) {
      client.send(get("/1") + get("/hold") + "GET /\n" + get("/never"));
      assertThat(client.read().content()).isEqualTo("/1");
      heldRequest().complete(ServerFixture.text("held"));
      assertThat(client.read().content()).isEqualTo("held");
      assertThat(client.read().status()).isEqualTo(400);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void answersAClientThatEndedItsOutput() throws IOException {
    try (RawClient client = server.connect()) {
      client.send(get("/1") + get("/hold")).sendEnd();
      assertThat(client.read().content()).isEqualTo("/1");
      heldRequest().complete(ServerFixture.text("held"));
      assertThat(client.read().content()).isEqualTo("held");
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void answersAtLengthAClientThatEndedItsOutput() throws IOException {
    try (RawClient client = RawClient.connectWithSmallBuffer(server.server.address())) {
      client.send(get("/1").repeat(3000) + get("/stream")).sendEnd();
      for (int i = 0; i < 3000; i++) {
        assertThat(client.read().content()).isEqualTo("/1");
      }
      assertThat(client.read().content()).hasSize(64 * 1024 * 1024);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void answersHeadWithoutContentAndGoesOn() throws IOException {
    try (RawClient client = server.connect()) {
      Response response = client.send("HEAD /docs/a" + HOST + "\r\n" + get("/2")).readHeadOnly();
      assertThat(response.field("Content-Length")).contains("7");
      assertThat(client.read().content()).isEqualTo("/2");
      assertThat(client.send("HEAD /stream" + HOST + "\r\n" + get("/3")).readHeadOnly().status())
          .isEqualTo(200);
      assertThat(client.read().content()).isEqualTo("/3");
      assertThat(client.send(get("/empty") + get("/4")).read().status()).isEqualTo(204);
      assertThat(client.read().content()).isEqualTo("/4");
    }
  }

  @Test
  void closesWhenTheClientAsksForIt() throws IOException {
    try (RawClient client = server.connect()) {
      Response response =
          client.send("GET /1" + HOST + "Connection: close\r\n\r\n" + get("/never")).read();
      assertThat(response.closes()).isTrue();
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.seen).hasSize(1);
  }

  @Test
  void keepsAnHttp10ConnectionOnlyWhenAsked() throws IOException {
    try (RawClient client = server.connect()) {
      Response kept = client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read();
      assertThat(kept.field("Connection"))
          .hasValueSatisfying(option -> assertThat(option).isEqualToIgnoringCase("keep-alive"));
      assertThat(client.send("GET /2 HTTP/1.0\r\n\r\n").read().content()).isEqualTo("/2");
      assertThat(client.ended()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"QUERY", "PURGE", "get", "OTHER", "PATCH", "OPTIONS"})
  void givesTheHandlerEveryMethodAsSent(String method) throws IOException {
    try (RawClient client = server.connect()) {
      for (int i = 0; i < 2; i++) {
        String request = method + " /method" + HOST + "Content-Length: 2\r\n\r\nhi";
        assertThat(client.send(request).read().content()).isEqualTo(method);
      }
    }
  }

  @Test
  void takesTheAsteriskAndTheAbsoluteForm() throws IOException {
    try (RawClient client = server.connect()) {
      assertThat(client.send("OPTIONS *" + HOST + "\r\n").read().content()).isEqualTo("*");
      assertThat(client.send(get("http://a/x?y")).read().content()).isEqualTo("http://a/x?y");
      assertThat(client.send(get("//x/y")).read().content()).isEqualTo("//x/y");
    }
  }

  @Test
  void tellsTheHandlerWhoIsAtTheOtherEnd() throws IOException {
    try (RawClient client = server.connect()) {
      assertThat(client.send(get("/peer")).read().content()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void turnsAFailedHandlerIntoAProblemAndGoesOn() throws IOException {
    try (RawClient client = server.connect()) {
      for (String path : List.of("/throw", "/fail")) {
        Response response = client.send(get(path)).read();
        assertThat(response.status()).isEqualTo(500);
        assertThat(response.field("Content-Type")).contains("application/problem+json");
        assertThat(response.content()).contains("problems/internal").doesNotContain("as asked");
      }
      assertThat(client.send(get("/1")).read().content()).isEqualTo("/1");
    }
  }

  // ---- content ----

  @Test
  void passesContentOnWithoutItsChunkFraming() throws IOException {
    try (RawClient client = server.connect()) {
      String head = "PUT /store" + HOST + "Transfer-Encoding: chunked\r\n\r\n";
      String content = "5;x=y\r\nhello\r\n1\r\n,\r\n0\r\nX: trailer\r\n\r\n";
      assertThat(client.send(head + content + get("/2")).read().content()).isEqualTo("stored 6");
      assertThat(client.read().content()).isEqualTo("/2");
    }
    assertThat(server.stored).containsExactly("hello,");
  }

  @Test
  void takesAChunkThatIsLargerThanAnyBuffer() throws IOException {
    int size = 3 * 1024 * 1024;
    try (RawClient client = server.connect()) {
      client.send("PUT /store" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
      client.send(Integer.toHexString(size) + "\r\n" + "x".repeat(size) + "\r\n0\r\n\r\n");
      assertThat(client.read().content()).isEqualTo("stored " + size);
    }
  }

  @Test
  void aClientOfHttp10GetsNoInterimAnswerWhateverItExpects() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /store HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      client.send("hello");
      Response answer = client.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.content()).isEqualTo("stored 5");
    }
  }

  @Test
  void asksForTheContentOfAClientThatExpectsIt() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /store" + HOST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send("hello").read().content()).isEqualTo("stored 5");
      assertThat(client.send(get("/2")).read().content()).isEqualTo("/2");
    }
  }

  @Test
  void canRefuseWithoutAskingForTheContent() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /early" + HOST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(413);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void letsAClientThatIsStillSendingReadAnEarlyAnswer() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /early" + HOST + "Content-Length: 100000000\r\n\r\n");
      client.send("x".repeat(512 * 1024));
      Response response = client.read();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.closes()).isTrue();
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void neverTakesTruncatedContentForWhole() throws IOException {
    for (int i = 0; i < 200; i++) {
      int seen = server.seen.size();
      try (RawClient client = server.connect()) {
        client.send(
            "PUT /store"
                + HOST
                + (i % 2 == 0
                    ? "Content-Length: 10\r\n\r\nhello"
                    : "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
        if (i % 4 == 0) { // not gone before the handler reads
          await().pollInterval(Duration.ofMillis(1)).until(() -> server.seen.size() > seen);
        }
        if (i % 3 == 0) {
          client.sendEnd();
        }
      }
    }
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.in.flight")).isZero());
    assertThat(server.stored).isEmpty();
    assertThat(server.failures)
        .isNotEmpty()
        .allSatisfy(failure -> assertThat(failure).isInstanceOf(EntityStreamException.class));
  }

  @Test
  void asksTheHandlerForNoMoreThanTheClientReads() throws IOException {
    try (RawClient client = RawClient.connectWithSmallBuffer(server.server.address())) {
      client.send(get("/stream"));
      awaitStandstill(server.streamed);
      assertThat(server.streamed.get()).isBetween(1L, 16L * 1024 * 1024);
      assertThat(client.read().content()).hasSize(64 * 1024 * 1024);
    }
  }

  @Test
  void readsNoMoreThanTheHandlerTakes() throws Exception {
    AtomicLong sent = new AtomicLong();
    try (RawClient client = server.connect()) {
      client.send("PUT /hold" + HOST + "Content-Length: 100000000\r\n\r\n");
      Thread sender = new Thread(() -> sendUntilClosed(client, sent, "x".repeat(64 * 1024)));
      sender.start();
      awaitStandstill(sent);
      assertThat(sent.get()).isBetween(1L, 50_000_000L);
      heldRequest().complete(ServerFixture.text("enough").withStatus(413));
      assertThat(client.read().status()).isEqualTo(413);
      client.close();
      sender.join();
    }
  }

  private static void awaitStandstill(AtomicLong counter) {
    AtomicLong before = new AtomicLong();
    await()
        .pollInterval(Duration.ofMillis(300))
        .until(() -> counter.get() > 0 && before.getAndSet(counter.get()) == counter.get());
  }

  private static void sendUntilClosed(RawClient client, AtomicLong sent, String piece) {
    try {
      while (sent.get() < 100_000_000) {
        client.send(piece);
        sent.addAndGet(piece.length());
      }
    } catch (IOException e) {
      // closed by the test
    }
  }

  // ---- full ----

  @Test
  void shedsConnectionsBeyondTheirNumber() throws IOException {
    restart(2, 100);
    try (RawClient first = server.connect();
        RawClient second = server.connect()) {
      first.send(get("/1")).read();
      second.send(get("/1")).read();
      try (RawClient third = server.connect()) {
        Response response = third.read();
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.field("Retry-After")).contains("1");
        assertThat(response.content()).contains("problems/shed");
        assertThat(third.ended()).isTrue();
      }
      assertThat(first.send(get("/2")).read().content()).isEqualTo("/2");
    }
    assertThat(server.counted("holdfast.http.shed", "reason", "connections")).isEqualTo(1);
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
  }

  @Test
  void shedsRequestsBeyondTheirNumberAndKeepsTheConnection() throws IOException {
    restart(100, 1);
    try (RawClient busy = server.connect();
        RawClient client = server.connect()) {
      busy.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      assertShed(client.send(get("/1")).read());
      assertShed(client.send("PUT /store" + HOST + "Content-Length: 3\r\n\r\nabc").read());
      assertThat(client.send("HEAD /" + HOST + "\r\n").readHeadOnly().status()).isEqualTo(503);
      held.complete(ServerFixture.text("held"));
      assertThat(busy.read().content()).isEqualTo("held");
      assertThat(client.send(get("/2")).read().content()).isEqualTo("/2");
    }
    assertThat(server.stored).isEmpty();
    assertThat(server.counted("holdfast.http.shed", "reason", "in-flight")).isEqualTo(3);
  }

  @Test
  void closesAfterSheddingARequestWhoseContentIsNotCheapToSkip() throws IOException {
    restart(100, 1);
    try (RawClient busy = server.connect()) {
      busy.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      for (String framing :
          List.of(
              "Content-Length: 1000000\r\n",
              "Transfer-Encoding: chunked\r\n",
              "Content-Length: 5\r\nExpect: 100-continue\r\n")) {
        try (RawClient client = server.connect()) {
          Response response = client.send("PUT /store" + HOST + framing + "\r\n").read();
          assertThat(response.status()).isEqualTo(503);
          assertThat(response.closes()).isTrue();
          assertThat(client.ended()).isTrue();
        }
      }
      held.complete(ServerFixture.text("held"));
      assertThat(busy.read().content()).isEqualTo("held");
    }
  }

  @Test
  void readsNoMoreRequestsOfAClientThatDoesNotReadItsRefusals() throws Exception {
    restart(100, 1);
    AtomicLong sent = new AtomicLong();
    try (RawClient busy = server.connect()) {
      busy.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      RawClient client = RawClient.connectWithSmallBuffer(server.server.address());
      Thread sender = new Thread(() -> sendUntilClosed(client, sent, get("/").repeat(2000)));
      sender.start();
      awaitStandstill(sent);
      assertThat(sent.get()).isBetween(1L, 50_000_000L);
      client.close();
      sender.join();
      held.complete(ServerFixture.text("held"));
      assertThat(busy.read().content()).isEqualTo("held");
    }
  }

  private static void assertShed(Response response) {
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.field("Retry-After")).contains("1");
    assertThat(response.content()).contains("problems/shed");
    assertThat(response.closes()).isFalse();
  }

  @Test
  void countsARequestAsInFlightUntilItsHandlerIsDone() throws IOException {
    CompletableFuture<HttpResponse> held;
    try (RawClient client = server.connect()) {
      client.send(get("/hold"));
      held = heldRequest();
      client.reset();
    }
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
    assertThat(server.gauge("holdfast.http.in.flight")).isEqualTo(1);
    held.complete(ServerFixture.text("nobody hears this"));
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.in.flight")).isZero());
  }

  @Test
  void tellsWhoMakesEndlessContentThatNobodyReadsIt() throws Exception {
    for (int i = 0; i < 20; i++) {
      CompletableFuture<HttpResponse> held;
      var abandoned = new CompletableFuture<Done>();
      try (RawClient client = server.connect()) {
        client.send(get("/hold"));
        held = heldRequest();
        client.reset();
      }
      if (i % 2 == 0) { // else the answer and the end meet
        await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
      }
      held.complete(endless(abandoned));
      assertThat(abandoned.get(10, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private static HttpResponse endless(CompletableFuture<Done> abandoned) {
    return HttpResponse.create()
        .withEntity(
            HttpEntities.createChunked(
                ContentTypes.APPLICATION_OCTET_STREAM,
                Source.repeat(ByteString.fromString("more"))
                    .watchTermination(
                        (ignored, done) -> {
                          done.whenComplete((ended, cause) -> abandoned.complete(Done.done()));
                          return ignored;
                        })));
  }

  /** The reset is there before the handler could be called, so the handler is not called at all. */
  @Test
  void noHandlerWorksUncountedForAClientThatIsGoneAtOnce() throws IOException {
    int clients = 60;
    for (int i = 0; i < clients; i++) {
      RawClient client = server.connect();
      client.send("PUT /hold" + HOST + "Content-Length: 3\r\n\r\nabc").reset();
    }
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
    await()
        .during(Duration.ofMillis(300))
        .untilAsserted(
            () ->
                assertThat(server.gauge("holdfast.http.in.flight")).isEqualTo(server.held.size()));
    server.held.forEach(held -> held.complete(ServerFixture.text("nobody hears this")));
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.in.flight")).isZero());
  }

  // ---- binding, draining, closing ----

  @Test
  void failsToBindAPortThatIsTaken() {
    int port = server.server.address().getPort();
    assertThatThrownBy(
            () ->
                HttpServer.bind(
                        kit.system(),
                        "127.0.0.1",
                        port,
                        ServerFixture.limits(LONG, LONG, 1, 1),
                        (request, peer) -> new CompletableFuture<>(),
                        new SimpleMeterRegistry())
                    .toCompletableFuture()
                    .join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(BindException.class);
  }

  @Test
  void drainsByAnsweringWhatHasBegunAndClosingWhatIsSilent() throws IOException {
    try (RawClient busy = server.connect();
        RawClient silent = server.connect()) {
      silent.send(get("/1")).read();
      busy.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      server.server.drain();
      assertThat(silent.ended()).isTrue();
      held.complete(ServerFixture.text("held"));
      Response response = busy.read();
      assertThat(response.content()).isEqualTo("held");
      assertThat(response.closes()).isTrue();
      assertThat(busy.ended()).isTrue();
    }
    try (RawClient late = server.connect()) {
      Response response = late.send(get("/late")).read();
      assertThat(response.content()).isEqualTo("/late");
      assertThat(response.closes()).isTrue();
      assertThat(late.ended()).isTrue();
    }
  }

  @Test
  void losesNoAnswerWhileItDrainsAndClosesUnderTraffic() throws Exception {
    AtomicInteger answered = new AtomicInteger();
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      RawClient client = server.connect();
      assertThat(client.send(get("/first")).read().status()).isEqualTo(200);
      clients.add(CompletableFuture.runAsync(() -> askUntilToldToStop(client, answered)));
    }
    await().until(() -> answered.get() > 500);
    CompletableFuture<Done> closed =
        server.server.close(Duration.ofSeconds(20)).toCompletableFuture();
    for (CompletableFuture<Void> client : clients) {
      client.get(20, TimeUnit.SECONDS); // fails if an answer was lost
    }
    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(Done.getInstance());
    assertThatThrownBy(() -> server.connect()).isInstanceOf(IOException.class);
  }

  private static void askUntilToldToStop(RawClient client, AtomicInteger answered) {
    try (client) {
      boolean told = false;
      while (!told) {
        int number = answered.incrementAndGet();
        Response response = client.send(get("/" + number)).read();
        assertThat(response.content()).isEqualTo("/" + number);
        told = response.closes();
      }
      assertThat(client.ended()).isTrue();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void closesWhatIsStillOpenAfterTheDeadline() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      server.server.close(Duration.ofMillis(100)).toCompletableFuture().get(10, TimeUnit.SECONDS);
      assertThat(client.ended()).isTrue();
      held.complete(ServerFixture.text("too late"));
    }
  }

  @Test
  void answersEveryRequestThatHasBegunToArriveWhenItCloses() throws Exception {
    try (RawClient inTime = server.connect();
        RawClient late = server.connect();
        RawClient headOnly = server.connect();
        RawClient atWork = server.connect()) {
      inTime.send("PUT /store" + HOST + "Content-Length: 4\r\n\r\nab");
      late.send("PUT /store" + HOST + "Content-Length: 4\r\n\r\nab");
      headOnly.send("GET /never HTTP/1.1\r\nHos");
      atWork.send(get("/hold"));
      CompletableFuture<HttpResponse> held = heldRequest();
      await().until(() -> server.seen.size() == 3);
      var closed = server.server.close(Duration.ofSeconds(1), LONG).toCompletableFuture();

      Response stored = inTime.send("cd").read();
      assertThat(stored.content()).isEqualTo("stored 4");
      assertThat(stored.closes()).isTrue();
      for (RawClient client : List.of(late, headOnly)) {
        Response refused = client.read();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.content()).contains("problems/shed");
        assertThat(refused.closes()).isTrue();
        assertThat(client.ended()).isTrue();
      }
      assertThat(closed).isNotDone();
      held.complete(ServerFixture.text("held"));
      assertThat(atWork.read().content()).isEqualTo("held");
      assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(Done.getInstance());
    }
    assertThat(server.stored).containsExactly("abcd");
  }

  @Test
  void closesAtOnceWhenNobodyIsConnected() throws Exception {
    assertThat(server.server.close(LONG).toCompletableFuture().get(10, TimeUnit.SECONDS))
        .isEqualTo(Done.getInstance());
  }
}
