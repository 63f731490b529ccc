package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that takes its time is not held against the service, on real sockets. */
@Timeout(60)
class SlowClientsTest {
  private static final int LONG = 16 * 1024 * 1024;

  @RegisterExtension static final ServiceKit services = new ServiceKit();

  /** For that long everything stays as it is, whoever waits for whom. */
  private static void pause(ForwardingFixture fixture, int inFlight) {
    await()
        .during(Duration.ofMillis(900))
        .atMost(Duration.ofSeconds(5))
        .until(() -> fixture.upstreams.views().get(0).inFlight() == inFlight);
  }

  private static void write(Origin.Exchange it, int bytes) throws IOException {
    var piece = new byte[65536];
    for (int i = 0; i < bytes / piece.length; i++) {
      it.out().write(piece);
    }
  }

  @Test
  void anAnswerWaitsForAClientThatReadsSlowly() throws Exception {
    var fixture =
        services.to(
            "attempt-timeout = 300ms",
            services.origin(
                (request, it) -> {
                  it.send("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(LONG));
                  write(it, LONG);
                }));
    try (var client = RawClient.connectWithSmallBuffer(fixture.server.address())) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> fixture.upstreams.views().get(0).inFlight() == 1);
      pause(fixture, 1);
      assertThat(client.read().content()).hasSize(LONG);
    }
  }

  /** The instance has ended its answer by closing long before the client has read it. */
  @Test
  void anAnswerThatEndsWithItsConnectionIsWholeForAClientThatReadsSlowly() throws Exception {
    var fixture =
        services.to(
            "attempt-timeout = 30s",
            services.origin(
                (request, it) -> {
                  it.send("HTTP/1.1 200 OK\r\n\r\n");
                  write(it, LONG);
                  it.socket().close();
                }));
    try (var client = RawClient.connectWithSmallBuffer(fixture.server.address())) {
      client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> fixture.upstreams.views().get(0).inFlight() == 1);
      pause(fixture, 1);
      assertThat(client.read().content()).hasSize(LONG);
    }
  }

  /** Twenty of them would open the breaker. */
  @Test
  void contentThatComesSlowlyIsNoFaultOfTheInstance() throws Exception {
    var origin = services.origin((request, it) -> it.text(200, request.content()));
    var fixture = services.to("attempt-timeout = 300ms, breaker { slow-call = 200ms }", origin);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 20; i++) {
      var client = fixture.connect();
      services.close(client);
      clients.add(client.send("POST /s HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nsl"));
    }
    await().until(() -> fixture.upstreams.views().get(0).inFlight() == 20);
    pause(fixture, 20);
    for (var client : clients) {
      client.send("ow");
      assertThat(client.read().content()).isEqualTo("slow");
    }
    assertThat(fixture.upstreams.views().get(0).breaker()).isEqualTo("closed");
  }
}
