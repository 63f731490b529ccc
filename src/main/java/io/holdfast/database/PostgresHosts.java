package io.holdfast.database;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The hosts in a PostgreSQL URL. The driver tries them in their order and takes the first that is a
 * primary; when that turns out to be a former one, which nobody stopped, another has to come first.
 */
final class PostgresHosts {
  private final String before;
  private final List<String> hosts;
  private final String after;
  private final AtomicInteger first = new AtomicInteger();

  PostgresHosts(String url) {
    int start = url.indexOf("//") + 2;
    int end = start < 2 ? 0 : end(url, start);
    this.before = url.substring(0, Math.min(start, end));
    this.hosts = List.of(url.substring(Math.min(start, end), end).split(","));
    this.after = url.substring(end);
  }

  private static int end(String url, int start) {
    int end = start;
    while (end < url.length() && "/?".indexOf(url.charAt(end)) < 0) {
      end++;
    }
    return end;
  }

  int count() {
    return hosts.size();
  }

  /** The next one is the first from now on. */
  void turn() {
    first.updateAndGet(it -> (it + 1) % hosts.size());
  }

  String url() {
    var turned = new ArrayList<>(hosts);
    Collections.rotate(turned, -first.get());
    return before + String.join(",", turned) + after;
  }
}
