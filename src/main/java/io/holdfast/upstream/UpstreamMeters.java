package io.holdfast.upstream;

import io.holdfast.resilience.Priority;
import io.holdfast.resilience.Reason;
import io.holdfast.telemetry.HttpDurations;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * What is counted of a service, for whoever reads it: it outlives the registries that show it, but
 * for the durations of attempts, which are counted anew in each.
 */
final class UpstreamMeters {
  /** Where a breaker may stand; an instance that is left out as an outlier is ejected. */
  private static final List<String> BREAKER_STATES =
      List.of("closed", "open", "half-open", "ramp", "ejected", "forced-open", "forced-closed");

  /** In the place of an instance's name, where it is about the service. */
  static final String SERVICE = "";

  /** Of a request of which no attempt was made. */
  enum Refused {
    BREAKER_OPEN,
    NO_INSTANCE
  }

  /** Of an attempt that failed, and might have been repeated. */
  enum Retry {
    MADE,
    /** The budget was spent. */
    BEYOND_BUDGET
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

  private final String name;
  private final Map<Refused, LongAdder> refused = counters(Refused.class);
  private final Map<Retry, LongAdder> retries = counters(Retry.class);
  private final Map<Priority, LongAdder> shed = counters(Priority.class);
  private final Map<Reason, LongAdder> ejections = counters(Reason.class);
  private final Map<Keyed, LongAdder> keyed = counters(Keyed.class);
  private final List<Meter> shown = new ArrayList<>();
  private final Map<String, List<Meter>> shownOfInstances = new HashMap<>();
  private MeterRegistry registry = new SimpleMeterRegistry();
  private volatile HttpDurations durations = HttpDurations.ofClient(registry);

  UpstreamMeters(String name) {
    this.name = name;
  }

  private static <E extends Enum<E>> Map<E, LongAdder> counters(Class<E> of) {
    var counters = new EnumMap<E, LongAdder>(of);
    for (var one : of.getEnumConstants()) {
      counters.put(one, new LongAdder());
    }
    return counters;
  }

  void count(Keyed what) {
    keyed.get(what).increment();
  }

  void count(Refused why) {
    refused.get(why).increment();
  }

  void count(Retry what) {
    retries.get(what).increment();
  }

  /** There was no room for a request, or not in time. */
  void shed(Priority whose) {
    shed.get(whose).increment();
  }

  /** An instance is left out. */
  void ejected(Reason why) {
    ejections.get(why).increment();
  }

  /** The head of an answer has come. */
  void answered(String method, int status, long nanos) {
    durations.answered(name, method, status, nanos);
  }

  /** An attempt has no answer. */
  void failed(String method, String error, long nanos) {
    durations.failed(name, method, error, nanos);
  }

  /** Shows a service in a registry, from now on. */
  synchronized void show(Upstream upstream, MeterRegistry in) {
    registry = in;
    durations = HttpDurations.ofClient(in);
    shown.clear();
    shownOfInstances.clear();
    counter("refused", "Requests of which no attempt was made", "reason", refused);
    counter("retries", "Attempts that failed and might be repeated", "outcome", retries);
    counter("shed", "Requests for which there was no room, or not in time", "priority", shed);
    counter("keyed", "Requests under an Idempotency-Key, by what became of them", "outcome", keyed);
    showEjections();
    gauge("in.flight", "Requests that have room", upstream, Upstream::inFlight);
    gauge("waiting", "Requests that wait for room", upstream, Upstream::waiting);
    gauge("limit", "How many may have room", upstream, Upstream::permits);
    gauge("usable", "Instances that take calls, standby aside", upstream, Upstream::usable);
    follow(upstream);
  }

  /** Shows the breakers of the instances that there are now, and of no others. */
  synchronized void follow(Upstream upstream) {
    var there = upstream.names();
    shownOfInstances.entrySet().removeIf(it -> !there.contains(it.getKey()) && gone(it.getValue()));
    for (var instance : there) {
      shownOfInstances.computeIfAbsent(instance, it -> breaker(it, upstream));
    }
  }

  private boolean gone(List<Meter> meters) {
    meters.forEach(registry::remove);
    return true;
  }

  /** The service is gone. */
  synchronized void hide() {
    shown.forEach(registry::remove);
    shownOfInstances.values().forEach(this::gone);
    shown.clear();
    shownOfInstances.clear();
  }

  private List<Meter> breaker(String instance, Upstream upstream) {
    var states = new ArrayList<Meter>();
    for (var state : BREAKER_STATES) {
      states.add(
          Gauge.builder(
                  "holdfast.upstream.breaker.state",
                  upstream,
                  it -> it.breakerOf(instance).equals(state) ? 1 : 0)
              .description("1 where the breaker of a service, or of one instance, stands")
              .tag("upstream", name)
              .tag("address", instance)
              .tag("state", state)
              .register(registry));
    }
    return states;
  }

  private void showEjections() {
    var outliers = new EnumMap<>(ejections);
    outliers.keySet().removeIf(reason -> !reason.isOutlier());
    outliers.forEach(
        (reason, count) ->
            counter(
                "ejections",
                "Times that an instance was left out as an outlier",
                "reason",
                reason.word(),
                count));
  }

  private <E extends Enum<E>> void counter(
      String what, String description, String label, Map<E, LongAdder> counts) {
    counts.forEach((one, count) -> counter(what, description, label, word(one), count));
  }

  private void counter(
      String what, String description, String label, String value, LongAdder count) {
    shown.add(
        FunctionCounter.builder("holdfast.upstream." + what, count, LongAdder::sum)
            .description(description)
            .tag("upstream", name)
            .tag(label, value)
            .register(registry));
  }

  private static String word(Enum<?> outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void gauge(
      String what, String description, Upstream upstream, ToDoubleFunction<Upstream> value) {
    shown.add(
        Gauge.builder("holdfast.upstream." + what, upstream, value)
            .description(description)
            .tag("upstream", name)
            .register(registry));
  }
}
