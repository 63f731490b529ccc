package io.holdfast.system;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * One real node that gets requests byte by byte as tests write them: no client library mends them
 * on the way. Documents are at {@code /docs} (up to 1 KiB) and {@code /large} (as large as can be
 * set).
 */
final class RawNode implements AutoCloseable {
  static final String JSON = "application/json";
  static final String MERGE = "application/merge-patch+json";
  static final String JSON_PATCH = "application/json-patch+json";
  static final byte[] NOTHING = {};

  /** Content of a document at {@code /large}, in bytes. */
  static final int LARGE = 960 * 1024;

  private final NodeProcesses nodes;

  private RawNode(NodeProcesses nodes) {
    this.nodes = nodes;
  }

  static RawNode start() {
    return new RawNode(
        NodeProcesses.start(
            1,
            TestDatabase.H2.fresh(),
            "holdfast.documents.docs.content-max=1KiB",
            "holdfast.documents.large.content-max=960KiB",
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.large.path=/large",
            "holdfast.routes.large.documents=large"));
  }

  @Override
  public void close() {
    nodes.close();
  }

  /** The path of a document that does not exist yet. */
  static String fresh() {
    return "/docs/" + UUID.randomUUID();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  RawClient connect() throws IOException {
    return RawClient.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), nodes.httpPort(1)));
  }

  /**
   * One request on a connection of its own.
   *
   * @param target as it is to stand in the request line
   * @param fields names and values, characters up to U+00FF
   */
  Response send(String method, String target, byte[] content, String... fields) throws IOException {
    var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < fields.length; i += 2) {
      head.append(fields[i]).append(": ").append(fields[i + 1]).append("\r\n");
    }
    if (content.length > 0) {
      head.append("Content-Length: ").append(content.length).append("\r\n");
    }
    try (var client = connect()) {
      return client.send(head.append("\r\n").toString()).send(content).read();
    }
  }

  Response get(String target, String... fields) throws IOException {
    return send("GET", target, NOTHING, fields);
  }

  Response put(String target, String content) throws IOException {
    return send("PUT", target, bytes(content), "Content-Type", JSON);
  }

  Response patch(String target, String type, String patch) throws IOException {
    return send("PATCH", target, bytes(patch), "Content-Type", type);
  }

  Response post(String content, String... fields) throws IOException {
    var all = Stream.concat(Stream.of("Content-Type", JSON), Stream.of(fields));
    return send("POST", "/docs", bytes(content), all.toArray(String[]::new));
  }
}
