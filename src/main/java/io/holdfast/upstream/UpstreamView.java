package io.holdfast.upstream;

import java.util.List;

/**
 * One node's view of a service, for operators.
 *
 * @param breaker {@code closed open half-open ramp forced-open forced-closed}
 * @param reason why it is not closed
 * @param inFlight requests that have room
 * @param waiting requests that wait for room
 * @param limit how many may have room
 */
public record UpstreamView(
    String name,
    String breaker,
    String reason,
    int inFlight,
    int waiting,
    int limit,
    List<InstanceView> instances) {

  /**
   * @param state {@code in-use draining ejected}
   * @param health {@code unknown healthy unhealthy}
   * @param latencyMillis a moving average, sensitive to peaks
   * @param ejections how often in a row it was left out
   */
  public record InstanceView(
      String name,
      boolean standby,
      int weight,
      String state,
      String health,
      String breaker,
      int inFlight,
      double latencyMillis,
      int ejections) {}
}
