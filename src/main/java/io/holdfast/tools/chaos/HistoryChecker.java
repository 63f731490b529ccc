package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Finds what no honest cluster could have answered. Sees the requests and their answers, nothing
 * else; where the history leaves room for an innocent explanation, it says nothing.
 */
final class HistoryChecker {
  private static final int UNAVAILABLE = 503;
  private static final int OUTCOME_UNKNOWN = 504;

  private HistoryChecker() {}

  static List<Violation> check(List<Operation> operations, Expectations expectations) {
    var violations = new ArrayList<Violation>();
    operations.stream()
        .collect(Collectors.groupingBy(it -> it.request().key()))
        .values()
        .forEach(it -> violations.addAll(document(new DocumentHistory(it))));
    operations.forEach(it -> violations.addAll(answer(it, expectations)));
    for (var phase : List.of(Phase.WARM_UP, Phase.FILL, Phase.MEASURED)) {
      violations.addAll(floor(operations, expectations, phase));
    }
    return List.copyOf(violations);
  }

  /** Requests of a phase to survivors that failed, and that no promise allows to fail. */
  static List<Operation> failed(
      List<Operation> operations, Expectations expectations, Phase phase) {
    return operations.stream()
        .filter(it -> isOf(it, phase, expectations))
        .filter(it -> it.isFailed() && !expectations.isExcused(it))
        .toList();
  }

  private static boolean isOf(Operation operation, Phase phase, Expectations expectations) {
    return operation.request().phase() == phase && expectations.isToSurvivor(operation);
  }

  private static List<Violation> document(DocumentHistory history) {
    var violations = new ArrayList<Violation>();
    violations.addAll(ValueRules.check(history));
    violations.addAll(OrderRules.check(history));
    violations.addAll(ConditionRules.check(history));
    return violations;
  }

  private static List<Violation> answer(Operation operation, Expectations expectations) {
    var violations = new ArrayList<Violation>();
    if (operation.isMarked() && expectations.isQuiet(operation)) {
      violations.add(new Violation(Violation.Kind.MARK_IN_QUIET, operation.toString()));
    }
    if (!isExpected(operation)) {
      violations.add(new Violation(Violation.Kind.UNEXPECTED_ANSWER, operation.toString()));
    }
    if (DocumentHistory.isFinal(operation) && (operation.isFailed() || operation.isMarked())) {
      violations.add(new Violation(Violation.Kind.UNREADABLE, operation.toString()));
    }
    return violations;
  }

  private static boolean isExpected(Operation operation) {
    var kind = operation.request().kind();
    var phase = operation.request().phase();
    if ((phase == Phase.WOKEN || phase == Phase.LEFT_OUT) && operation.isFailed()) {
      return operation.status() == 0
          || operation.status() == UNAVAILABLE
          || operation.status() == OUTCOME_UNKNOWN && kind != Kind.GET;
    }
    return switch (operation.status()) {
      case 0, 408, 429 -> true;
      case 200 -> kind == Kind.GET && operation.isVersioned();
      case 201 -> kind == Kind.PUT && operation.isVersioned();
      case 204 -> kind == Kind.DELETE || kind == Kind.PUT && operation.isVersioned();
      case 404 -> kind != Kind.PUT;
      case 409 -> kind != Kind.GET;
      case 412 -> operation.request().ifMatch().isPresent();
      default -> operation.status() >= 500;
    };
  }

  private static List<Violation> floor(
      List<Operation> operations, Expectations expectations, Phase phase) {
    long all = operations.stream().filter(it -> isOf(it, phase, expectations)).count();
    var failed = failed(operations, expectations, phase);
    double share = all == 0 ? 1 : 1 - (double) failed.size() / all;
    if (share >= expectations.floor()) {
      return List.of();
    }
    return List.of(
        new Violation(
            Violation.Kind.FLOOR,
            "%d of %d %s requests failed (%.3f %% succeeded, at least %.3f %% must), as: %s"
                .formatted(
                    failed.size(),
                    all,
                    phase.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    100 * share,
                    100 * expectations.floor(),
                    failed.get(0))));
  }
}
