package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.DocumentHistory.Sight;
import io.holdfast.tools.chaos.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** {@code If-Match} (RFC 9110, section 13.1.1): carried out on exactly that version, or not. */
final class ConditionRules {
  private ConditionRules() {}

  static List<Violation> check(DocumentHistory history) {
    var violations = new ArrayList<Violation>();
    var seen = new TreeSet<Long>();
    history.shown().forEach(it -> seen.add(it.version()));
    var current = history.current();
    for (var intent : history.intents()) {
      if (intent.request().ifMatch().isPresent()) {
        ignored(intent, seen, violations);
        denied(intent, current, violations);
      }
    }
    return violations;
  }

  private static void ignored(Intent intent, TreeSet<Long> seen, List<Violation> violations) {
    long wanted = intent.request().ifMatch().getAsLong();
    intent
        .version()
        .filter(version -> version <= wanted || !between(seen, wanted, version).isEmpty())
        .ifPresent(
            version ->
                violations.add(
                    new Violation(
                        Kind.CONDITION_IGNORED,
                        "between are %s: %s"
                            .formatted(
                                between(seen, wanted, version),
                                intent.acknowledged().orElseThrow()))));
  }

  private static List<Long> between(TreeSet<Long> seen, long low, long high) {
    return low < high ? List.copyOf(seen.subSet(low, false, high, false)) : List.of();
  }

  /** Seen before it began and seen after it ended, so never anything else in between. */
  private static void denied(Intent intent, List<Sight> current, List<Violation> violations) {
    long wanted = intent.request().ifMatch().getAsLong();
    var refused = intent.answered(412);
    if (refused.isEmpty()) {
      return;
    }
    var same = current.stream().filter(it -> it.version() == wanted).toList();
    long end = refused.get().timing().end();
    if (same.stream().anyMatch(it -> it.end() < intent.start())
        && same.stream().anyMatch(it -> it.start() > end)) {
      violations.add(
          new Violation(Kind.CONDITION_DENIED, "it was current all the time: " + refused.get()));
    }
  }
}
