package io.holdfast.tools;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A few documents of 300 bytes, as clients write them: {@link FilledDatabase} has copies of them.
 */
final class ModelDocuments {
  /** Written once. */
  static final String ONCE = "once";

  /** Written many times: it has a snapshot, and events behind it. */
  static final String OFTEN = "often";

  /** Written and deleted. */
  static final String DELETED = "deleted";

  private static final int TIMES = 25;

  /** With a number that makes it 300 bytes. */
  private static final String CONTENT = "{\"value\":\"%0288d\"}";

  private static final Duration CONNECT_MAX = Duration.ofSeconds(2);

  /** Beyond the deadline of the nodes, which is 10 s. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(12);

  private ModelDocuments() {}

  /** Writes them through the node; fails where one is not acknowledged. */
  static void write(URI node) throws IOException {
    put(node, ONCE, 0);
    put(node, DELETED, 0);
    send(node, "DELETE", DELETED, "");
    for (int i = 0; i < TIMES; i++) {
      put(node, OFTEN, i);
    }
  }

  private static void put(URI node, String id, int value) throws IOException {
    send(node, "PUT", id, CONTENT.formatted(value));
  }

  private static void send(URI node, String method, String id, String content) throws IOException {
    var target = node.resolve("/docs/" + id);
    var connection = (HttpURLConnection) target.toURL().openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout((int) CONNECT_MAX.toMillis());
    connection.setReadTimeout((int) ANSWER_MAX.toMillis());
    connection.setRequestMethod(method);
    try {
      if (!content.isEmpty()) {
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        connection.getOutputStream().write(content.getBytes(StandardCharsets.US_ASCII));
      }
      int status = connection.getResponseCode();
      if (status >= HttpURLConnection.HTTP_MULT_CHOICE) {
        throw new IOException("%s %s was answered with %d".formatted(method, target, status));
      }
    } finally {
      connection.disconnect();
    }
  }
}
