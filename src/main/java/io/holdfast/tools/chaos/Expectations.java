package io.holdfast.tools.chaos;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a run allows because of its fault. Times are nanoseconds since the run began.
 *
 * @param quiet without any fault: no answer may be marked
 * @param databaseAway when the database may be missed
 * @param floor the share of measured requests that must succeed
 * @param recoverySecondsMax how long the recovery may take; empty where nothing is taken away
 */
record Expectations(
    List<Period> quiet,
    Optional<Away> databaseAway,
    double floor,
    OptionalDouble recoverySecondsMax) {

  /** From its start up to its end, both included. */
  record Period(long from, long to) {
    boolean holds(Operation.Timing timing) {
      return timing.start() >= from && timing.end() <= to;
    }
  }

  /**
   * The database is not there.
   *
   * @param from it was asked to stop
   * @param gone it had stopped
   * @param until some seconds after it was started again
   */
  record Away(long from, long gone, long until) {
    boolean touches(Operation.Timing timing) {
      return timing.start() <= until && timing.end() >= from;
    }
  }

  /** A write that was in flight when the database went away may end as unknown. */
  private static final long IN_FLIGHT_NANOS = 300_000_000L;

  boolean isQuiet(Operation operation) {
    return quiet.stream().anyMatch(it -> it.holds(operation.timing()));
  }

  /** The answer is what is promised while the database is away. */
  boolean isExcused(Operation operation) {
    return databaseAway
        .filter(it -> it.touches(operation.timing()))
        .filter(
            it ->
                operation.result() instanceof Operation.Result.Answered answered
                    && (answered.problem().equals("database-unavailable")
                        || answered.problem().equals("outcome-unknown")
                            && operation.timing().start() <= it.gone() + IN_FLIGHT_NANOS))
        .isPresent();
  }
}
