package io.holdfast.tools.bench;

import java.io.IOException;
import java.util.regex.Pattern;

/** How many requests have reached the service, which is an nginx, as it tells itself. */
final class ServiceCount {
  /** Where it tells. */
  static final String PATH = "/requests";

  /** Three numbers under a heading: connections accepted, connections handled, requests. */
  private static final Pattern TOLD =
      Pattern.compile("server accepts handled requests\\s+\\d+\\s+\\d+\\s+(\\d+)");

  private final int port;
  private long last;

  /** Counts from now on. */
  ServiceCount(int port) throws IOException {
    this.port = port;
    this.last = read();
  }

  /** Those since this was asked last. */
  long more() throws IOException {
    long before = last;
    last = read();
    return last - before - 1; // The question is a request too.
  }

  private long read() throws IOException {
    return told(Probe.get(port, PATH).content());
  }

  static long told(String text) {
    var matcher = TOLD.matcher(text);
    if (!matcher.find()) {
      throw new BenchCluster.Failed(1, "the service does not tell its requests: " + text.strip());
    }
    return Long.parseLong(matcher.group(1));
  }
}
