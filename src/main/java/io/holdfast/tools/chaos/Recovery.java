package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * How long the harm could be felt.
 *
 * @param from the return to normal counts from here
 * @param last the write that was held up or refused and ended last; empty if none was
 * @param some from then on there was a node through which none was held up or refused any more
 */
record Recovery(long from, Optional<Operation> last, long some) {
  /** A write that takes longer than this is held up. */
  private static final double HELD_SECONDS = 0.25;

  /** So long without a write that is held up or fails, and all can be written. */
  private static final double CALM_SECONDS = 2;

  /** For so long a busy machine holds a write up without any harm. */
  private static final double HICCUP_SECONDS_MAX = 1;

  /**
   * The moments of a run.
   *
   * @param harm from then on writes can be held up
   * @param recovery from then on the return to normal counts
   * @param mend from then on writes may be held up by the mending
   */
  record Moments(long harm, long recovery, long mend) {
    /** What is due from then on can be held up by the mending alone. */
    long due() {
      return mend - RunClock.nanos(HELD_SECONDS);
    }
  }

  /**
   * @param history without what was asked of nodes that were harmed
   */
  static Recovery of(Collection<Operation> history, Moments moments) {
    long due = moments.due();
    var writes =
        history.stream()
            .filter(it -> it.request().phase() == Phase.MEASURED)
            .filter(it -> it.request().kind() != Kind.GET)
            .filter(it -> it.timing().end() >= moments.harm())
            .filter(it -> it.timing().intended() < due)
            .sorted(Comparator.comparingLong(it -> it.timing().intended()))
            .toList();
    long from = moments.recovery();
    var byNode = writes.stream().collect(Collectors.groupingBy(it -> it.request().node()));
    long some =
        byNode.values().stream().mapToLong(it -> end(last(it, from), from)).min().orElse(from);
    return new Recovery(from, last(writes, from), some);
  }

  private static Optional<Operation> last(List<Operation> writes, long from) {
    var last = Optional.<Operation>empty();
    long end = from;
    var felt = writes.stream().filter(it -> it.isFailed() || isHeld(it)).toList();
    for (var operation : felt) {
      var timing = operation.timing();
      boolean isCalm = timing.intended() > end + RunClock.nanos(CALM_SECONDS);
      if (timing.end() >= end && !(isCalm && isHiccup(operation))) {
        last = Optional.of(operation);
        end = timing.end();
      }
    }
    return last;
  }

  private static boolean isHiccup(Operation operation) {
    return !operation.isFailed()
        && RunClock.seconds(operation.timing().latency()) < HICCUP_SECONDS_MAX;
  }

  private static boolean isHeld(Operation operation) {
    return RunClock.seconds(operation.timing().latency()) >= HELD_SECONDS;
  }

  /** From then on every document could be written. */
  long end() {
    return end(last, from);
  }

  private static long end(Optional<Operation> last, long from) {
    return last.map(it -> it.timing().end()).orElse(from);
  }

  /** Until there was a node through which every document could be written. */
  double someSeconds() {
    return RunClock.seconds(some - from);
  }

  double seconds() {
    return RunClock.seconds(end() - from);
  }

  List<Violation> tooSlow(OptionalDouble secondsMax) {
    if (secondsMax.isEmpty() || seconds() <= secondsMax.getAsDouble()) {
      return List.of();
    }
    return List.of(
        new Violation(
            Violation.Kind.TOO_SLOW,
            "writable again after %.2f s, at most %.2f s are allowed: %s"
                .formatted(seconds(), secondsMax.getAsDouble(), last.orElseThrow())));
  }
}
