package io.holdfast.operation;

import io.holdfast.config.ConfigReader;

/**
 * How many operations are carried out at the same time.
 *
 * @param serviceInFlightMax attempts of one node for one service
 * @param laneInFlightMax attempts of one lane for one route
 */
public record OperationsSettings(int serviceInFlightMax, int laneInFlightMax) {
  private static final int IN_FLIGHT_MAX = 10_000;

  /** Reads {@code holdfast.operations}. */
  public static OperationsSettings read(ConfigReader operations) {
    return new OperationsSettings(
        operations.integer("service-in-flight-max", 1, IN_FLIGHT_MAX),
        operations.integer("lane-in-flight-max", 1, IN_FLIGHT_MAX));
  }
}
