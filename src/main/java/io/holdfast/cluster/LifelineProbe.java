package io.holdfast.cluster;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** One question to a lifeline port, before there is a cluster. Blocks for a bounded time. */
record LifelineProbe(String cluster, Duration timeout) {

  /** What the port said. */
  enum Answer {
    /** The incarnation that was asked for is alive. */
    ALIVE,
    /** Its host refused, or another incarnation answered. */
    ANOTHER_OR_REFUSED,
    /** Nothing is known. */
    NONE
  }

  Answer ask(InetSocketAddress address, long incarnation) {
    try (var socket = new Socket()) {
      socket.connect(address, Math.toIntExact(timeout.toMillis()));
      socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
      return Greeting.parse(read(socket))
          .map(greeting -> greeting.equals(new Greeting(cluster, incarnation)))
          .map(isPeer -> isPeer ? Answer.ALIVE : Answer.ANOTHER_OR_REFUSED)
          .orElse(Answer.NONE);
    } catch (ConnectException e) {
      return Answer.ANOTHER_OR_REFUSED;
    } catch (IOException | RuntimeException e) {
      return Answer.NONE;
    }
  }

  private static String read(Socket socket) throws IOException {
    var text = new StringBuilder();
    var octets = new byte[Greeting.OCTETS_MAX];
    while (text.length() < Greeting.OCTETS_MAX && text.indexOf("\n") < 0) {
      int count = socket.getInputStream().read(octets, 0, Greeting.OCTETS_MAX - text.length());
      if (count < 0) {
        break;
      }
      text.append(new String(octets, 0, count, StandardCharsets.US_ASCII));
    }
    return text.toString();
  }
}
