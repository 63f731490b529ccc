package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The stream, over real sockets: its clients read, or do not. */
@Timeout(60)
class EventsEndpointTest {
  /** Few of them fill all buffers of a connection. */
  private static final int PULSE_BYTES = 4 * 1024 * 1024;

  private static final long BUFFERED_MAX = 10L * PULSE_BYTES;
  private static final Duration NOT_READ_MAX = Duration.ofSeconds(3);
  private static final AtomicLong rounds = new AtomicLong();
  private static ActorTestKit kit;
  private EventsEndpoint endpoint;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private ServerBinding port;

  @BeforeAll
  static void begin() {
    kit = ActorTestKit.create();
  }

  private void bind(int pulseBytes, Duration notReadMax) {
    var pulses = Map.of("n1", "{\"fill\":\"" + "x".repeat(pulseBytes) + "\"}");
    endpoint =
        new EventsEndpoint(
            () ->
                CompletableFuture.completedStage(
                    new Pulses.Gathered(
                        rounds.incrementAndGet(), pulses, List.of(), List.of(), Map.of())),
            notReadMax,
            meters);
    port =
        Http.get(kit.system())
            .newServerAt("127.0.0.1", 0)
            .bind(endpoint::stream)
            .toCompletableFuture()
            .join();
  }

  @AfterAll
  static void end() {
    kit.shutdownTestKit();
  }

  private Socket ask(String method, String path) throws IOException {
    var socket = new Socket("127.0.0.1", port.localAddress().getPort());
    socket.setSoTimeout(10_000);
    socket
        .getOutputStream()
        .write(
            (method + " " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private void awaitWatching(int count) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(endpoint.watching()).isEqualTo(count));
  }

  private static void read(InputStream stream, long bytes) throws IOException {
    assertThat(stream.skip(1)).isEqualTo(1);
    stream.skipNBytes(bytes - 1);
  }

  @Test
  void whoeverDoesNotReadIsLetGoOfAndHoldsUpItselfAlone() throws Exception {
    bind(PULSE_BYTES, NOT_READ_MAX);
    try (var deaf = ask("GET", "/events?pulses");
        var other = ask("GET", "/events?pulses")) {
      awaitWatching(2);
      for (int pulse = 0; pulse < 16; pulse++) { // longer than the other is waited for
        read(other.getInputStream(), PULSE_BYTES);
      }
      awaitWatching(1);
      read(other.getInputStream(), PULSE_BYTES);
      assertThat(buffered(deaf.getInputStream())).isBetween(1L, BUFFERED_MAX);
      assertThat(dropped("events-not-read")).isEqualTo(1);
    }
    awaitWatching(0);
  }

  private double dropped(String limit) {
    return meters.get("holdfast.limit.dropped").tag("limit", limit).counter().count();
  }

  /** What lies there until the end of the connection. */
  private static long buffered(InputStream stream) {
    var buffer = new byte[1 << 16];
    long all = 0;
    try {
      for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
        all += n;
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("reset");
    }
    return all;
  }

  @Test
  void ofThoseWhoWatchThereAreAHundredAtMost() throws Exception {
    bind(1, EventsEndpoint.NOT_READ_MAX);
    for (int i = 0; i < 150; i++) { // asks for no stream
      try (var head = ask("HEAD", "/events")) {
        assertThat(statusOf(head)).isEqualTo("200");
      }
    }
    awaitWatching(0);
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 100; i++) {
        sockets.add(ask("GET", "/events?pulses"));
      }
      awaitWatching(100);
      sockets.add(ask("GET", "/events?pulses"));
      assertThat(statusOf(sockets.get(100))).isEqualTo("503");
      assertThat(dropped("events-watching")).isEqualTo(1);
    } finally {
      for (var socket : sockets) {
        socket.close();
      }
    }
    awaitWatching(0);
  }

  private static String statusOf(Socket socket) throws IOException {
    return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)
        .substring(9);
  }
}
