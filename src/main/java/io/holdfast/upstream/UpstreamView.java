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
   * @param breaker as that of the service; open too while it is ejected
   * @param reason why it is not closed
   * @param latencyMillis a moving average, sensitive to peaks: what balancing goes by
   * @param latencyP50Millis of the last ten to fifteen seconds, as this node saw them; 0: no calls
   * @param ejections how often in a row it was left out
   */
  public record InstanceView(
      String name,
      boolean standby,
      int weight,
      String state,
      String health,
      String breaker,
      String reason,
      int inFlight,
      double latencyMillis,
      double latencyP50Millis,
      double latencyP99Millis,
      int ejections) {}
}
