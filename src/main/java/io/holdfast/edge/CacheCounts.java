package io.holdfast.edge;

import io.holdfast.http.CacheStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts from what requests were answered, by route. Safe for many threads. */
public final class CacheCounts {
  private static final int NOT_MODIFIED = 304;

  private final MeterRegistry meters;
  private final Map<String, OfRoute> routes = new ConcurrentHashMap<>();

  /**
   * How requests of one route were answered.
   *
   * @param stale by the reason why not from the service, which is one of a few words
   */
  public record OfRoute(
      Counter fresh, Counter collapsed, Counter forwarded, Map<String, Counter> stale) {
    /** Answered from what was stored. */
    public double hits() {
      return fresh.count() + stale.values().stream().mapToDouble(Counter::count).sum();
    }

    /** Answered by the service, perhaps to another request. */
    public double misses() {
      return forwarded.count() + collapsed.count();
    }
  }

  public CacheCounts(MeterRegistry meters) {
    this.meters = meters;
  }

  void given(String route, CacheStatus status) {
    var counts = of(route);
    if (status.collapsed()) {
      counts.collapsed().increment();
    } else if (isStale(status)) {
      counts.stale().computeIfAbsent(reason(status), it -> counter(route, "stale", it)).increment();
    } else if (status.isHit()) {
      counts.fresh().increment();
    } else {
      counts.forwarded().increment();
    }
  }

  /** What has just come from the service is its answer, whatever lifetime it has. */
  private static boolean isStale(CacheStatus status) {
    boolean isStored = status.isHit() || status.forwardedStatus().orElse(0) != NOT_MODIFIED;
    return status.ttl().orElse(0) < 0 && !status.stored() && isStored;
  }

  /** Without a detail it was allowed by the service, or asked for by the client. */
  private static String reason(CacheStatus status) {
    return status.detail().orElse(status.isHit() ? "allowed" : "service-error");
  }

  /** Since the node's life began. */
  public OfRoute of(String route) {
    return routes.computeIfAbsent(
        route,
        it ->
            new OfRoute(
                counter(it, "hit", ""),
                counter(it, "collapsed", ""),
                counter(it, "forwarded", ""),
                new ConcurrentHashMap<>()));
  }

  /** An empty label is none, to Prometheus; all meters of a name have the same. */
  private Counter counter(String route, String result, String reason) {
    return Counter.builder("holdfast.cache.requests")
        .description("Requests that might be answered from stored responses, by what came of them")
        .tag("route", route)
        .tag("result", result)
        .tag("reason", reason)
        .register(meters);
  }
}
