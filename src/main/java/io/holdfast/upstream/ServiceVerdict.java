package io.holdfast.upstream;

import io.holdfast.resilience.HealthState;
import io.holdfast.resilience.Reason;
import java.util.List;

/** What the steward of a service says about it, to all nodes. */
public record ServiceVerdict(
    String service, CircuitVerdict circuit, List<InstanceVerdict> instances) {

  /** Whether calls are to be made. */
  public enum Standing {
    CLOSED,
    OPEN,
    /** A growing share of them. */
    RAMP
  }

  /**
   * @param epoch rises whenever what was counted before is to be forgotten
   * @param prober the node that may try it out now with one call; empty: none but the steward
   * @param ejections how often in a row the instance was left out
   */
  public record CircuitVerdict(
      long epoch, Standing standing, Reason reason, String prober, int ejections) {}

  public record InstanceVerdict(
      String instance, CircuitVerdict circuit, HealthState.Verdict health) {}
}
