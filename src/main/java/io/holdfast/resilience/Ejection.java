package io.holdfast.resilience;

import java.time.Duration;

/**
 * How often an instance was left out because of how it answered (outlier detection). Immutable;
 * sees no clock, and does not know of the other instances: whether one may be left out at all is
 * asked with {@link #mayEject}.
 *
 * @param times how often in a row it was left out; forgotten after some time without trouble
 * @param untilNanos it is left out until then at least; meaningful when {@code times} is above 0
 */
public record Ejection(int times, long untilNanos) {
  /** After so much time without trouble an earlier ejection is forgotten. */
  static final Duration FORGIVEN_AFTER = Duration.ofSeconds(60);

  private static final double ROUNDING = 1e-9;

  public static Ejection none() {
    return new Ejection(0, 0);
  }

  /** A call has succeeded. */
  public Ejection succeeded(long nowNanos) {
    boolean forgiven = times > 0 && nowNanos - untilNanos >= FORGIVEN_AFTER.toNanos();
    return forgiven ? none() : this;
  }

  /** Why it is to be left out, if it is. */
  static Reason outlier(Row row, Tally tally, EjectionSettings settings) {
    if (row.isSilence()) {
      return Reason.SILENCE;
    }
    if (row.failures() >= settings.consecutiveFailures()) {
      return Reason.FAILURES_IN_A_ROW;
    }
    boolean often =
        tally.calls() >= EjectionSettings.CALLS_MIN
            && row.failures() > 0
            && tally.failureRate() >= settings.failureRate();
    return often ? Reason.OUTLIER_FAILURE_RATE : Reason.NONE;
  }

  /** It is left out from now on. */
  public Ejection ejected(EjectionSettings settings, long nowNanos) {
    var longer = settings.base().multipliedBy(1L << Math.min(times, 20));
    var time = longer.compareTo(settings.max()) < 0 ? longer : settings.max();
    return new Ejection(times + 1, nowNanos + time.toNanos());
  }

  /**
   * Whether one more may be left out: at least one that can be used stays, and no more than the
   * share are out.
   *
   * @param instances how many there are
   * @param ejected how many are left out already
   * @param usable how many can be used, the one in question included
   */
  public static boolean mayEject(
      int instances, int ejected, int usable, EjectionSettings settings) {
    return usable > 1 && ejected + 1 <= settings.shareMax() * instances + ROUNDING;
  }
}
