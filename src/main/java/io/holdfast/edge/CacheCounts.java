package io.holdfast.edge;

import io.holdfast.http.CacheStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts from what requests were answered, by route. Safe for many threads. */
public final class CacheCounts {
  private final MeterRegistry meters;
  private final Map<String, OfRoute> routes = new ConcurrentHashMap<>();

  /** How requests of one route were answered. */
  public record OfRoute(Counter hits, Counter stale, Counter collapsed, Counter forwarded) {}

  public CacheCounts(MeterRegistry meters) {
    this.meters = meters;
  }

  void given(String route, CacheStatus status) {
    var counts = of(route);
    if (status.collapsed()) {
      counts.collapsed().increment();
    } else if (!status.isHit()) {
      counts.forwarded().increment();
    } else if (status.ttl().orElse(0) < 0) {
      counts.stale().increment();
    } else {
      counts.hits().increment();
    }
  }

  /** Since the node's life began. */
  public OfRoute of(String route) {
    return routes.computeIfAbsent(
        route,
        it ->
            new OfRoute(
                counter(it, "hit"),
                counter(it, "stale"),
                counter(it, "collapsed"),
                counter(it, "forwarded")));
  }

  private Counter counter(String route, String result) {
    return Counter.builder("holdfast.cache.requests")
        .description("Requests that might be answered from stored responses, by what came of them")
        .tag("route", route)
        .tag("result", result)
        .register(meters);
  }
}
