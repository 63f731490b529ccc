package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import java.time.Duration;

/**
 * What a route to a service stores of its answers, where the service allows it.
 *
 * @param on GET, HEAD and QUERY are answered from what is stored
 * @param hostIgnored all hosts share what is stored
 * @param staleIfError where the service says nothing: so long after it became stale a stored
 *     response is better than an error
 * @param staleWhileRevalidate where the service says nothing: so long it is the answer while it is
 *     refreshed
 * @param contentBytesMax longer content is passed on, and not stored
 * @param warm what is stored is kept in the database, for a cluster that begins anew
 */
public record RouteCaching(
    boolean on,
    boolean hostIgnored,
    Duration staleIfError,
    Duration staleWhileRevalidate,
    int contentBytesMax,
    boolean warm) {

  /** What one message between nodes takes. */
  public static final int CONTENT_BYTES_MAX = 8 * 1024 * 1024;

  static final RouteCaching NONE =
      new RouteCaching(false, false, Duration.ZERO, Duration.ZERO, 1024, false);

  private static final Duration STALE_MAX = Duration.ofDays(365);

  private enum Mode {
    ON,
    OFF
  }

  private enum Host {
    RECEIVED,
    IGNORED
  }

  static RouteCaching read(ConfigReader cache) {
    var caching =
        new RouteCaching(
            cache.choice("mode", Mode.class) == Mode.ON,
            cache.choice("host", Host.class) == Host.IGNORED,
            cache.duration("stale-if-error", Duration.ZERO, STALE_MAX),
            cache.duration("stale-while-revalidate", Duration.ZERO, STALE_MAX),
            (int) cache.bytes("content-max", 1024, CONTENT_BYTES_MAX),
            cache.flag("warm"));
    cache.require(
        caching.on() || !caching.warm() || !cache.good("mode"),
        "warm",
        "nothing is stored that could be kept, since mode = off; set mode = on, or take warm away");
    return caching;
  }
}
