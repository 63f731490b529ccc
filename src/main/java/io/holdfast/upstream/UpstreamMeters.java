package io.holdfast.upstream;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/** What is counted of a service, for whoever reads it: it outlives the registries that show it. */
final class UpstreamMeters {

  /** What became of an attempt, or of a request of which none was made. */
  enum Outcome {
    /** The head of an answer below 500 came. */
    ANSWERED,
    /** An answer of 500 or above, or none. */
    FAILED,
    /** It was one more attempt of a request. */
    RETRIED,
    /** There was no room. */
    SHED,
    BREAKER_OPEN,
    NO_INSTANCE
  }

  /** What became of a request under a key. */
  enum Keyed {
    CARRIED_OUT,
    /** It was given an earlier one's answer. */
    REPLAYED,
    /** An earlier one was not done when it came. */
    WAITED,
    /** Nor was it at the deadline. */
    NOT_DONE,
    /** The key was another request's. */
    REUSED,
    /** The answer was too large to be kept. */
    NOT_KEPT,
    UNKNOWN
  }

  private final Map<Outcome, LongAdder> counts = new EnumMap<>(Outcome.class);
  private final Map<Keyed, LongAdder> keyed = new EnumMap<>(Keyed.class);

  UpstreamMeters() {
    for (var outcome : Outcome.values()) {
      counts.put(outcome, new LongAdder());
    }
    for (var what : Keyed.values()) {
      keyed.put(what, new LongAdder());
    }
  }

  void count(Keyed what) {
    keyed.get(what).increment();
  }

  void count(Outcome outcome) {
    counts.get(outcome).increment();
  }

  /** Shows a service in a registry. */
  void show(Upstream upstream, MeterRegistry registry) {
    var name = upstream.settings().name();
    counts.forEach(
        (outcome, count) ->
            FunctionCounter.builder("holdfast.upstream.attempts", count, LongAdder::sum)
                .description("Attempts at a service, and requests of which none was made")
                .tag("upstream", name)
                .tag("outcome", word(outcome))
                .register(registry));
    keyed.forEach(
        (what, count) ->
            FunctionCounter.builder("holdfast.upstream.keyed", count, LongAdder::sum)
                .description("Requests under an Idempotency-Key, by what became of them")
                .tag("upstream", name)
                .tag("outcome", word(what))
                .register(registry));
    gauge("in.flight", "Requests that have room", name, upstream, Upstream::inFlight, registry);
    gauge("waiting", "Requests that wait for room", name, upstream, Upstream::waiting, registry);
    gauge("limit", "How many may have room", name, upstream, Upstream::permits, registry);
    gauge(
        "breaker.open",
        "1 while the service is left alone",
        name,
        upstream,
        it -> it.isOpen() ? 1 : 0,
        registry);
    gauge(
        "usable",
        "Instances that take calls, standby aside",
        name,
        upstream,
        Upstream::usable,
        registry);
  }

  private static String word(Enum<?> outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static void gauge(
      String what,
      String description,
      String name,
      Upstream upstream,
      ToDoubleFunction<Upstream> value,
      MeterRegistry registry) {
    Gauge.builder("holdfast.upstream." + what, upstream, value)
        .description(description)
        .tag("upstream", name)
        .register(registry);
  }
}
