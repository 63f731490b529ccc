package io.holdfast.tools.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one server did in one of its turns.
 *
 * @param p50Millis of the time until an answer was complete
 * @param cpuPerThousand seconds of processor time for 1,000 answers
 */
record Turn(double perSecond, double p50Millis, double p99Millis, double cpuPerThousand) {

  /**
   * @param cpuSeconds that the server's processes used meanwhile
   */
  static Turn of(ClosedLoop.Result result, double cpuSeconds) {
    var latencies = result.latencies();
    return new Turn(
        result.perSecond(),
        latencies.atShare(0.5) / 1e6,
        latencies.atShare(0.99) / 1e6,
        cpuSeconds / Math.max(1, latencies.count()) * 1000);
  }

  double perCpuSecond() {
    return 1000 / cpuPerThousand;
  }

  /** The middle one of what the turns have; of an even number the upper of the two. */
  static double median(List<Turn> turns, ToDoubleFunction<Turn> of) {
    return turns.stream().mapToDouble(of).sorted().toArray()[turns.size() / 2];
  }
}
