package io.holdfast.route;

import java.time.Duration;

/** stand-in */
public record RouteCaching(
    boolean on,
    boolean hostIgnored,
    Duration staleIfError,
    Duration staleWhileRevalidate,
    long contentBytesMax,
    boolean warm) {
  public static final RouteCaching DEFAULT =
      new RouteCaching(true, false, Duration.ofHours(1), Duration.ZERO, 1 << 20, false);
}
