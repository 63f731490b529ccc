package io.holdfast.cluster;

import java.time.Duration;

/**
 * What a connection attempt to a peer's lifeline port proves, pure. Immutable: each event gives the
 * next state with what to do now.
 *
 * @param isProof whether a refusal, or another's answer, proves that the peer's process has ended
 * @param refusals in a row
 * @param failures in a row, of whatever kind
 */
record LifelineDecision(boolean isProof, int refusals, int failures) {
  /** The kernel closes a dead process's sockets one by one: a single refusal is no proof yet. */
  static final int REFUSALS_FOR_PROOF = 4;

  static final Duration PROBE_AGAIN = Duration.ofMillis(7);
  private static final int QUICK_RETRIES = 5;
  private static final Duration RETRY = Duration.ofMillis(200);
  private static final Duration RETRY_MAX = Duration.ofSeconds(1);

  /** A line that broke sooner than this counts as a failed attempt. */
  private static final Duration HELD_MIN = Duration.ofMillis(500);

  /** How a certain death showed. */
  enum Proof {
    REFUSED,
    ANSWERED_BY_ANOTHER
  }

  /** What to do now. */
  sealed interface Action {
    record Hold() implements Action {}

    record Reconnect(Duration after) implements Action {}

    record Dead(Proof proof) implements Action {}
  }

  record Step(LifelineDecision next, Action action) {}

  static LifelineDecision fresh(boolean isProof) {
    return new LifelineDecision(isProof, 0, 0);
  }

  /** The peer's port answered with a greeting. */
  Step greeted(boolean isPeer) {
    if (isPeer) {
      return new Step(fresh(isProof), new Action.Hold());
    }
    return isProof ? new Step(this, new Action.Dead(Proof.ANSWERED_BY_ANOTHER)) : unanswered();
  }

  /** A connection that was held has ended. Whether that means anything, the next attempt says. */
  Step broken(Duration heldFor) {
    return heldFor.compareTo(HELD_MIN) < 0
        ? reset()
        : new Step(fresh(isProof), new Action.Reconnect(Duration.ZERO));
  }

  /** Connected, and ended before a greeting came: perhaps a process that is just being cleared. */
  Step reset() {
    var next = new LifelineDecision(isProof, 0, failures + 1);
    return next.failures <= QUICK_RETRIES
        ? new Step(next, new Action.Reconnect(PROBE_AGAIN))
        : new Step(next, new Action.Reconnect(next.backoff()));
  }

  /** The peer's host refused the connection. */
  Step refused() {
    var next = new LifelineDecision(isProof, refusals + 1, failures + 1);
    if (!isProof) {
      return new Step(next, new Action.Reconnect(next.backoff()));
    }
    return next.refusals >= REFUSALS_FOR_PROOF
        ? new Step(next, new Action.Dead(Proof.REFUSED))
        : new Step(next, new Action.Reconnect(PROBE_AGAIN));
  }

  /** A time-out, no route, or something that is no greeting: nothing is known. */
  Step unanswered() {
    var next = new LifelineDecision(isProof, 0, failures + 1);
    return new Step(next, new Action.Reconnect(next.backoff()));
  }

  private Duration backoff() {
    var delay = RETRY.multipliedBy(Math.max(1, Math.min(failures, QUICK_RETRIES)));
    return delay.compareTo(RETRY_MAX) > 0 ? RETRY_MAX : delay;
  }
}
