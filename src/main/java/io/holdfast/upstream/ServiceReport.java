package io.holdfast.upstream;

import io.holdfast.resilience.Row;
import io.holdfast.resilience.Tally;
import java.util.List;
import java.util.Objects;

/**
 * What one node has seen of a service: for its steward; and what is in flight, for everybody.
 *
 * @param limit of calls at once, as it follows their latency; 0: there is none, or it is not used
 */
public record ServiceReport(
    String service, CircuitReport circuit, double limit, List<InstanceReport> instances) {

  /**
   * What has been counted.
   *
   * @param epoch of the verdict that the node knows: what it saw before that is not counted
   * @param row what has come to nothing one after the other
   * @param probe what has become of the call that it was allowed to make
   */
  public record CircuitReport(long epoch, Tally tally, Row row, Probe probe) {
    public CircuitReport {
      row = Objects.requireNonNullElse(row, Row.NONE); // of a node that does not tell it yet
    }
  }

  /** A call to something that is closed to all others. */
  public enum Probe {
    NONE,
    UNDER_WAY,
    SUCCEEDED,
    FAILED;

    boolean hasEnded() {
      return this == SUCCEEDED || this == FAILED;
    }
  }

  /** The same of one instance. */
  public record InstanceReport(String instance, int inFlight, CircuitReport circuit) {}

  /** Whether it has what became of a probe, on which the steward decides. */
  boolean tellsOfProbe() {
    return circuit.probe().hasEnded()
        || instances.stream().anyMatch(it -> it.circuit().probe().hasEnded());
  }
}
