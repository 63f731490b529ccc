package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.RawClient;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9209, section 2.3: each error by its own name, on real sockets. */
@Timeout(60)
class ProxyStatusTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static String error(RawClient.Response answer) {
    var said = answer.field("Proxy-Status").orElseThrow();
    return said.replaceAll("holdfast; error=([a-z_]+);.*", "$1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''| connection_terminated",
        "hello\\r\\n\\r\\n| http_protocol_error",
        "HTTP/1.1 200 OK\\r\\nContent-Length: x\\r\\n\\r\\n| http_protocol_error",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: gzip\\r\\n\\r\\n| http_response_transfer_coding",
        "HTTP/1.1 200 OK\\r\\nX: 1| http_response_incomplete"
      })
  void whatAnInstanceDoesWrongHasAName(String said, String error) throws Exception {
    var fixture =
        services.to(
            "retries-max = 0",
            services.origin(
                (request, it) -> {
                  it.send(said.replace("\\r\\n", "\r\n"));
                  it.socket().close();
                }));
    var answer = fixture.get("/s");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(error(answer)).isEqualTo(error);
  }

  @Test
  void aHeadWithoutEndIsTooLarge() throws Exception {
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
    assertThat(error(fixture.get("/s"))).isEqualTo("http_response_header_section_size");
  }

  @Test
  void anInstanceThatIsNotThereRefusesConnections() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, ""));
    var fixture = services.to("retries-max = 0", origin);
    origin.close();
    assertThat(error(fixture.get("/s"))).isEqualTo("connection_refused");
  }

  /** Its failures, or its checks, say that it is not to be asked. */
  @Test
  void aServiceBehindAnOpenBreakerIsUnavailable() throws Exception {
    var origin = services.origin((request, it) -> it.text(500, ""));
    var fixture = services.to("breaker { calls-min = 5, open = 2s }", origin);
    for (int i = 0; i < 5; i++) {
      fixture.get("/s");
    }
    var answer = fixture.get("/s");
    assertThat(problem(answer)).isEqualTo("breaker-open");
    assertThat(error(answer)).isEqualTo("destination_unavailable");
  }

  @Test
  void whatIsShedHasMetALimit() throws Exception {
    var release = new CountDownLatch(1);
    var origin =
        services.origin(
            (request, it) -> {
              release.await();
              it.text(200, "");
            });
    var fixture = services.to("concurrency { mode = fixed, max = 1, queue-max = 0 }", origin);
    try (var first = fixture.connect()) {
      first.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> origin.requests().size() == 1);
      var answer = fixture.get("/s");
      assertThat(problem(answer)).isEqualTo("shed");
      assertThat(error(answer)).isEqualTo("connection_limit_reached");
      release.countDown();
      assertThat(first.read().status()).isEqualTo(200);
    }
  }
}
