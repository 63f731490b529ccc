package io.holdfast.upstream;

import io.holdfast.resilience.Ejection;
import io.holdfast.resilience.HealthState;
import io.holdfast.resilience.PeakLatency;

/**
 * What this node knows of one instance of a service. Guarded by the lock of its {@link Upstream};
 * times are those of {@link System#nanoTime}.
 */
final class Instance {
  /** Failures alone make an instance look no slower than this. */
  private static final double PENALTY_MAX_NANOS = 5e9;

  /** An instance of which nothing is known yet is taken for as fast as this. */
  private static final double LATENCY_MIN_NANOS = 100_000;

  /** With what share of its load an instance begins when it comes back. */
  private static final double SLOW_START_SHARE = 0.1;

  private final InstanceAddress address;
  private final boolean standby;
  private final Circuit circuit;
  private PeakLatency latency;
  private Ejection ejection = Ejection.none();
  private HealthState health = HealthState.unknown();
  private boolean draining;
  private int inFlight;
  private int inFlightElsewhere;
  private long slowStartSince;
  private boolean startsSlowly;
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

  String name() {
    return address.name();
  }

  boolean isStandby() {
    return standby;
  }

  Circuit circuit() {
    return circuit;
  }

  Ejection ejection() {
    return ejection;
  }

  void ejection(Ejection next) {
    ejection = next;
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

  boolean isDraining() {
    return draining;
  }

  void drain(boolean drains, long nowNanos) {
    if (draining && !drains) {
      comesBack(nowNanos);
    }
    draining = drains;
  }

  /** It is out up to then, and after that gets its share of the load little by little. */
  void comesBack(long thenNanos) {
    slowStartSince = thenNanos;
    startsSlowly = true;
  }

  int inFlight() {
    return inFlight;
  }

  /** What other nodes have in flight there. */
  void inFlightElsewhere(int calls) {
    inFlightElsewhere = calls;
  }

  void began() {
    inFlight++;
  }

  void ended() {
    inFlight--;
  }

  /** A failure counts as an answer of twice the time: who fails fast must not attract calls. */
  void answered(long latencyNanos, boolean failed, long nowNanos) {
    double counted = latencyNanos;
    if (failed) {
      double slower = Math.max(LATENCY_MIN_NANOS, Math.max(latencyNanos, latency.now(nowNanos)));
      counted = Math.max(latencyNanos, Math.min(PENALTY_MAX_NANOS, 2 * slower));
    }
    latency = latency.measured((long) counted, nowNanos);
  }

  double latencyNanos(long nowNanos) {
    return latency.now(nowNanos);
  }

  /** Whether a call may be sent there as to any other; probes aside. */
  boolean isUsable(long nowNanos) {
    return isUsableButForItsBreaker(nowNanos) && !circuit.isOpen();
  }

  boolean isUsableButForItsBreaker(long nowNanos) {
    return !draining
        && health.verdict() != HealthState.Verdict.UNHEALTHY
        && !ejection.isEjected(nowNanos);
  }

  boolean isKnownHealthy() {
    return health.verdict() == HealthState.Verdict.HEALTHY;
  }

  /** What one more call there costs: who has less of it is preferred. */
  double cost(UpstreamSettings settings, long nowNanos) {
    double each = Math.max(LATENCY_MIN_NANOS, latency.now(nowNanos));
    return each * (inFlight + inFlightElsewhere + 1) / share(settings, nowNanos);
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
