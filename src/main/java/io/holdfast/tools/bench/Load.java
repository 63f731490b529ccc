package io.holdfast.tools.bench;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What is sent to servers in turn.
 *
 * @param connections of each turn, each with one request under way at any time
 * @param seconds of each turn
 * @param warmUpSeconds that each server gets before anything is measured
 * @param beside servers to compare with that somebody has started
 */
record Load(int connections, int seconds, int warmUpSeconds, List<Contender> beside) {
  /** What is stored depends on it. */
  static final String HOST = "bench";

  private static final int CONTENT_BYTES = 300;
  private static final String CONTENT = "{\"value\":\"%s\"}";

  Load {
    beside = List.copyOf(beside);
  }

  /** GET of these paths in turn. */
  static Supplier<byte[]> gets(List<String> paths) {
    var requests = paths.stream().map(Load::get).toList();
    var next = new int[1];
    return () -> requests.get(next[0]++ % requests.size());
  }

  /** GET of each of these paths, and then POST to it, in turn. */
  static Supplier<byte[]> changes(List<String> paths) {
    var requests = paths.stream().flatMap(it -> Stream.of(get(it), post(it))).toList();
    var next = new int[1];
    return () -> requests.get(next[0]++ % requests.size());
  }

  /** POST of 300 bytes each, all different, to be carried out later. */
  static Supplier<byte[]> posts(String path) {
    var next = new long[1];
    return () -> post(path, Long.toString(next[0]++));
  }

  private static byte[] post(String path, String unique) {
    var padding = "x".repeat(CONTENT_BYTES - CONTENT.length() + 2 - unique.length());
    return """
        POST %s HTTP/1.1\r
        Host: %s\r
        Prefer: respond-async\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
        .formatted(path, HOST, CONTENT_BYTES)
        .concat(CONTENT.formatted(unique + padding))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] get(String path) {
    return bytes("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(path, HOST));
  }

  private static byte[] post(String path) {
    return bytes("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n".formatted(path, HOST));
  }

  private static byte[] bytes(String head) {
    return head.getBytes(StandardCharsets.US_ASCII);
  }
}
