package io.holdfast.tools.chaos;

import java.util.List;

/**
 * What a run allows because of its faults. Times are nanoseconds since the run began.
 *
 * @param quiet without any fault: no answer may be marked
 * @param databaseAway when the database may be missed
 * @param harmed when nodes may fail
 * @param floor the share of requests to survivors that must succeed
 */
record Expectations(
    List<Period> quiet, List<Away> databaseAway, List<Harmed> harmed, double floor) {

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

  /** A node was harmed by a fault, and was not yet well again. */
  record Harmed(int node, long from, long to) {
    boolean touches(Operation operation) {
      var timing = operation.timing();
      return operation.request().node() == node && timing.start() <= to && timing.end() >= from;
    }
  }

  /** A write that was in flight when the database went away may end as unknown. */
  private static final long IN_FLIGHT_NANOS = 300_000_000L;

  boolean isQuiet(Operation operation) {
    return quiet.stream().anyMatch(it -> it.holds(operation.timing()));
  }

  /** The node that was asked was not harmed meanwhile. */
  boolean isToSurvivor(Operation operation) {
    return harmed.stream().noneMatch(it -> it.touches(operation));
  }

  /** The answer is what is promised while the database is away. */
  boolean isExcused(Operation operation) {
    return operation.result() instanceof Operation.Result.Answered answered
        && databaseAway.stream()
            .filter(it -> it.touches(operation.timing()))
            .anyMatch(it -> isPromised(answered.problem(), operation.timing(), it));
  }

  private static boolean isPromised(String problem, Operation.Timing timing, Away away) {
    return problem.equals("database-unavailable")
        || problem.equals("outcome-unknown") && timing.start() <= away.gone() + IN_FLIGHT_NANOS;
  }
}
