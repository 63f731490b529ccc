package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Result;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one run showed.
 *
 * @param faults of each round
 * @param failedWarmingUp requests of the warm-up and the filling that failed
 * @param failures how often each kind of failure, with those that a promise allows
 * @param violations promises that were broken
 * @param misses goals that were missed and that no quantity shows
 */
record RunReport(
    List<FaultReport> faults,
    long failedWarmingUp,
    Map<String, Long> failures,
    List<Violation> violations,
    List<String> misses) {

  /** What is seen besides requests and answers. */
  record Besides(
      List<Targets.Life> lives,
      List<Watch.Downed> downed,
      List<Violation> troubles,
      List<String> misses) {}

  static RunReport of(Collection<Operation> history, Course course, Besides besides) {
    var operations = List.copyOf(history);
    var recoveries = course.recoveries(operations);
    var expectations = course.expectations(recoveries);
    var copies = new KnownCopies(operations, besides.lives());
    var faults = new ArrayList<FaultReport>();
    var broken = new ArrayList<Violation>();
    for (int i = 0; i < recoveries.size(); i++) {
      var round = course.rounds().get(i);
      var evidence =
          new Evidence(
              round,
              operations.stream().filter(round::isDueIn).toList(),
              expectations,
              copies,
              recoveries.get(i),
              besides.downed().stream().filter(it -> round.isIn(it.seen())).count());
      faults.add(FaultReport.of(evidence));
      broken.addAll(failed(evidence));
      broken.addAll(recoveries.get(i).tooSlow(round.recoverySecondsMax()));
    }
    return new RunReport(
        List.copyOf(faults),
        HistoryChecker.failed(operations, expectations, Phase.WARM_UP).size()
            + HistoryChecker.failed(operations, expectations, Phase.FILL).size(),
        failures(operations, expectations),
        Stream.of(
                besides.troubles(),
                HistoryChecker.check(operations, expectations),
                broken,
                downed(besides.downed()),
                nothingWritten(operations))
            .flatMap(List::stream)
            .toList(),
        besides.misses());
  }

  /** Promise G3, request by request. */
  private static List<Violation> failed(Evidence evidence) {
    return evidence.round().starves()
        ? List.of()
        : evidence.failed().stream()
            .map(it -> new Violation(Violation.Kind.SURVIVOR_FAILED, it.toString()))
            .toList();
  }

  private static List<Violation> downed(List<Watch.Downed> downed) {
    return downed.stream()
        .map(
            it ->
                new Violation(
                    Violation.Kind.LIVE_NODE_DOWNED,
                    "node %d began anew, %.2f s after the run's begin"
                        .formatted(it.node(), RunClock.seconds(it.seen()))))
        .toList();
  }

  /** A cluster that refuses everything keeps all other promises. */
  private static List<Violation> nothingWritten(List<Operation> operations) {
    return operations.stream().anyMatch(it -> it.request().kind() == Kind.PUT && it.isSuccess())
        ? List.of()
        : List.of(new Violation(Violation.Kind.NOTHING_WRITTEN, "no PUT was acknowledged"));
  }

  private static Map<String, Long> failures(List<Operation> operations, Expectations expectations) {
    return operations.stream()
        .filter(RunReport::isOfLoad)
        .filter(it -> it.isFailed() && expectations.isToSurvivor(it))
        .collect(Collectors.groupingBy(RunReport::failure, Collectors.counting()));
  }

  private static boolean isOfLoad(Operation operation) {
    return switch (operation.request().phase()) {
      case FILL, WARM_UP, MEASURED -> true;
      case WOKEN, LEFT_OUT, REPEATED, FINAL -> false;
    };
  }

  private static String failure(Operation operation) {
    var reason =
        operation.result() instanceof Result.Answered answered
            ? answered.status() + " " + answered.problem()
            : ((Result.Unknown) operation.result()).why();
    return "%s at node %d: %s"
        .formatted(operation.request().kind(), operation.request().node(), reason);
  }
}
