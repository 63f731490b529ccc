package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An instance that answers before it has read the request, on real sockets. */
@Timeout(60)
class EarlyAnswersTest {
  private static final String UPLOAD =
      "PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 67108864\r\n\r\n";

  @RegisterExtension static final ServiceKit services = new ServiceKit();

  /** What it does with each connection that it takes. */
  private interface Instance {
    void serve(Socket socket) throws Exception;
  }

  private static ForwardingFixture to(Instance instance) throws IOException {
    var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    var thread =
        new Thread(
            () -> {
              try (var socket = listener.accept()) {
                instance.serve(socket);
              } catch (Exception e) {
                // the test is over
              }
            });
    thread.setDaemon(true);
    thread.start();
    var fixture =
        services.start(
            ("upstreams.s { instances = [\"http://127.0.0.1:%d\"] }\n"
                    + "routes.s { path = \"/s\", upstream = s }")
                .formatted(listener.getLocalPort()));
    services.close(listener);
    return fixture;
  }

  /** Sends content for as long as it is taken. */
  private static void upload(RawClient client) {
    var thread =
        new Thread(
            () -> {
              try {
                client.send(UPLOAD);
                for (int i = 0; i < 64; i++) {
                  client.send(new byte[1024 * 1024]);
                }
              } catch (IOException e) {
                // it is taken no more
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void say(Socket socket, String bytes) throws IOException {
    socket.getInputStream().read(new byte[4096]);
    socket.getOutputStream().write(bytes.getBytes());
  }

  @Test
  void oneThatBreaksOffIsNeverSeenAsWhole() throws Exception {
    var begun = new CountDownLatch(1);
    var fixture =
        to(
            socket -> {
              say(socket, "HTTP/1.1 200 OK\r\n\r\nonly this");
              begun.await();
              socket.setSoLinger(true, 0);
            });
    try (var client = fixture.connect()) {
      upload(client);
      var begins = client.readHeadOnly();
      assertThat(begins.status()).isEqualTo(200);
      assertThat(begins.field("Transfer-Encoding")).contains("chunked");
      begun.countDown();
      assertThatThrownBy(client::readChunks).isInstanceOf(IOException.class);
    }
  }

  /** RFC 9112, section 9.6: whoever has said that he closes does, whatever came meanwhile. */
  @Test
  void oneThatAnnouncesTheEndOfTheConnectionIsItsLast() throws Exception {
    var fixture =
        to(
            socket -> {
              say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
              var content = new StringBuilder();
              while (content.indexOf("cd") < 0) {
                content.append((char) socket.getInputStream().read());
              }
              socket.getOutputStream().write("ok".getBytes());
              socket.getInputStream().read();
            });
    try (var client = fixture.connect()) {
      client.send("PUT /s HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
      assertThat(client.readHeadOnly().closes()).isTrue();
      client.send("cd");
      assertThat(client.readByte()).isEqualTo('o');
      assertThat(client.readByte()).isEqualTo('k');
      assertThat(client.ended()).isTrue();
    }
  }

  /** It has no use for the content, says so, and closes. */
  @Test
  void oneThatIsWholeIsPassedOn() throws Exception {
    var fixture =
        to(
            socket ->
                say(
                    socket,
                    "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"));
    try (var client = fixture.connect()) {
      upload(client);
      var answer = client.read();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.content()).isEqualTo("no");
      assertThat(answer.closes()).isTrue();
    }
  }
}
