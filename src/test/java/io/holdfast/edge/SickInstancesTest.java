package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.http.HttpDate;
import io.holdfast.testing.Origin;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an instance does wrong, and what another attempt makes good, on real sockets. */
@Timeout(60)
class SickInstancesTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

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
        services.to(
            "",
            services.origin(
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
        services.to(
            "retries-max = 0",
            services.origin(
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
        services.to(
            "retries-max = 0",
            services.origin(
                (request, it) -> {
                  it.send("HTTP/1.1 200 OK\r\n");
                  while (true) {
                    it.send("X-More: " + "x".repeat(1000) + "\r\n");
                  }
                }));
    assertThat(fixture.get("/s").status()).isEqualTo(502);
  }

  // ---- another attempt ----

  /** Each is passed on, and would be a sign of life for ever. */
  @Test
  void interimAnswersWithoutEndAreABadGateway() throws Exception {
    var fixture =
        services.to(
            "retries-max = 0",
            services.origin(
                (request, it) -> {
                  while (true) {
                    it.send("HTTP/1.1 103 Early Hints\r\n\r\n");
                  }
                }));
    try (var client = fixture.connect()) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      int interims = 0;
      var answer = client.read();
      while (answer.status() == 103 && interims++ < 100) {
        answer = client.read();
      }
      assertThat(answer.status()).isEqualTo(502);
      assertThat(interims).isLessThanOrEqualTo(20);
      assertThat(answer.field("Proxy-Status").orElseThrow()).contains("http_protocol_error");
    }
  }

  @Test
  void anInstanceThatRefusesConnectionsIsSeenByNobody() throws Exception {
    var dead = services.origin((request, it) -> it.text(200, "never"));
    var alive = services.origin((request, it) -> it.text(200, "alive"));
    var fixture = services.to("", dead, alive);
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
    var one = services.origin(bad);
    var two = services.origin((request, it) -> it.text(200, request.content()));
    var fixture = services.to("ejection.consecutive-failures = 1000", one, two);
    for (int i = 0; i < 8; i++) {
      try (var client = fixture.connect()) {
        client.send("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assertThat(client.read().content()).isEqualTo("hello");
      }
    }
  }

  /** RFC 9110, section 10.2.3: in seconds, or as a date. */
  @ParameterizedTest
  @ValueSource(strings = {"3600", "99999999", "date"})
  void aServiceThatWantsToBeLeftAloneForLongIsNotAskedAgain(String retryAfter) throws Exception {
    var value =
        retryAfter.equals("date")
            ? HttpDate.format(Instant.now().plus(Duration.ofHours(1)))
            : retryAfter;
    var origin = services.origin((request, it) -> it.text(503, "later", "Retry-After: " + value));
    var answer = services.to("", origin).get("/s");
    assertThat(answer.content()).isEqualTo("later");
    assertThat(answer.field("Retry-After")).contains(value);
    assertThat(origin.requests()).hasSize(1);
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
    var plain = services.to("", services.origin(once));
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
    var honouring = services.to("idempotency-key = honoured", services.origin(once));
    try (var client = honouring.connect()) {
      client.send(post.formatted("Idempotency-Key: \"k\"\r\n"));
      assertThat(client.read().content()).isEqualTo("second");
    }
    assertThat(came).hasValue(2);
  }

  @Test
  void anInstanceThatHangsCostsOneTimeout() throws Exception {
    var hanging = services.origin((request, it) -> it.hang());
    var well = services.origin((request, it) -> it.text(200, "well"));
    var fixture = services.to("first-byte-timeout = 300ms", hanging, well);
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("well");
    }
  }

  @Test
  void whenAllHangTheAnswerIsATimeout() throws Exception {
    var fixture =
        services.to(
            "first-byte-timeout = 200ms, retries-max = 1",
            services.origin((request, it) -> it.hang()));
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
    var first = services.origin(changing);
    var second = services.origin(changing);
    var standby = services.origin((request, it) -> it.text(200, "standby"));
    var fixture =
        services.to("standby = [\"" + standby.url() + "\"], breaker { open = 1s }", first, second);
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
}
