package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.DocumentHistory.Sight;
import io.holdfast.tools.chaos.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which values may be seen at all, and under which version. Holds for marked answers too: old is
 * allowed there, made up is not.
 */
final class ValueRules {
  private ValueRules() {}

  static List<Violation> check(DocumentHistory history) {
    var violations = new ArrayList<Violation>();
    var writes = new HashMap<String, Intent>();
    history.intents().stream()
        .filter(it -> it.is(Operation.Kind.PUT))
        .forEach(it -> writes.put(it.request().value(), it));
    var values = new HashMap<Long, Sight>();
    var versions = new HashMap<String, Sight>();
    for (var sight : history.shown()) {
      origin(sight, writes, violations);
      oneValue(sight, values, violations);
      oneVersion(sight, versions, violations);
    }
    return violations;
  }

  private static void origin(Sight sight, Map<String, Intent> writes, List<Violation> violations) {
    var write = writes.get(sight.value());
    if (write == null) {
      violations.add(new Violation(Kind.INVENTED, "nobody wrote what this shows: " + text(sight)));
    } else if (sight.end() < write.start()) {
      violations.add(
          new Violation(
              Kind.INVENTED,
              "%s shows what was written later: %s"
                  .formatted(text(sight), write.attempts().get(0))));
    } else if (write.isRefused()) {
      violations.add(
          new Violation(
              Kind.REFUSED_BUT_DONE,
              "%s shows what was refused: %s".formatted(text(sight), write.attempts().get(0))));
    }
  }

  private static void oneValue(Sight sight, Map<Long, Sight> values, List<Violation> violations) {
    var before = values.putIfAbsent(sight.version(), sight);
    if (before != null && !before.value().equals(sight.value())) {
      violations.add(
          new Violation(
              Kind.TWO_VALUES,
              "one version, two values: %s; %s".formatted(text(before), text(sight))));
    }
  }

  private static void oneVersion(
      Sight sight, Map<String, Sight> versions, List<Violation> violations) {
    var before = versions.putIfAbsent(sight.value(), sight);
    if (before != null && before.version() != sight.version()) {
      violations.add(
          new Violation(
              Kind.TWICE, "one write, two versions: %s; %s".formatted(text(before), text(sight))));
    }
  }

  private static String text(Sight sight) {
    return sight.operation().toString();
  }
}
