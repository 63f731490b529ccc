package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Content of any length that goes to a service and back, on real sockets. */
@Timeout(60)
class ForwardedStreamsTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  /** Sixty-four MiB each way: neither side gets far ahead of the other. */
  @Test
  void streamsBothWaysAndLetsTheSlowSideSetThePace() throws Exception {
    var written = new AtomicLong();
    var fixture =
        services.to(
            "attempt-timeout = 60s",
            services.origin(
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
        services.start(
            "upstreams.s.instances = [\""
                + "http://127.0.0.1:"
                + listener.getLocalPort()
                + "\"]\nroutes.s { path = \"/s\", upstream = s }");
    services.close(listener);
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
}
