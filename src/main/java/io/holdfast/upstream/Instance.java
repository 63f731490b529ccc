package io.holdfast.upstream;

import io.holdfast.resilience.HealthState;
import io.holdfast.resilience.PeakLatency;
import io.micrometer.core.instrument.Clock;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What this node knows of one instance of a service. Guarded by the lock of its {@link Upstream};
 * times are those of {@link System#nanoTime}.
 */
final class Instance {
  /** A failure counts as an answer that took at least so long. */
  private static final long FAILURE_COUNTS_AS_NANOS = 500_000_000;

  /** An instance of which nothing is known yet is taken for as fast as this. */
  private static final double LATENCY_MIN_NANOS = 100_000;

  /** With what share of its load an instance begins when it comes back. */
  private static final double SLOW_START_SHARE = 0.1;

  private InstanceAddress address;
  private final boolean standby;
  private final Circuit circuit;
  private final RecentLatencies recent = new RecentLatencies(Clock.SYSTEM);
  private PeakLatency latency;
  private HealthState health = HealthState.unknown();
  private boolean draining;
  private final Set<Upstream.Call> calls = new HashSet<>();
  private final Set<Upstream.Call> unanswered = new LinkedHashSet<>(); // the oldest first
  private int inFlightElsewhere;
  private long slowStartSince;
  private boolean startsSlowly;
  private boolean wasEjected;
  private double smooth; // of round robin

  Instance(InstanceAddress address, boolean standby, Circuit circuit, long nowNanos) {
    this.address = address;
    this.standby = standby;
    this.circuit = circuit;
    this.latency = PeakLatency.unknown(nowNanos);
  }

  InstanceAddress address() {
    return address;
  }

  /** The same place, perhaps with another weight. */
  void weighs(InstanceAddress same) {
    address = same;
  }

  String name() {
    return address.name();
  }

  boolean isStandby() {
    return standby;
  }

  Circuit circuit() {
    return circuit;
  }

  HealthState health() {
    return health;
  }

  /** What checks say; one that has just become usable begins slowly. */
  void health(HealthState next, long nowNanos) {
    if (health.verdict() == HealthState.Verdict.UNHEALTHY
        && next.verdict() == HealthState.Verdict.HEALTHY) {
      comesBack(nowNanos);
    }
    health = next;
  }

  /** Whether it is left out, and was not when this was last asked. */
  boolean isNewlyEjected() {
    boolean was = wasEjected;
    wasEjected = circuit.isEjected();
    return wasEjected && !was;
  }

  boolean isDraining() {
    return draining;
  }

  void drain(boolean drains, long nowNanos) {
    if (draining && !drains) {
      comesBack(nowNanos);
    }
    draining = drains;
  }

  /** It gets its share of the load little by little. */
  void comesBack(long nowNanos) {
    slowStartSince = nowNanos;
    startsSlowly = true;
  }

  int inFlight() {
    return calls.size();
  }

  /** What other nodes have in flight there. */
  void inFlightElsewhere(int calls) {
    inFlightElsewhere = calls;
  }

  void began(Upstream.Call call) {
    calls.add(call);
    unanswered.add(call);
  }

  /** Its time began anew: it is the youngest now. */
  void restarted(Upstream.Call call) {
    if (unanswered.remove(call)) {
      unanswered.add(call);
    }
  }

  void ended(Upstream.Call call) {
    calls.remove(call);
    unanswered.remove(call);
  }

  /** Who fails fast must not attract calls by that; how long its answer is does not matter. */
  void answered(Upstream.Call call, long latencyNanos, boolean failed, long nowNanos) {
    unanswered.remove(call);
    long counted = failed ? Math.max(latencyNanos, FAILURE_COUNTS_AS_NANOS) : latencyNanos;
    latency = latency.measured(counted, nowNanos);
    recent.add(latencyNanos);
  }

  /** As long as calls really took, failures too. */
  RecentLatencies.Quantiles quantiles() {
    return recent.quantiles();
  }

  double latencyNanos(long nowNanos) {
    return latency.now(nowNanos);
  }

  /** Whether a call may be sent there as to any other; probes aside. */
  boolean isUsable() {
    return isUsableButForItsBreaker() && !circuit.isOpen();
  }

  boolean isUsableButForItsBreaker() {
    return !draining && health.verdict() != HealthState.Verdict.UNHEALTHY;
  }

  boolean isKnownHealthy() {
    return health.verdict() == HealthState.Verdict.HEALTHY;
  }

  /** How many calls a second it could carry out one after the other, times its weight. */
  double speed(UpstreamSettings settings, long nowNanos) {
    double waited = unanswered.isEmpty() ? 0 : nowNanos - unanswered.iterator().next().sinceNanos();
    double each = Math.max(LATENCY_MIN_NANOS, Math.max(waited, latency.now(nowNanos)));
    return share(settings, nowNanos) / each;
  }

  /** What it has to do with one more call, against its weight. */
  double load(UpstreamSettings settings, long nowNanos) {
    return (inFlight() + inFlightElsewhere + 1) / share(settings, nowNanos);
  }

  /** Its weight, less while it starts slowly. */
  double share(UpstreamSettings settings, long nowNanos) {
    if (!startsSlowly) {
      return address.weight();
    }
    double climbed =
        (double) (nowNanos - slowStartSince) / Math.max(1, settings.slowStart().toNanos());
    if (climbed >= 1) {
      startsSlowly = false;
      return address.weight();
    }
    return address.weight() * Math.max(SLOW_START_SHARE, climbed);
  }

  /** Weighted round robin as nginx does it: each gains its share, who has most is next. */
  double gain(double share) {
    smooth += share;
    return smooth;
  }

  void spend(double all) {
    smooth -= all;
  }
}
