package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one run showed.
 *
 * @param requests measured
 * @param failed of them, without those that a promise allows
 * @param failedWarmingUp requests of the warm-up that failed
 * @param excused of the measured: refused as promised while the database was away
 * @param readGapSeconds the longest time from when a read was due to its answer
 * @param recoverySeconds until the last write that was held up or refused was done
 * @param marked answers that say that they may not be current
 * @param woken reads that the node answered that was paused, from when it went on
 * @param unknown writes without a known outcome, before they were repeated
 * @param failures how often each kind of failure, with those that a promise allows
 */
record RunReport(
    long requests,
    long failed,
    long failedWarmingUp,
    long excused,
    double readGapSeconds,
    double writeGapSeconds,
    double recoverySeconds,
    long marked,
    long woken,
    long unknown,
    Map<String, Long> failures,
    List<Violation> violations) {
  /**
   * @param troubles promises that were broken besides those of which the history tells
   */
  static RunReport of(
      Collection<Operation> history,
      Expectations expectations,
      Recovery recovery,
      List<Violation> troubles) {
    var operations = List.copyOf(history);
    var measured = operations.stream().filter(it -> is(it, Phase.MEASURED)).toList();
    long failed = HistoryChecker.failed(operations, expectations, Phase.MEASURED).size();
    return new RunReport(
        measured.size(),
        failed,
        HistoryChecker.failed(operations, expectations, Phase.WARM_UP).size(),
        measured.stream().filter(Operation::isFailed).count() - failed,
        gap(measured, it -> it.request().kind() == Kind.GET),
        gap(measured, it -> it.request().kind() != Kind.GET),
        recovery.seconds(),
        measured.stream().filter(Operation::isMarked).count(),
        operations.stream().filter(it -> is(it, Phase.WOKEN) && !it.isFailed()).count(),
        measured.stream()
            .filter(it -> it.request().kind() != Kind.GET && it.isOutcomeUnknown())
            .count(),
        operations.stream()
            .filter(it -> is(it, Phase.MEASURED) || is(it, Phase.WARM_UP))
            .filter(Operation::isFailed)
            .collect(Collectors.groupingBy(RunReport::failure, Collectors.counting())),
        Stream.of(
                troubles,
                HistoryChecker.check(operations, expectations),
                recovery.tooSlow(expectations.recoverySecondsMax()),
                nothingWritten(operations))
            .flatMap(List::stream)
            .toList());
  }

  /** A cluster that refuses everything keeps all other promises. */
  private static List<Violation> nothingWritten(List<Operation> operations) {
    return operations.stream().anyMatch(it -> it.request().kind() == Kind.PUT && it.isSuccess())
        ? List.of()
        : List.of(new Violation(Violation.Kind.NOTHING_WRITTEN, "no PUT was acknowledged"));
  }

  private static String failure(Operation operation) {
    var reason =
        operation.result() instanceof Operation.Result.Answered answered
            ? answered.status() + " " + answered.problem()
            : ((Operation.Result.Unknown) operation.result()).why();
    return "%s at node %d: %s"
        .formatted(operation.request().kind(), operation.request().node(), reason);
  }

  double successPercent() {
    return requests == 0 ? 100 : 100.0 * (requests - failed) / requests;
  }

  private static boolean is(Operation operation, Phase phase) {
    return operation.request().phase() == phase;
  }

  private static double gap(List<Operation> operations, Predicate<Operation> which) {
    return operations.stream()
        .filter(which)
        .mapToDouble(it -> RunClock.seconds(it.timing().latency()))
        .max()
        .orElse(0);
  }
}
