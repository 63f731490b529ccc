package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that a process makes of its own public port. */
class OwnRequestsTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final ActorTestKit kit = ActorTestKit.create();
  private final HttpSettings limits = ServerFixture.limits(LONG, LONG, 2, 1);
  private final ServerFixture server = ServerFixture.start(kit, limits);
  private final Queue<HttpRequest> taken = new ConcurrentLinkedQueue<>();
  private final OwnRequests own =
      new OwnRequests(
          (request, peer) -> {
            taken.add(request);
            return CompletableFuture.completedFuture(ServerFixture.text("own").withStatus(404));
          });

  @AfterEach
  void stop() {
    server.held.forEach(held -> held.complete(ServerFixture.text("over")));
    server.close();
    kit.shutdownTestKit();
  }

  private int ask(Duration timeout) throws IOException {
    return own.get(server.server.address(), "/7", timeout);
  }

  @Test
  void goToTheirOwnHandlerAndAreNotCountedAmongThoseOfClients() throws IOException {
    server.server.recognise(own);
    assertThat(ask(LONG)).isEqualTo(404);
    assertThat(taken).hasSize(1);
    assertThat(taken.peek().getHeader("Cache-Control").orElseThrow().value()).isEqualTo("no-cache");
    assertThat(server.seen).isEmpty();
    assertThat(server.gauge("holdfast.http.connections")).isZero();
    assertThat(server.gauge("holdfast.http.in.flight")).isZero();
  }

  @Test
  void noClientPassesForOne() throws IOException {
    server.server.recognise(own);
    try (RawClient client = server.connect()) {
      var answer = client.send("GET /7 HTTP/1.1\r\nHost: self\r\n\r\n").read();
      assertThat(answer.status()).isEqualTo(200);
    }
    assertThat(taken).isEmpty();
    assertThat(server.seen).hasSize(1);
  }

  @Test
  void areAnsweredByANodeThatTakesNoMoreConnectionsAndRequests() throws IOException {
    server.server.recognise(own);
    try (RawClient one = server.connect();
        RawClient other = server.connect()) {
      one.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
      other.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(other.read().status()).isEqualTo(503);
      try (RawClient third = server.connect()) {
        assertThat(third.read().status()).isEqualTo(503);
      }
      assertThat(ask(LONG)).isEqualTo(404);
    }
  }

  /** The handler runs on the event loop, so one that blocks blocks the loop. */
  @Test
  void areNotAnsweredByAnEventLoopThatIsBlocked() throws Exception {
    server.server.recognise(own);
    var blocked = new CompletableFuture<Void>();
    var hostile =
        HttpServer.bind(
                kit.system(),
                "127.0.0.1",
                0,
                limits,
                (request, peer) -> {
                  blocked.join();
                  return CompletableFuture.completedFuture(ServerFixture.text("late"));
                },
                server.meters)
            .toCompletableFuture()
            .join();
    hostile.recognise(own);
    try (RawClient client = RawClient.connect(hostile.address())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThatThrownBy(() -> own.get(hostile.address(), "/7", SHORT))
          .isInstanceOf(IOException.class);
      blocked.complete(null);
      assertThat(client.read().content()).isEqualTo("late");
      assertThat(own.get(hostile.address(), "/7", LONG)).isEqualTo(404);
    } finally {
      blocked.complete(null);
      hostile.close(Duration.ZERO);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1", "SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n"})
  void whatIsNoAnswerIsNone(String sent) throws Exception {
    try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var answering =
          CompletableFuture.runAsync(
              () -> {
                try (var socket = listener.accept()) {
                  socket.getInputStream().read(new byte[1024]);
                  socket.getOutputStream().write(sent.getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      var at = (InetSocketAddress) listener.getLocalSocketAddress();
      assertThatThrownBy(() -> own.get(at, "/7", LONG)).isInstanceOf(IOException.class);
      answering.join();
    }
  }

  @Test
  void aPortThatIsClosedGivesNoAnswer() throws IOException {
    InetSocketAddress closed;
    try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      closed = (InetSocketAddress) listener.getLocalSocketAddress();
    }
    assertThatThrownBy(() -> own.get(closed, "/7", LONG)).isInstanceOf(IOException.class);
  }
}
