package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that go to a service and come back, on real sockets. */
@Timeout(60)
class ForwardingTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  // ---- what is passed on ----

  @Test
  void passesTheRequestOnAndTheAnswerBack() throws Exception {
    var origin = services.origin((request, it) -> it.text(201, "made", "ETag: \"7\"", "X-Own: 1"));
    var fixture = services.to("", origin);
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
    var origin = services.origin((request, it) -> it.text(200, request.line()));
    var fixture = services.to("", origin);
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
    var fixture = services.to("", services.origin((request, it) -> it.text(200, request.line())));
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
        services.origin(
            (request, it) ->
                it.text(200, "", "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5"));
    var fixture = services.to("", origin);
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
    var origin = services.origin((request, it) -> it.text(200, ""));
    String[] fields = {
      "X-Forwarded-For: 10.1.1.1",
      "X-Forwarded-Proto: https",
      "Forwarded: for=10.1.1.1;proto=https",
      "X-Forwarded-Host: shop.example"
    };
    services.to("", origin).get("/s", fields);
    var untrusted = origin.requests().get(0);
    assertThat(untrusted.fields("X-Forwarded-For")).containsExactly("127.0.0.1");
    assertThat(untrusted.fields("X-Forwarded-Proto")).containsExactly("http");
    assertThat(untrusted.fields("X-Forwarded-Host")).containsExactly("api.example");
    assertThat(untrusted.fields("Forwarded"))
        .containsExactly("for=127.0.0.1;host=api.example;proto=http");
    var trusting =
        services.start(
            "http.trusted-proxies = [\"127.0.0.0/8\"]\nupstreams.s { instances = [\""
                + origin.url()
                + "\"] }\nroutes.s { path = \"/s\", upstream = s }");
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
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture =
        services.start(
            ("upstreams.s { instances = [\"%s\"] }\nroutes.s { path = \"/s\", upstream = s,"
                    + " strip-prefix = true, preserve-host = true }")
                .formatted(origin.url()));
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
        services.to(
            "",
            services.origin(
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

  /** RFC 9110, section 7.6.3: the version is that of the message which was received. */
  @Test
  void saysInViaWhichVersionAnInstanceSpoke() throws Exception {
    var fixture =
        services.to(
            "",
            services.origin(
                (request, it) -> {
                  it.send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
                  it.socket().close();
                }));
    assertThat(fixture.get("/s").field("Via")).contains("1.0 " + ForwardingFixture.PROXY);
  }

  @Test
  void knowsWhichAnswersHaveNoContent() throws Exception {
    var fixture =
        services.to(
            "",
            services.origin(
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
    var origin = services.origin((request, it) -> it.text(200, request.content()));
    var fixture = services.to("", origin);
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
        services.to(
            "",
            services.origin(
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

  // ---- what is not forwarded ----

  @Test
  void aRequestThatComesBackIsALoop() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, ""));
    var answer =
        services.to("", origin).get("/s", "Via: 1.1 other, 1.1 " + ForwardingFixture.PROXY);
    assertThat(answer.status()).isEqualTo(508);
    assertThat(problem(answer)).isEqualTo("loop");
    assertThat(origin.requests()).isEmpty();
  }

  @Test
  void upgradesTunnelsAndTracesAreRefused() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture = services.to("", origin);
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
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture = services.to("", origin);
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
        services.origin(
            (request, it) -> {
              whole.set(true);
              it.text(200, "");
            });
    var fixture = services.to("", origin);
    try (var client = fixture.connect()) {
      client.send(
          "POST /s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
      assertThat(client.read().status()).isEqualTo(400);
    }
    assertThat(whole).isFalse();
  }

  @Test
  void aRouteMayAskForAKey() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture =
        services.start(
            ("upstreams.s { instances = [\"%s\"] }\nroutes.s { path = \"/s\", upstream = s,"
                    + " idempotency-key = required }")
                .formatted(origin.url()));
    try (var client = fixture.connect()) {
      client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(problem(client.read())).isEqualTo("idempotency-key-missing");
    }
    assertThat(fixture.get("/s").status()).isEqualTo(200);
  }

  /** RFC 9110, section 7.6.2. */
  @Test
  void optionsGoNoFurtherThanTheyMay() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, "far"));
    var fixture = services.to("", origin);
    try (var client = fixture.connect()) {
      client.send("OPTIONS /s HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
      var here = client.read();
      assertThat(here.status()).isEqualTo(204);
      assertThat(here.field("Date")).isPresent();
      assertThat(origin.requests()).isEmpty();
      client.send("OPTIONS /s HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n");
      assertThat(client.read().content()).isEqualTo("far");
      client.send("OPTIONS /s HTTP/1.1\r\nHost: a\r\nMax-Forwards: many\r\n\r\n");
      assertThat(client.read().content()).isEqualTo("far");
      client.send("GET /s HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
      assertThat(client.read().content()).isEqualTo("far");
    }
    assertThat(origin.requests())
        .extracting(it -> it.field("Max-Forwards").orElseThrow())
        .containsExactly("2", "many", "0");
  }
}
