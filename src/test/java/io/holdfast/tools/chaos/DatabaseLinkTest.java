package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.DatabaseLink.Slowness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a server that says again what it is told. */
class DatabaseLinkTest {
  private static final byte[] WORD = "word".getBytes(StandardCharsets.UTF_8);
  private static final int ANSWER_MILLIS_MAX = 20_000;

  @Test
  void passesOnWhatIsSaidAndAnswered() throws Exception {
    try (var server = new Echo();
        var link = DatabaseLink.to(server.url());
        var client = client(link)) {
      assertThat(ask(client)).isEqualTo(WORD);
    }
  }

  @Test
  void holdsEachAnswerUpWhileItIsSlow() throws Exception {
    try (var server = new Echo();
        var link = DatabaseLink.to(server.url());
        var client = client(link)) {
      ask(client);
      link.be(new Slowness(200_000_000, 1_000_000));
      long begin = System.nanoTime();
      ask(client);
      assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(200_000_000);

      link.be(Slowness.NONE);
      assertThat(ask(client)).isEqualTo(WORD);
    }
  }

  @Test
  void holdsLargeAnswersUpLonger() {
    var slow = new Slowness(100, 1_000_000);

    assertThat(slow.nanos(0)).isEqualTo(100);
    assertThat(slow.nanos(1000)).isEqualTo(1_000_100);
    assertThat(Slowness.NONE.nanos(1_000_000)).isZero();
  }

  @Test
  void breaksTheConnectionWhereTheDatabaseRefuses() throws Exception {
    var server = new Echo();
    server.close();
    try (var link = DatabaseLink.to(server.url());
        var client = client(link)) {
      assertThat(client.getInputStream().read()).isNegative();
    }
  }

  @Test
  void keepsWhatElseTheUrlSays() throws Exception {
    try (var link = DatabaseLink.to("jdbc:postgresql://db.example:6543/hold?sslmode=disable")) {
      assertThat(link.url())
          .matches("jdbc:postgresql://127\\.0\\.0\\.1:\\d+/hold\\?sslmode=disable");
    }
    try (var link = DatabaseLink.to("jdbc:postgresql://db.example/hold")) {
      assertThat(link.url()).matches("jdbc:postgresql://127\\.0\\.0\\.1:\\d+/hold");
    }
    try (var link = DatabaseLink.to("jdbc:h2:tcp://127.0.0.1:9170/holdfast")) {
      assertThat(link.url()).matches("jdbc:h2:tcp://127\\.0\\.0\\.1:\\d+/holdfast");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://a:1,b:2/hold",
        "jdbc:postgresql:hold",
        "jdbc:h2:file:/tmp/x",
        "jdbc:postgresql://user:secret@a/hold",
        ""
      })
  void cannotStandBeforeWhatIsNotOneServer(String url) {
    assertThat(DatabaseLink.obstacle(url)).isPresent();
    assertThat(DatabaseLink.obstacle("jdbc:postgresql://a/hold")).isEmpty();
  }

  private static Socket client(DatabaseLink link) throws IOException {
    var uri = URI.create(link.url().substring("jdbc:h2:".length()));
    var socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort());
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
    return socket;
  }

  private static byte[] ask(Socket client) throws IOException {
    client.getOutputStream().write(WORD);
    return client.getInputStream().readNBytes(WORD.length);
  }

  /** Answers each byte with itself. */
  private static final class Echo implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());

    Echo() throws IOException {
      var thread = new Thread(this::serve, "echo");
      thread.setDaemon(true);
      thread.start();
    }

    String url() {
      return "jdbc:h2:tcp://127.0.0.1:" + listener.getLocalPort() + "/holdfast";
    }

    private void serve() {
      while (!listener.isClosed()) {
        try (var client = listener.accept()) {
          client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
          // That one is over.
        }
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
