package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.DocumentHistory.Absence;
import io.holdfast.tools.chaos.DocumentHistory.Sight;
import io.holdfast.tools.chaos.Frontier.Known;
import io.holdfast.tools.chaos.Violation.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Time runs forwards: what was known before a request began must not be undone by its answer.
 *
 * <p>A deletion has a version that no answer names. It is greater than each version that was seen
 * before the deletion began; so one that was acknowledged, or a 404, is a lower bound as well.
 */
final class OrderRules {
  private final DocumentHistory history;
  private final Frontier versions;
  private final Frontier starts;
  private final Frontier deletions;

  private OrderRules(DocumentHistory history) {
    this.history = history;
    var current = history.current();
    versions = Frontier.of(current.stream().map(it -> new Known(it.end(), it.version())).toList());
    starts = Frontier.of(current.stream().map(it -> new Known(it.end(), it.start())).toList());
    deletions =
        Frontier.of(
            history.absences().stream()
                .filter(it -> it.deleted() || versions.before(it.start()) > 0)
                .map(it -> new Known(it.end(), versions.before(it.start()) + 1))
                .toList());
  }

  static List<Violation> check(DocumentHistory history) {
    var rules = new OrderRules(history);
    var violations = new ArrayList<Violation>();
    history.currentReads().forEach(it -> rules.read(it, violations));
    history.acknowledgements().forEach(it -> rules.write(it, violations));
    history.absences().stream()
        .filter(it -> !it.deleted())
        .forEach(it -> rules.absence(it, violations));
    return violations;
  }

  private long reached(long moment) {
    return Math.max(versions.before(moment), deletions.before(moment));
  }

  private void read(Sight read, List<Violation> violations) {
    long reached = reached(read.start());
    if (read.version() < reached) {
      violations.add(
          new Violation(
              DocumentHistory.isFinal(read.operation()) ? Kind.LOST_WRITE : Kind.STALE_READ,
              "version %d was reached before: %s".formatted(reached, read.operation())));
    }
  }

  private void write(Sight write, List<Violation> violations) {
    long reached = reached(write.start());
    if (write.version() <= reached) {
      violations.add(
          new Violation(
              Kind.STALE_WRITE,
              "version %d was reached before: %s".formatted(reached, write.operation())));
    }
  }

  /** A 404 needs a DELETE that may have come after the last time that the document was there. */
  private void absence(Absence absence, List<Violation> violations) {
    if (versions.before(absence.start()) == 0) {
      return;
    }
    long there = starts.before(absence.start());
    if (deletes().noneMatch(it -> it.start() < absence.end() && it.latestEffect() > there)) {
      violations.add(
          new Violation(
              Kind.LOST_WRITE,
              "version %d was there, and no DELETE came after it: %s"
                  .formatted(versions.before(absence.start()), absence.operation())));
    }
  }

  private Stream<Intent> deletes() {
    return history.intents().stream().filter(it -> it.is(Operation.Kind.DELETE) && !it.isRefused());
  }
}
