package io.holdfast.tools.chaos;

import com.sun.net.httpserver.HttpServer;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The admin port of a node that says what it is told to say. */
final class FakeAdmin implements AutoCloseable {
  private final HttpServer server;
  private final int number;
  private volatile String answer;

  FakeAdmin(int number, String life) {
    this.number = number;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    say("up", life);
    server.createContext(
        "/cluster",
        exchange -> {
          var bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  /** Node 1 is the oldest. */
  void say(String state, String life) {
    answer =
        "{\"state\":\"%s\",\"oldest\":%s,\"shards\":20,\"incarnation\":\"%s\"}"
            .formatted(state, number == 1, life);
  }

  Node node() {
    var address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new Node(number, 0, "up", false, address, address, 0);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
