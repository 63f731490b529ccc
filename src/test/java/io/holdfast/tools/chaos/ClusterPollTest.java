package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterPollTest {
  private volatile String answer = "";
  private HttpServer admin;

  @BeforeEach
  void listen() throws IOException {
    admin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    admin.createContext(
        "/cluster",
        exchange -> {
          var bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    admin.start();
  }

  @AfterEach
  void close() {
    admin.stop(0);
  }

  @Test
  void seesWhatANodeSaysNow() {
    answer = "{\"state\":\"up\",\"oldest\":true,\"shards\":21}";

    assertThat(look(node()).nodes())
        .containsExactly(new Node(1, 11, "up", true, URI.create("http://x"), address(), 21));
  }

  @Test
  void takesOneThatDoesNotAnswerForDown() {
    var node = node();
    admin.stop(0);

    assertThat(look(node).isAllUp()).isFalse();
    assertThat(look(node).nodes().get(0).shards()).isZero();
  }

  @Test
  void takesOneThatSaysNonsenseForNotUp() {
    answer = "<html>";
    assertThat(look(node()).isAllUp()).isFalse();
  }

  @Test
  void tellsOneLifeOfANodeFromTheNext() {
    answer = "{\"state\":\"up\",\"incarnation\":\"7\"}";
    assertThat(new ClusterPoll("").ask(List.of(node())).get(0).life()).isEqualTo("7");
    answer = "{}";
    assertThat(new ClusterPoll("").ask(List.of(node())).get(0).life()).isEmpty();
  }

  private static ClusterView look(Node node) {
    return new ClusterPoll("").look(new ClusterView(List.of(node)));
  }

  private Node node() {
    return new Node(1, 11, "starting", false, URI.create("http://x"), address(), 0);
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + admin.getAddress().getPort());
  }
}
