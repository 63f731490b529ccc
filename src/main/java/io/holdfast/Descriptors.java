package io.holdfast;

import com.sun.management.UnixOperatingSystemMXBean;
import io.holdfast.edge.HttpSettings;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many files and connections this process may have open at the same time. */
final class Descriptors {
  /** For jars, the database, peers with all their connections, the operator's port. */
  private static final long KEPT_BACK = 400;

  /** A process that has so few left cannot open what it needs for one request and its answer. */
  private static final long NONE_LEFT = 4;

  private static final int CONNECTIONS_MIN = 16;
  private static final Logger log = LoggerFactory.getLogger(Descriptors.class);

  private Descriptors() {}

  /**
   * Limits that the system's own limit leaves room for: clients must not be able to use up what the
   * node needs besides.
   */
  static HttpSettings fitting(HttpSettings http) {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? fitting(http, unix.getMaxFileDescriptorCount())
        : http;
  }

  /**
   * @param max descriptors that the process may have; negative: not known
   */
  static HttpSettings fitting(HttpSettings http, long max) {
    if (max < 0 || http.connectionsMax() <= max - KEPT_BACK) {
      return http;
    }
    int connectionsMax = (int) Math.max(CONNECTIONS_MIN, max - KEPT_BACK);
    if (connectionsMax >= http.connectionsMax()) {
      return http;
    }
    log.warn(
        "Takes {} connections, not the {} of http.connections-max: the system lets this process"
            + " open {} files and connections; raise that limit (ulimit -n)",
        connectionsMax,
        http.connectionsMax(),
        max);
    return http.withConnectionsMax(connectionsMax);
  }

  /** Whether another one can be had. */
  static boolean areLeft() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)) {
      return true;
    }
    try {
      long max = unix.getMaxFileDescriptorCount();
      return max < 0 || unix.getOpenFileDescriptorCount() + NONE_LEFT <= max;
    } catch (InternalError e) {
      return false; // Counting takes one itself.
    }
  }
}
