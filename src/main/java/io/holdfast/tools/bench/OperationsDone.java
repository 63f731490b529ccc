package io.holdfast.tools.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.regex.Pattern;

/** How many operations have succeeded, as the nodes that carried them out tell. */
final class OperationsDone {
  private static final Pattern TOLD =
      Pattern.compile(
          "^holdfast_operations_written_total\\{[^}]*state=\"succeeded\"[^}]*}\\s+(\\S+)$",
          Pattern.MULTILINE);

  private final List<InetSocketAddress> admins;
  private final String fields;
  private long counted;

  /**
   * Counts from now on.
   *
   * @param token that the admin ports ask for; empty: none
   */
  OperationsDone(List<InetSocketAddress> admins, String token) throws IOException {
    this.admins = List.copyOf(admins);
    this.fields = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
    this.counted = read();
  }

  /** Those since this was asked last. */
  long more() throws IOException {
    long before = counted;
    counted = read();
    return counted - before;
  }

  private long read() throws IOException {
    long sum = 0;
    for (var admin : admins) {
      sum += told(Probe.get(admin, "/metrics", fields).content());
    }
    return sum;
  }

  /** What one node tells. */
  static long told(String metrics) {
    var matcher = TOLD.matcher(metrics);
    return matcher.find() ? (long) Double.parseDouble(matcher.group(1)) : 0;
  }
}
