package io.holdfast.resilience;

import io.holdfast.resilience.Breaker.Admission;
import java.time.Duration;

/** Where a {@link Breaker} stands. Times are those of {@link System#nanoTime}. */
public sealed interface BreakerState {

  /** Whether a call may be made; {@code chance} is random, from 0 up to 1. */
  Admission admits(double chance, long nowNanos);

  /** Why it is not closed. */
  Reason reason();

  /** One word for operators. */
  String word();

  /** All calls are let through, and counted. */
  record Closed() implements BreakerState {
    @Override
    public Admission admits(double chance, long nowNanos) {
      return Admission.ADMIT;
    }

    @Override
    public Reason reason() {
      return Reason.NONE;
    }

    @Override
    public String word() {
      return "closed";
    }
  }

  /** None is, up to a time; then one. */
  record Open(long untilNanos, Reason reason) implements BreakerState {
    @Override
    public Admission admits(double chance, long nowNanos) {
      return nowNanos - untilNanos < 0 ? Admission.REFUSE : Admission.PROBE;
    }

    @Override
    public String word() {
      return "open";
    }
  }

  /** One call is under way, which decides. */
  record HalfOpen(long sinceNanos, Reason reason) implements BreakerState {
    @Override
    public Admission admits(double chance, long nowNanos) {
      return nowNanos - sinceNanos < Breaker.PROBE_MAX.toNanos()
          ? Admission.REFUSE
          : Admission.PROBE;
    }

    @Override
    public String word() {
      return "half-open";
    }
  }

  /**
   * A growing share of the calls is let through.
   *
   * @param length from its beginning until all are
   */
  record Ramp(long sinceNanos, Duration length, Reason reason) implements BreakerState {
    @Override
    public Admission admits(double chance, long nowNanos) {
      return chance < share(nowNanos) ? Admission.ADMIT : Admission.REFUSE;
    }

    private double share(long nowNanos) {
      double climbed = (double) (nowNanos - sinceNanos) / length.toNanos();
      return Breaker.RAMP_BEGINS_WITH + (1 - Breaker.RAMP_BEGINS_WITH) * Math.max(0, climbed);
    }

    public boolean isClimbed(long nowNanos) {
      return share(nowNanos) >= 1;
    }

    @Override
    public String word() {
      return "ramp";
    }
  }
}
