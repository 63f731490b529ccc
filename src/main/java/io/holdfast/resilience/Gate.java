package io.holdfast.resilience;

import io.holdfast.resilience.Breaker.Forced;
import java.util.Optional;

/**
 * Whether calls get through to an instance: its breaker, and how often the instance has been left
 * out as an outlier among others. It is closed for one reason at a time, and tried out again in one
 * way. Immutable.
 */
public record Gate(Breaker breaker, Ejection ejection) {

  /** What decides whether an instance may be left out. */
  public interface Ejecting {
    /** Never: a service as a whole, which has no others beside it. */
    Ejecting NEVER =
        new Ejecting() {
          @Override
          public boolean isAllowed() {
            return false;
          }

          @Override
          public Optional<EjectionSettings> settings() {
            return Optional.empty();
          }
        };

    /** Whether enough others can be used now. */
    boolean isAllowed();

    /** None: it is never left out. */
    Optional<EjectionSettings> settings();
  }

  public static Gate open() {
    return new Gate(Breaker.closed(), Ejection.none());
  }

  public Gate with(Breaker other) {
    return other == breaker ? this : new Gate(other, ejection);
  }

  public BreakerState state() {
    return breaker.state();
  }

  /** Whether nothing but probes gets through because the instance is an outlier. */
  public boolean isEjected() {
    return breaker.forced() == Forced.AUTO && breaker.isOpen() && state().reason().isOutlier();
  }

  /** Takes in how calls ended. As long as others can be used, an outlier is left out. */
  public Gate counted(
      Tally tally, Row row, BreakerSettings settings, Ejecting ejecting, long nowNanos) {
    var climbed = breaker.climbed(nowNanos);
    var reason =
        ejecting.settings().map(it -> Ejection.outlier(row, tally, it)).orElse(Reason.NONE);
    if (climbed.judges() && reason.isOutlier() && ejecting.isAllowed()) {
      return with(climbed).leftOut(reason, ejecting, nowNanos);
    }
    return with(climbed.counted(tally, settings, nowNanos));
  }

  private Gate leftOut(Reason reason, Ejecting ejecting, long nowNanos) {
    var longer = ejection.ejected(ejecting.settings().orElseThrow(), nowNanos);
    return new Gate(breaker.open(reason, longer.untilNanos()), longer);
  }

  /** A call was answered. */
  public Gate answered(long nowNanos) {
    var forgiven = ejection.succeeded(nowNanos);
    return forgiven == ejection ? this : new Gate(breaker, forgiven);
  }

  /** The probe has ended. */
  public Gate probed(
      boolean succeeded, BreakerSettings settings, Ejecting ejecting, long nowNanos) {
    boolean stays = breaker.state() instanceof BreakerState.HalfOpen && !succeeded;
    return stays && state().reason().isOutlier()
        ? leftOut(state().reason(), ejecting, nowNanos)
        : with(breaker.probed(succeeded, settings, nowNanos));
  }
}
