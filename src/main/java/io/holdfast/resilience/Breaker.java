package io.holdfast.resilience;

import io.holdfast.resilience.BreakerState.Closed;
import io.holdfast.resilience.BreakerState.HalfOpen;
import io.holdfast.resilience.BreakerState.Open;
import io.holdfast.resilience.BreakerState.Ramp;
import java.time.Duration;

/**
 * A circuit breaker: the pattern of Nygard's "Release It!", with a ramp in place of a sudden return
 * of all calls. Immutable; sees no clock. Times are those of {@link System#nanoTime}.
 *
 * @param state where it stands by itself
 * @param opened how many times in a row it has opened; 0 after a ramp was climbed to its end
 * @param forced what an operator has said, which comes before the state
 */
public record Breaker(BreakerState state, int opened, Forced forced) {
  static final double RAMP_BEGINS_WITH = 0.1;

  /** A probe of which nothing is heard for so long is given up, and another one is let through. */
  static final Duration PROBE_MAX = Duration.ofSeconds(10);

  /** An operator's word. */
  public enum Forced {
    /** None: the breaker decides. */
    AUTO,
    OPEN,
    CLOSED
  }

  /** Whether a call may be made. */
  public enum Admission {
    ADMIT,
    /** This one call, whose outcome decides: say {@link #probing} before it is made. */
    PROBE,
    REFUSE
  }

  public static Breaker closed() {
    return new Breaker(new Closed(), 0, Forced.AUTO);
  }

  /**
   * @param chance from 0 up to 1, at random: decides for calls on the ramp
   */
  public Admission admits(double chance, long nowNanos) {
    return switch (forced) {
      case OPEN -> Admission.REFUSE;
      case CLOSED -> Admission.ADMIT;
      case AUTO -> state.admits(chance, nowNanos);
    };
  }

  /** Whether it lets nothing through but probes. */
  public boolean isOpen() {
    return forced == Forced.OPEN
        || forced == Forced.AUTO && (state instanceof Open || state instanceof HalfOpen);
  }

  /**
   * Takes in how calls ended. After it has opened, what was counted before must not be given again.
   */
  public Breaker counted(Tally tally, BreakerSettings settings, long nowNanos) {
    var climbed = climbed(nowNanos);
    if (!climbed.judges() || tally.calls() < settings.callsMin()) {
      return climbed;
    }
    if (tally.failureRate() >= settings.failureRate()) {
      return climbed.open(Reason.FAILURE_RATE, settings, nowNanos);
    }
    return tally.slowRate() >= settings.slowRate()
        ? climbed.open(Reason.SLOW_RATE, settings, nowNanos)
        : climbed;
  }

  /** Whether how calls end can open it. */
  boolean judges() {
    return state instanceof Closed || state instanceof Ramp;
  }

  Breaker climbed(long nowNanos) {
    return state instanceof Ramp ramp && ramp.isClimbed(nowNanos)
        ? new Breaker(new Closed(), 0, forced)
        : this;
  }

  private Breaker open(Reason reason, BreakerSettings settings, long nowNanos) {
    return open(reason, nowNanos + settings.openFor(opened + 1).toNanos());
  }

  Breaker open(Reason reason, long untilNanos) {
    return new Breaker(new Open(untilNanos, reason), opened + 1, forced);
  }

  /** The call that was told {@link Admission#PROBE} is made. */
  public Breaker probing(long nowNanos) {
    return state instanceof Open || state instanceof HalfOpen
        ? new Breaker(new HalfOpen(nowNanos, state.reason()), opened, forced)
        : this;
  }

  /** The probe has ended. */
  public Breaker probed(boolean succeeded, BreakerSettings settings, long nowNanos) {
    if (!(state instanceof HalfOpen)) {
      return this;
    }
    return succeeded
        ? new Breaker(new Ramp(nowNanos, settings.ramp(), state.reason()), opened, forced)
        : open(state.reason(), settings, nowNanos);
  }

  /** An operator's word; {@link Forced#AUTO} also forgets what was, so that it begins closed. */
  public Breaker force(Forced word) {
    return word == Forced.AUTO ? closed() : new Breaker(state, opened, word);
  }
}
