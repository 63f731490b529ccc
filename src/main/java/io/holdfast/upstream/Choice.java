package io.holdfast.upstream;

/** Where an attempt is to go. */
sealed interface Choice {
  /**
   * @param probesService whether its outcome decides about the service's breaker, which is open
   * @param probesInstance the same of the instance's
   */
  record To(Instance instance, boolean probesService, boolean probesInstance) implements Choice {}

  /**
   * The breaker of the upstream, or of every instance that could be used, is open.
   *
   * @param reason as operators read it
   */
  record BreakerOpen(String reason) implements Choice {}

  /** No instance can be used: unhealthy, ejected, drained. */
  record NoInstance() implements Choice {}
}
