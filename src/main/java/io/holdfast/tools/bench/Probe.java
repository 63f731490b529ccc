package io.holdfast.tools.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Single requests, beside what is measured, each on a connection of its own. */
final class Probe {
  private static final int WAIT_MILLIS_MAX = 5000;
  private static final int STATUS_AT = 9;
  private static final int STATUS_END = 12;

  private Probe() {}

  /**
   * An answer whose content is not in chunks.
   *
   * @param head up to the empty line
   */
  record Answer(String head, String content) {

    /**
     * @throws IOException if it is not a whole head
     */
    static Answer parse(String text) throws IOException {
      int end = text.indexOf("\r\n\r\n");
      if (end < STATUS_END || !text.startsWith("HTTP/1.")) {
        throw new IOException("no answer: " + text.lines().findFirst().orElse(""));
      }
      return new Answer(text.substring(0, end), text.substring(end + 4));
    }

    int status() {
      return Integer.parseInt(head.substring(STATUS_AT, STATUS_END));
    }

    /** The first of that name. */
    Optional<String> field(String name) {
      return head.lines()
          .filter(it -> it.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(it -> it.substring(name.length() + 1).strip())
          .findFirst();
    }
  }

  /** A GET with the host that the load has. */
  static Answer get(int port, String target) throws IOException {
    return get(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), target, "");
  }

  /**
   * @param fields further ones, each with its line's end
   */
  static Answer get(InetSocketAddress address, String target, String fields) throws IOException {
    var request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n"
            .formatted(target, Load.HOST, fields);
    try (var socket = new Socket()) {
      socket.setSoTimeout(WAIT_MILLIS_MAX);
      socket.connect(address, WAIT_MILLIS_MAX);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var bytes = socket.getInputStream().readAllBytes();
      return Answer.parse(new String(bytes, StandardCharsets.UTF_8));
    }
  }
}
