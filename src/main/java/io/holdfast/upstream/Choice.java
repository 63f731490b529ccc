package io.holdfast.upstream;

/** Where an attempt is to go. */
sealed interface Choice {
  /**
   * @param probe whether its outcome decides about a breaker that is open
   */
  record To(Instance instance, boolean probe) implements Choice {}

  /**
   * The breaker of the upstream, or of every instance that could be used, is open.
   *
   * @param reason as operators read it
   */
  record BreakerOpen(String reason) implements Choice {}

  /** No instance can be used: unhealthy, ejected, drained. */
  record NoInstance() implements Choice {}
}
