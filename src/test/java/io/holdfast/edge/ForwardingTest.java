package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that go to a service and come back, on real sockets. */
@Timeout(60)
class ForwardingTest {
  private static ActorTestKit kit;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @AfterEach
  void close() throws Exception {
    for (var it : open) {
      it.close();
    }
  }

  private Origin origin(Origin.Behaviour behaviour) {
    var origin = Origin.start(behaviour);
    open.add(0, origin);
    return origin;
  }

  private ForwardingFixture to(String settings, Origin... origins) {
    var urls = java.util.Arrays.stream(origins).map(Origin::url).toArray(String[]::new);
    var fixture = ForwardingFixture.ofService(kit, settings, urls);
    open.add(fixture);
    return fixture;
  }

  private static String problem(RawClient.Response response) {
    return response.content().replaceAll(".*problems/([a-z-]+).*", "$1");
  }

  // ---- what is passed on ----

  @Test
  void passesTheRequestOnAndTheAnswerBack() throws Exception {
    var origin = origin((request, it) -> it.text(201, "made", "ETag: \"7\"", "X-Own: 1"));
    var fixture = to("", origin);
    try (var client = fixture.connect()) {
      client.send(
          "PUT /s/a%2Fb/../c?q=1&r HTTP/1.1\r\nHost: api.example:81\r\nX-Mine: 2\r\n"
              + "Content-Length: 5\r\n\r\nhello");
      var answer = client.read();
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.content()).isEqualTo("made");
      assertThat(answer.field("ETag")).contains("\"7\"");
      assertThat(answer.field("X-Own")).contains("1");
      assertThat(answer.field("Via")).contains("1.1 " + ForwardingFixture.PROXY);
      assertThat(answer.field("Date")).isPresent();
    }
    var seen = origin.requests().get(0);
    assertThat(seen.line()).isEqualTo("PUT /s/a%2Fb/../c?q=1&r HTTP/1.1");
    assertThat(seen.content()).isEqualTo("hello");
    assertThat(seen.fields("Host")).containsExactly(origin.name());
    assertThat(seen.field("X-Mine")).contains("2");
    assertThat(seen.field("Via")).contains("1.1 " + ForwardingFixture.PROXY);
    assertThat(seen.field("X-Forwarded-For")).contains("127.0.0.1");
    assertThat(seen.field("X-Forwarded-Host")).contains("api.example:81");
    assertThat(seen.field("X-Forwarded-Proto")).contains("http");
    assertThat(seen.field("Forwarded"))
        .contains("for=127.0.0.1;host=\"api.example:81\";proto=http");
    assertThat(seen.field("traceparent")).isPresent();
  }

  @Test
  void keepsConnectionsOnBothSides() throws Exception {
    var origin = origin((request, it) -> it.text(200, request.line()));
    var fixture = to("", origin);
    try (var client = fixture.connect()) {
      for (int i = 0; i < 50; i++) {
        client.send("GET /s/" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.read().content()).isEqualTo("GET /s/" + i + " HTTP/1.1");
      }
    }
    assertThat(origin.connections()).isEqualTo(1);
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    var fixture = to("", origin((request, it) -> it.text(200, request.line())));
    try (var client = fixture.connect()) {
      var requests = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        requests.append("GET /s/" + i + " HTTP/1.1\r\nHost: a\r\n\r\n");
        requests.append("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      client.send(requests.toString());
      for (int i = 0; i < 200; i++) {
        assertThat(client.read().content()).isEqualTo("GET /s/" + i + " HTTP/1.1");
        assertThat(client.read().status()).isEqualTo(404);
      }
    }
  }

  @Test
  void keepsWhatIsForOneConnectionToItself() throws Exception {
    var origin =
        origin(
            (request, it) ->
                it.text(200, "", "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5"));
    var fixture = to("", origin);
    var answer =
        fixture.get(
            "/s", "Connection: X-Drop, keep-alive", "X-Drop: 1", "TE: trailers", "Upgrade: h2c");
    assertThat(answer.field("X-Hop")).isEmpty();
    assertThat(answer.field("Keep-Alive")).isEmpty();
    assertThat(answer.field("Connection")).isEmpty();
    var seen = origin.requests().get(0);
    for (var name : new String[] {"Connection", "X-Drop", "TE", "Upgrade"}) {
      assertThat(seen.field(name)).as(name).isEmpty();
    }
  }

  @Test
  void believesOnlyTrustedProxiesAboutTheirClients() throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    String[] fields = {
      "X-Forwarded-For: 10.1.1.1",
      "X-Forwarded-Proto: https",
      "Forwarded: for=10.1.1.1;proto=https",
      "X-Forwarded-Host: shop.example"
    };
    to("", origin).get("/s", fields);
    var untrusted = origin.requests().get(0);
    assertThat(untrusted.fields("X-Forwarded-For")).containsExactly("127.0.0.1");
    assertThat(untrusted.fields("X-Forwarded-Proto")).containsExactly("http");
    assertThat(untrusted.fields("X-Forwarded-Host")).containsExactly("api.example");
    assertThat(untrusted.fields("Forwarded"))
        .containsExactly("for=127.0.0.1;host=api.example;proto=http");
    var trusting =
        ForwardingFixture.start(
            kit,
            "http.trusted-proxies = [\"127.0.0.0/8\"]\nupstreams.s { instances = [\""
                + origin.url()
                + "\"] }\nroutes.s { path = \"/s\", upstream = s }");
    open.add(trusting);
    trusting.get("/s", fields);
    var trusted = origin.requests().get(1);
    assertThat(trusted.fields("X-Forwarded-For")).containsExactly("10.1.1.1, 127.0.0.1");
    assertThat(trusted.fields("X-Forwarded-Proto")).containsExactly("https");
    assertThat(trusted.fields("X-Forwarded-Host")).containsExactly("shop.example");
    assertThat(trusted.fields("Forwarded"))
        .containsExactly("for=10.1.1.1;proto=https, for=127.0.0.1;host=api.example;proto=http");
  }

  @Test
  void cutsThePrefixAndKeepsTheHostWhereARouteSaysSo() throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    var fixture =
        ForwardingFixture.start(
            kit,
            ("upstreams.s { instances = [\"%s\"] }\nroutes.s { path = \"/s\", upstream = s,"
                    + " strip-prefix = true, preserve-host = true }")
                .formatted(origin.url()));
    open.add(fixture);
    fixture.get("/s/a?b");
    fixture.get("/s?b");
    try (var client = fixture.connect()) {
      client.send("GET http://other.example/s/x HTTP/1.1\r\nHost: api.example\r\n\r\n").read();
    }
    assertThat(origin.requests().get(0).line()).isEqualTo("GET /a?b HTTP/1.1");
    assertThat(origin.requests().get(0).field("Host")).contains("api.example");
    assertThat(origin.requests().get(1).line()).isEqualTo("GET /?b HTTP/1.1");
    assertThat(origin.requests().get(2).line()).isEqualTo("GET /x HTTP/1.1");
    assertThat(origin.requests().get(2).field("Host")).contains("other.example");
  }

  // ---- framing ----

  @Test
  void framesAnswersForEachKindOfClient() throws Exception {
    var fixture =
        to(
            "",
            origin(
                (request, it) -> {
                  if (request.line().contains("chunked")) {
                    it.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    it.send("3;x=y\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: 1\r\n\r\n");
                  } else {
                    it.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
                    it.socket().close();
                  }
                }));
    assertThat(fixture.get("/s/chunked").content()).isEqualTo("abcdefg");
    var untilClose = fixture.get("/s/close");
    assertThat(untilClose.field("Transfer-Encoding")).contains("chunked");
    assertThat(untilClose.content()).isEqualTo("until the end");
    try (var old = fixture.connect()) {
      old.send("GET /s/chunked HTTP/1.0\r\n\r\n");
      var answer = old.read();
      assertThat(answer.closes()).isTrue();
      assertThat(answer.field("Transfer-Encoding")).isEmpty();
      assertThat(answer.content()).isEqualTo("abcdefg");
    }
  }

  @Test
  void knowsWhichAnswersHaveNoContent() throws Exception {
    var fixture =
        to(
            "",
            origin(
                (request, it) -> {
                  var line = request.line();
                  if (line.startsWith("HEAD")) {
                    it.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
                  } else if (line.contains("304")) {
                    it.send(
                        "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"1\"\r\n\r\n");
                  } else if (line.contains("204")) {
                    it.send("HTTP/1.1 204 No Content\r\n\r\n");
                  } else {
                    it.text(200, "end");
                  }
                }));
    try (var client = fixture.connect()) {
      client.send("HEAD /s/a HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readHeadOnly().field("Content-Length")).contains("1234");
      client.send("GET /s/304 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readHeadOnly().status()).isEqualTo(304);
      client.send("GET /s/204 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readHeadOnly().status()).isEqualTo(204);
      client.send("GET /s/a HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.read().content()).isEqualTo("end");
    }
  }

  @Test
  void passesOnThatTheClientMayContinue() throws Exception {
    var asked = new CountDownLatch(1);
    var origin = origin((request, it) -> it.text(200, request.content()));
    var fixture = to("", origin);
    try (var client = fixture.connect()) {
      client.send(
          "POST /s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      await().until(() -> origin.connections() > 0);
      asked.countDown();
      client.send("ok");
      assertThat(client.read().content()).isEqualTo("ok");
    }
    assertThat(origin.requests().get(0).field("Expect")).contains("100-continue");
  }

  @Test
  void sendsInterimAnswersOn() throws Exception {
    var fixture =
        to(
            "",
            origin(
                (request, it) -> {
                  it.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                  it.text(200, "done");
                }));
    try (var client = fixture.connect()) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      var hints = client.readHeadOnly();
      assertThat(hints.status()).isEqualTo(103);
      assertThat(hints.field("Link")).contains("</a>");
      assertThat(client.read().content()).isEqualTo("done");
    }
  }

  // ---- streams ----

  /** Sixty-four MiB each way: neither side gets far ahead of the other. */
  @Test
  void streamsBothWaysAndLetsTheSlowSideSetThePace() throws Exception {
    var written = new AtomicLong();
    var fixture =
        to(
            "attempt-timeout = 60s",
            origin(
                (request, it) -> {
                  it.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
                  var piece = new byte[65536];
                  for (int i = 0; i < 1024; i++) {
                    it.out().write(piece);
                    written.addAndGet(piece.length);
                  }
                }));
    try (var client = RawClient.connectWithSmallBuffer(fixture.server.address())) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> written.get() > 0);
      await()
          .during(Duration.ofMillis(300))
          .atMost(Duration.ofSeconds(5))
          .until(() -> written.get() < 24L * 1024 * 1024);
      assertThat(client.read().content()).hasSize(67108864);
    }
  }

  @Test
  void streamsContentUpAsItComes() throws Exception {
    var received = new AtomicLong();
    var listener = new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress());
    var reader =
        new Thread(
            () -> {
              try (var socket = listener.accept()) {
                var buffer = new byte[65536];
                int n = socket.getInputStream().read(buffer);
                while (n >= 0) {
                  if (received.addAndGet(n) > 32L * 1024 * 1024) {
                    socket
                        .getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes());
                    return;
                  }
                  n = socket.getInputStream().read(buffer);
                }
              } catch (IOException e) {
                // the test is over
              }
            });
    reader.setDaemon(true);
    reader.start();
    var fixture =
        ForwardingFixture.ofService(kit, "", "http://127.0.0.1:" + listener.getLocalPort());
    open.add(fixture);
    open.add(listener);
    try (var client = fixture.connect()) {
      client.send("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\n");
      var piece = new byte[1024 * 1024];
      client.send(piece);
      await().until(() -> received.get() > 1024 * 1024);
      for (int i = 1; i < 32; i++) {
        client.send(piece);
      }
      assertThat(client.read().content()).isEqualTo("ok");
    }
  }

  // ---- what goes wrong at an instance ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"
      })
  void anAnswerThatBreaksOffIsNeverSeenAsWhole(String begun) throws Exception {
    var fixture =
        to(
            "",
            origin(
                (request, it) -> {
                  it.send(begun);
                  it.socket().close();
                }));
    try (var client = fixture.connect()) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      org.assertj.core.api.Assertions.assertThatThrownBy(client::read)
          .isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\n Folded: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nSpace : 1\r\n\r\n",
        "HTTP/1.1 200 a\rb\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ""
      })
  void garbageIsABadGateway(String garbage) throws Exception {
    var fixture =
        to(
            "retries-max = 0",
            origin(
                (request, it) -> {
                  it.send(garbage);
                  it.socket().close();
                }));
    var answer = fixture.get("/s");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(problem(answer)).isEqualTo("upstream-failed");
    assertThat(answer.field("Proxy-Status").orElseThrow())
        .startsWith("holdfast; error=")
        .contains("next-hop=\"127.0.0.1:");
  }

  @Test
  void anEndlessHeadIsABadGateway() throws Exception {
    var fixture =
        to(
            "retries-max = 0",
            origin(
                (request, it) -> {
                  it.send("HTTP/1.1 200 OK\r\n");
                  while (true) {
                    it.send("X-More: " + "x".repeat(1000) + "\r\n");
                  }
                }));
    assertThat(fixture.get("/s").status()).isEqualTo(502);
  }

  // ---- another attempt ----

  @Test
  void anInstanceThatRefusesConnectionsIsSeenByNobody() throws Exception {
    var dead = origin((request, it) -> it.text(200, "never"));
    var alive = origin((request, it) -> it.text(200, "alive"));
    var fixture = to("", dead, alive);
    dead.close();
    for (int i = 0; i < 30; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("alive");
      try (var client = fixture.connect()) {
        client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(client.read().content()).isEqualTo("alive");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reset", "close", "503", "502", "504"})
  void whatIsSafeIsSentToAnother(String trouble) throws Exception {
    Origin.Behaviour bad =
        (request, it) -> {
          switch (trouble) {
            case "reset" -> it.reset();
            case "close" -> it.socket().close();
            default -> it.text(Integer.parseInt(trouble), "bad");
          }
        };
    var one = origin(bad);
    var two = origin((request, it) -> it.text(200, request.content()));
    var fixture = to("ejection.consecutive-failures = 1000", one, two);
    for (int i = 0; i < 8; i++) {
      try (var client = fixture.connect()) {
        client.send("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(client.read().content()).isEqualTo("hello");
      }
    }
  }

  @Test
  void aPostIsSentOnceUnlessTheServiceKnowsItByItsKey() throws Exception {
    var came = new AtomicInteger();
    Origin.Behaviour once =
        (request, it) -> {
          if (came.incrementAndGet() == 1) {
            it.reset();
          } else {
            it.text(200, "second");
          }
        };
    var plain = to("", origin(once));
    var post = "POST /s HTTP/1.1\r\nHost: a\r\n%sContent-Length: 2\r\n\r\nhi";
    try (var client = plain.connect()) {
      client.send(post.formatted(""));
      assertThat(client.read().status()).isEqualTo(502);
    }
    assertThat(came).hasValue(1);
    came.set(0);
    try (var client = plain.connect()) {
      client.send(post.formatted("Idempotency-Key: \"k\"\r\n"));
      var unknown = client.read();
      assertThat(unknown.status()).isEqualTo(504);
      assertThat(problem(unknown)).isEqualTo("outcome-unknown");
    }
    assertThat(came).hasValue(1);
    came.set(0);
    var honouring = to("idempotency-key = honoured", origin(once));
    try (var client = honouring.connect()) {
      client.send(post.formatted("Idempotency-Key: \"k\"\r\n"));
      assertThat(client.read().content()).isEqualTo("second");
    }
    assertThat(came).hasValue(2);
  }

  @Test
  void anInstanceThatHangsCostsOneTimeout() throws Exception {
    var hanging = origin((request, it) -> it.hang());
    var well = origin((request, it) -> it.text(200, "well"));
    var fixture = to("first-byte-timeout = 300ms", hanging, well);
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("well");
    }
  }

  @Test
  void whenAllHangTheAnswerIsATimeout() throws Exception {
    var fixture =
        to("first-byte-timeout = 200ms, retries-max = 1", origin((request, it) -> it.hang()));
    var answer = fixture.get("/s");
    assertThat(answer.status()).isEqualTo(504);
    assertThat(problem(answer)).isEqualTo("upstream-timeout");
    assertThat(answer.field("Proxy-Status").orElseThrow()).contains("timeout");
  }

  @Test
  void standbyInstancesAreUsedWhenNoOtherCanBeAndStepBack() throws Exception {
    var sick = new AtomicBoolean(true);
    Origin.Behaviour changing =
        (request, it) -> it.text(sick.get() ? 500 : 200, sick.get() ? "sick" : "well");
    var first = origin(changing);
    var second = origin(changing);
    var standby = origin((request, it) -> it.text(200, "standby"));
    var fixture =
        to("standby = [\"" + standby.url() + "\"], breaker { open = 200ms }", first, second);
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").status()).isEqualTo(500);
    }
    assertThat(standby.requests()).isEmpty();
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("standby");
    }
    sick.set(false);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              for (int i = 0; i < 10; i++) {
                assertThat(fixture.get("/s").content()).isEqualTo("well");
              }
            });
  }

  // ---- limits ----

  @Test
  void whenAllAnswersAreErrorsTheBreakerOpensAndClosesAgain() throws Exception {
    var sick = new AtomicBoolean(true);
    var origin =
        origin((request, it) -> it.text(sick.get() ? 500 : 200, sick.get() ? "sick" : "well"));
    var fixture = to("breaker { open = 200ms, open-max = 400ms }", origin);
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("sick");
    }
    var refused = fixture.get("/s");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(problem(refused)).isEqualTo("breaker-open");
    assertThat(refused.field("Retry-After")).isPresent();
    assertThat(refused.field("Proxy-Status").orElseThrow()).contains("failure-rate");
    int before = origin.requests().size();
    assertThat(before).isEqualTo(20);
    sick.set(false);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              for (int i = 0; i < 10; i++) {
                assertThat(fixture.get("/s").content()).isEqualTo("well");
              }
            });
  }

  @Test
  void callsThatHangOpenTheBreakerWhileTheyHang() throws Exception {
    var origin = origin((request, it) -> it.hang());
    var fixture =
        to(
            "breaker { slow-call = 200ms }, first-byte-timeout = 30s, attempt-timeout = 30s",
            origin);
    var hanging = new ArrayList<RawClient>();
    for (int i = 0; i < 20; i++) {
      var client = fixture.connect();
      hanging.add(client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n"));
      open.add(client);
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> fixture.upstreams.views().get(0).breaker().equals("open"));
    var refused = fixture.get("/s");
    assertThat(problem(refused)).isEqualTo("breaker-open");
    assertThat(refused.field("Proxy-Status").orElseThrow()).contains("slow-rate");
    assertThat(origin.requests()).hasSize(20);
  }

  /** From a few milliseconds to a second: it is just slow, and the limit falls. */
  @Test
  void theLimitFallsWhenTheServiceBecomesSlow() throws Exception {
    var pause = new AtomicInteger();
    var origin =
        origin(
            (request, it) -> {
              LockSupport.parkNanos(pause.get() * 1_000_000L);
              it.text(200, "");
            });
    var fixture =
        to("breaker { slow-call = 5s }, first-byte-timeout = 30s, concurrency { min = 2 }", origin);
    for (int i = 0; i < 300; i++) {
      fixture.get("/s");
    }
    int before = fixture.upstreams.views().get(0).limit();
    pause.set(300);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 30; i++) {
      var client = fixture.connect();
      open.add(client);
      clients.add(client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for (var client : clients) {
      client.read();
    }
    assertThat(fixture.upstreams.views().get(0).limit()).isLessThan(before);
  }

  @Test
  void whatHasNoRoomIsShedAtOnceAndTheImportantWaitFirst() throws Exception {
    var release = new CountDownLatch(1);
    var origin =
        origin(
            (request, it) -> {
              release.await();
              it.text(200, request.line());
            });
    var fixture =
        to("concurrency { mode = fixed, max = 1, queue-max = 1, queue-timeout = 10s }", origin);
    try (var first = fixture.connect();
        var waiting = fixture.connect();
        var shed = fixture.connect()) {
      first.send("GET /s/1 HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> origin.requests().size() == 1);
      waiting.send("GET /s/2 HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> fixture.upstreams.views().get(0).waiting() == 1);
      shed.send("GET /s/3 HTTP/1.1\r\nHost: a\r\nPriority: u=7\r\n\r\n");
      var answer = shed.read();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(problem(answer)).isEqualTo("shed");
      release.countDown();
      assertThat(first.read().status()).isEqualTo(200);
      assertThat(waiting.read().content()).isEqualTo("GET /s/2 HTTP/1.1");
    }
  }

  /** A service that takes 20 ms and four at once, 200 a second, gets 600 for three seconds. */
  @Test
  void atThreeTimesTheCapacityTheCriticalAreServedAndTheOthersShed() throws Exception {
    var origin =
        origin(
            (request, it) -> {
              LockSupport.parkNanos(20_000_000);
              it.text(200, "");
            });
    var fixture =
        ForwardingFixture.start(
            kit,
            ("upstreams.s { instances = [\"%s\"],"
                    + " concurrency { mode = fixed, max = 4, queue-max = 20 } }\n"
                    + "routes.c { path = \"/c\", upstream = s, priority = critical }\n"
                    + "routes.l { path = \"/l\", upstream = s, priority = sheddable }")
                .formatted(origin.url()));
    open.add(fixture);
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    var base = "http://127.0.0.1:" + fixture.server.address().getPort();
    var critical = new ArrayList<CompletableFuture<Integer>>();
    var sheddable = new ArrayList<CompletableFuture<Integer>>();
    long begin = System.nanoTime();
    for (int i = 0; i < 1800; i++) {
      long due = begin + i * 1_666_667L;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      var asked = HttpRequest.newBuilder(URI.create(base + (i % 6 == 0 ? "/c" : "/l"))).build();
      (i % 6 == 0 ? critical : sheddable)
          .add(
              client
                  .sendAsync(asked, HttpResponse.BodyHandlers.discarding())
                  .thenApply(HttpResponse::statusCode));
    }
    assertThat(served(critical)).isGreaterThanOrEqualTo(0.99);
    assertThat(served(sheddable)).isLessThan(0.7);
  }

  private static double served(List<CompletableFuture<Integer>> answers) {
    long good = answers.stream().filter(answer -> answer.join() == 200).count();
    return (double) good / answers.size();
  }

  @Test
  void aClientThatGoesAwayIsGoneForTheServiceToo() throws Exception {
    var gone = new CountDownLatch(1);
    var origin =
        origin(
            (request, it) -> {
              it.hang();
              gone.countDown();
            });
    var fixture = to("first-byte-timeout = 30s, attempt-timeout = 30s", origin);
    var client = fixture.connect();
    client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
    await().until(() -> origin.requests().size() == 1);
    client.close();
    assertThat(gone.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    await().until(() -> fixture.upstreams.views().get(0).inFlight() == 0);
  }

  // ---- what is not forwarded ----

  @Test
  void aRequestThatComesBackIsALoop() throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    var answer = to("", origin).get("/s", "Via: 1.1 other, 1.1 " + ForwardingFixture.PROXY);
    assertThat(answer.status()).isEqualTo(508);
    assertThat(problem(answer)).isEqualTo("loop");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void upgradesTunnelsAndTracesAreRefused() throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    var fixture = to("", origin);
    var upgrade = fixture.get("/s", "Connection: Upgrade", "Upgrade: websocket");
    assertThat(upgrade.status()).isEqualTo(501);
    try (var client = fixture.connect()) {
      client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(501);
    }
    try (var client = fixture.connect()) {
      client.send("TRACE /s HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(405);
    }
    try (var client = fixture.connect()) {
      client.send("FROBNICATE /s HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(origin.requests()).hasSize(1);
    assertThat(origin.requests().get(0).line()).startsWith("FROBNICATE /s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "X: 1\r\n folded\r\n\r\n",
        "X: a\rb\r\n\r\n",
        "Content-Length: 1\nX: 1\r\n\r\na"
      })
  void whatTwoReadersCouldUnderstandInTwoWaysIsNeverForwarded(String fields) throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    var fixture = to("", origin);
    try (var client = fixture.connect()) {
      client.send("POST /s HTTP/1.1\r\nHost: a\r\n" + fields);
      var answer = client.read();
      assertThat(answer.status()).isIn(400, 501);
      assertThat(answer.closes()).isTrue();
    }
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void contentThatBreaksOffIsNoWholeRequest() throws Exception {
    var whole = new AtomicBoolean();
    var origin =
        origin(
            (request, it) -> {
              whole.set(true);
              it.text(200, "");
            });
    var fixture = to("", origin);
    try (var client = fixture.connect()) {
      client.send(
          "POST /s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
      assertThat(client.read().status()).isEqualTo(400);
    }
    assertThat(whole).isFalse();
  }

  @Test
  void aRouteMayAskForAKey() throws Exception {
    var origin = origin((request, it) -> it.text(200, ""));
    var fixture =
        ForwardingFixture.start(
            kit,
            ("upstreams.s { instances = [\"%s\"] }\nroutes.s { path = \"/s\", upstream = s,"
                    + " idempotency-key = required }")
                .formatted(origin.url()));
    open.add(fixture);
    try (var client = fixture.connect()) {
      client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(problem(client.read())).isEqualTo("idempotency-key-missing");
    }
    assertThat(fixture.get("/s").status()).isEqualTo(200);
  }
}
