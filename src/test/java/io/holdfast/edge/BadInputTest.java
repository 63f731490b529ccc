package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What bad bytes get on a real socket: a problem or a closed connection, and an unharmed server.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

  private final ActorTestKit kit = ActorTestKit.create();
  private ServerFixture server = ServerFixture.start(kit);

  @BeforeEach
  void forgetEarlierRequests() {
    server.seen.clear();
    server.stored.clear();
  }

  @AfterEach
  void theServerIsUnharmed() throws IOException {
    try (RawClient client = server.connect()) {
      assertThat(client.send("GET /fine HTTP/1.1\r\nHost: a\r\n\r\n").read().content())
          .isEqualTo("/fine");
    }
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
    assertThat(server.gauge("holdfast.http.in.flight")).isZero();
  }

  @AfterAll
  void stop() {
    server.close();
    kit.shutdownTestKit();
  }

  private void restart(HttpSettings limits) {
    server.close();
    server = ServerFixture.start(kit, limits);
  }

  static Stream<Arguments> smuggling() {
    return Stream.of(
        smuggled(400, "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"),
        smuggled(400, "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n"),
        smuggled(400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"),
        smuggled(400, "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        smuggled(400, "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
        smuggled(400, "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"),
        smuggled(400, "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        smuggled(400, "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
        smuggled(400, "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        smuggled(400, "\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        smuggled(501, "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        smuggled(501, "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"),
        smuggled(501, "Transfer-Encoding: gzip\r\n\r\n"),
        smuggled(400, "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        smuggled(400, "Content-Length: 5, 6\r\n\r\nhello"),
        smuggled(400, "Content-Length: 5\n\r\nhello"),
        smuggled(400, "Content-Length : 5\r\n\r\nhello"),
        smuggled(400, "Content-Length: 0x5\r\n\r\nhello"),
        smuggled(400, "X: a\0b\r\n\r\n"),
        smuggled(400, "X: a\r\n folded\r\n\r\n"),
        smuggled(400, "Host: b\r\n\r\n"));
  }

  private static Arguments smuggled(int status, String fieldsAndBody) {
    return Arguments.of(status, fieldsAndBody);
  }

  @ParameterizedTest
  @MethodSource("smuggling")
  void answersAmbiguousFramingWithAProblemAndCloses(int status, String fieldsAndBody)
      throws IOException {
    String request = "POST /store HTTP/1.1\r\nHost: a\r\n" + fieldsAndBody;
    try (RawClient client = server.connect()) {
      assertProblem(client.send(request + SMUGGLED).read(), status);
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.seen).isEmpty();
  }

  static Stream<Arguments> badRequests() {
    return Stream.of(
        Arguments.of(400, "bad-request", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "bad-request", "GET / HTTP/1.1\r\n\r\n"),
        Arguments.of(400, "bad-request", "GET docs HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(405, "method-not-allowed", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(501, "not-implemented", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"),
        Arguments.of(505, "http-version-not-supported", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Arguments.of(414, "uri-too-long", "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n"),
        Arguments.of(
            431, "header-too-large", "GET / HTTP/1.1\r\nX: " + "a".repeat(33000) + "\r\n\r\n"),
        Arguments.of(
            431,
            "header-too-large",
            "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(128) + "\r\n"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("badRequests")
  void namesTheProblem(int status, String problem, String request) throws IOException {
    double before = server.counted("holdfast.http.refused", "status", "" + status);
    try (RawClient client = server.connect()) {
      Response response = client.send(request).read();
      assertProblem(response, status);
      assertThat(response.content()).contains("https://holdfast.dev/problems/" + problem + "\"");
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.counted("holdfast.http.refused", "status", "" + status))
        .isEqualTo(before + 1);
    assertThat(server.seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1\r\nHost: a\r\nConnection: close,",
        "HTTP/1.1\r\nHost: a\r\nConnection: close, @@",
        "HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close",
        "HTTP/1.0\r\nConnection: keep-alive, close",
        "HTTP/1.0\r\nConnection: close, keep-alive"
      })
  void howeverTheLastRequestSaysSoTheConnectionEnds(String rest) throws IOException {
    try (RawClient client = server.connect()) {
      Response response = client.send("GET / " + rest + "\r\n\r\n").read();
      assertThat(response.status()).isEqualTo(200);
      assertThat(client.ended()).isTrue();
    }
  }

  /** These pass the byte stage; pekko-http's own parser refuses them, or takes them. */
  static Stream<Arguments> leftToTheParser() {
    return Stream.of(
        Arguments.of(400, "GET /a|b HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "GET /a[b HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(400, "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n"),
        Arguments.of(400, "GET / HTTP/1.1\r\nHost: [:::::::::]\r\n\r\n"),
        Arguments.of(
            400, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
        Arguments.of(200, "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: nonsense\r\n\r\n"),
        Arguments.of(400, "GET / HTTP/1.1\r\nHost: a\r\nX: \u00ff\u00fe\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nX: \u00c3\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nConnection: @\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nCookie: \"\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\n" + "N".repeat(5000) + ": v\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "v".repeat(20000) + "\r\n\r\n"),
        Arguments.of(200, "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(127) + "\r\n"),
        Arguments.of(200, "GET /" + "a".repeat(8190) + " HTTP/1.1\r\nHost: a\r\n\r\n"),
        Arguments.of(200, "A".repeat(32) + " / HTTP/1.1\r\nHost: a\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource("leftToTheParser")
  void whatTheHttpParserRefusesIsAProblemToo(int status, String request) throws IOException {
    try (RawClient client = server.connect()) {
      Response response = client.send(request).read();
      assertThat(response.status()).isEqualTo(status);
      if (status == 200) {
        assertThat(server.seen).hasSize(1);
      } else {
        assertProblem(response, status);
        assertThat(server.seen).isEmpty();
      }
    }
  }

  @Test
  void refusesAMalformedChunkInTheMiddleOfTheContentAndStoresNothing() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /store HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("5\r\nhello\r\n");
      await().until(() -> server.seen.size() == 1);
      assertProblem(client.send("nonsense\r\n").read(), 400);
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.stored).isEmpty();
  }

  @Test
  void givesAClientThatDripsAHeadNoMoreThanItsTime() throws Exception {
    restart(ServerFixture.limits(SHORT, LONG, 100, 100));
    try (RawClient client = server.connect()) {
      ScheduledExecutorService drip =
          drip(client, "GET / HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(10_000));
      assertProblem(client.read(), 408);
      assertThat(client.ended()).isTrue();
      drip.shutdownNow();
    }
  }

  /** Sends a byte every few milliseconds, until the server has had enough. */
  private static ScheduledExecutorService drip(RawClient client, String bytes) {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    Iterator<Integer> next = bytes.chars().iterator();
    clock.scheduleAtFixedRate(
        () -> {
          try {
            client.send(String.valueOf((char) next.next().intValue()));
          } catch (IOException e) {
            throw new UncheckedIOException(e); // ends the schedule
          }
        },
        0,
        5,
        TimeUnit.MILLISECONDS);
    return clock;
  }

  @Test
  void aSecondHeadHasItsTimeFromItsFirstByte() throws IOException {
    restart(ServerFixture.limits(SHORT, LONG, 100, 100));
    try (RawClient client = server.connect()) {
      assertThat(client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").read().status()).isEqualTo(200);
      assertProblem(client.send("GET /2 HTTP/1.1\r\n").read(), 408);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void aConnectionThatSendsNothingGets408() throws IOException {
    restart(ServerFixture.limits(SHORT, LONG, 100, 100));
    try (RawClient client = server.connect()) {
      assertProblem(client.read(), 408);
    }
  }

  @Test
  void closesAConnectionThatIsIdleBetweenRequests() throws IOException {
    restart(ServerFixture.limits(LONG, SHORT, 100, 100));
    try (RawClient client = server.connect()) {
      assertThat(client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").read().status()).isEqualTo(200);
      assertThat(client.ended()).isTrue();
    }
  }

  @Test
  void endsARequestWhoseContentStalls() throws IOException {
    restart(ServerFixture.limits(LONG, SHORT, 100, 100));
    try (RawClient client = server.connect()) {
      client.send("PUT /store HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
      assertProblem(client.read(), 408);
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.stored).isEmpty();
  }

  @Test
  void closesAConnectionWhoseClientDoesNotRead() throws IOException {
    restart(ServerFixture.limits(LONG, SHORT, 100, 100));
    try (RawClient client = RawClient.connectWithSmallBuffer(server.server.address())) {
      client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> server.streamed.get() > 0);
      await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
      assertThat(server.streamed.get()).isLessThan(64L * 1024 * 1024);
    }
  }

  @Test
  void waitsForTheHandlerLongerThanForTheClient() throws IOException {
    restart(ServerFixture.limits(SHORT, SHORT, 100, 100));
    try (RawClient client = server.connect();
        RawClient idle = server.connect()) {
      client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
      idle.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").read();
      assertThat(idle.ended()).isTrue(); // so the times have passed
      await().until(() -> server.held.size() == 1);
      server.held.remove().complete(ServerFixture.text("late"));
      assertThat(client.read().content()).isEqualTo("late");
    }
  }

  @Test
  void forgetsAClientThatGoesAwayInTheMiddleOfTheHead() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /store HTTP/1.1\r\nHo");
    }
    assertThat(server.seen).isEmpty();
  }

  @Test
  void storesNothingOfAClientThatGoesAwayInTheMiddleOfTheContent() throws IOException {
    for (String framing : new String[] {"Content-Length: 10", "Transfer-Encoding: chunked"}) {
      try (RawClient client = server.connect()) {
        client.send("PUT /store HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n5\r\nhello");
      }
    }
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.connections")).isZero());
    await().untilAsserted(() -> assertThat(server.gauge("holdfast.http.in.flight")).isZero());
    assertThat(server.stored).isEmpty();
  }

  @Test
  void tellsAHalfClosedClientThatItsContentIsNotComplete() throws IOException {
    try (RawClient client = server.connect()) {
      client.send("PUT /store HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello").sendEnd();
      assertProblem(client.read(), 400);
      assertThat(client.ended()).isTrue();
    }
    assertThat(server.stored).isEmpty();
  }

  private static void assertProblem(Response response, int status) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.field("Content-Type")).contains("application/problem+json");
    assertThat(response.field("Date")).isPresent();
    assertThat(response.closes()).isTrue();
    assertThat(response.content())
        .contains("\"type\":\"https://holdfast.dev/problems/", "\"status\":" + status + ",");
  }
}
