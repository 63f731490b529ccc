package io.holdfast.caching;

/**
 * The order in which answers are looked for (DESIGN.md, promise G9), as one table. On the way of a
 * request each step knows only whether it has an answer; nodes as a whole are held to this by
 * tests.
 */
public final class Degradation {
  private Degradation() {}

  /** Where the answer comes from, the best first. */
  public enum Step {
    /** From a copy on this node that its owner vouches for. */
    FRESH_COPY,
    /** From the owner, without asking the service. */
    FRESH_AT_OWNER,
    /** Validated by, or fetched from, an instance. */
    INSTANCE,
    /** The same from a standby instance. */
    STANDBY,
    /** A stored response past its lifetime, marked. */
    STALE,
    /** What the route says for such cases. */
    FALLBACK,
    /** 503 with {@code Retry-After}. */
    UNAVAILABLE
  }

  /**
   * What there is. Asked again with less after a step has failed.
   *
   * @param freshCopy on this node, vouched for
   * @param freshAtOwner and the owner can be reached
   * @param instance one can be used: breaker closed, within the deadline, not tried in vain
   * @param standby the same of a standby instance
   * @param stale something stale is stored that may be used when the service fails
   * @param rearmed a refresh has failed, and its backoff is not over
   * @param fallback the route has one
   */
  public record Situation(
      boolean freshCopy,
      boolean freshAtOwner,
      boolean instance,
      boolean standby,
      boolean stale,
      boolean rearmed,
      boolean fallback) {}

  /**
   * The next thing to try. With no instance and no standby to be used (the breaker open) the stale
   * response is the answer at once, not after a timeout; and also while a failed refresh waits.
   */
  public static Step next(Situation situation) {
    boolean waits = situation.rearmed() && situation.stale();
    if (situation.freshCopy()) {
      return Step.FRESH_COPY;
    }
    if (situation.freshAtOwner()) {
      return Step.FRESH_AT_OWNER;
    }
    if (situation.instance() && !waits) {
      return Step.INSTANCE;
    }
    if (situation.standby() && !waits) {
      return Step.STANDBY;
    }
    if (situation.stale()) {
      return Step.STALE;
    }
    return situation.fallback() ? Step.FALLBACK : Step.UNAVAILABLE;
  }
}
