package io.holdfast.tools;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the supervisor makes of one process: sees it, and decides. Times are {@link
 * System#nanoTime}.
 *
 * <pre>
 *   (not ours) --ready--> cared for --dies--> due --time over--> started --> cared for
 *        ^                    |                |      cannot be started: due again, later
 *        +-----dismissed------+----------------+
 * </pre>
 *
 * A process that dies before it was ready belongs to the command that started it, which reports it
 * and cleans up; only what the supervisor has started itself is its own from the beginning.
 *
 * @param cared for this process; its death is to be mended
 * @param deaths in a row, with the starts that failed
 * @param upSince when it was first seen, or started
 * @param due when it is to be started again; empty: it is not dead
 */
record Supervision(Optional<ProcessMark> cared, int deaths, long upSince, OptionalLong due) {
  static final Duration BACKOFF_FIRST = Duration.ofMillis(500);
  static final Duration BACKOFF_MAX = Duration.ofSeconds(30);

  /** A process that lasted so long has recovered: its next death is a first one. */
  static final Duration STAYED_UP = Duration.ofSeconds(60);

  static final Supervision NEW = new Supervision(Optional.empty(), 0, 0, OptionalLong.empty());

  /** What can be seen of a process. */
  sealed interface Sight {
    /** It runs, or is paused. */
    record Running(ProcessMark mark, boolean ready) implements Sight {}

    /** It has died. */
    record Died(ProcessMark mark) implements Sight {}

    /** It was stopped, or never started: it is not to run. */
    record Dismissed() implements Sight {}
  }

  /** What is to be done. */
  sealed interface Decision {
    record LeaveAlone() implements Decision {}

    /** It has just died; it is to be started after that time. */
    record StartAfter(Duration delay) implements Decision {}

    record StartNow() implements Decision {}
  }

  /** A decision, and what is known from then on. */
  record Step(Supervision next, Decision decision) {}

  /** One that was there, and had been ready, before there was a supervisor. */
  static Supervision caringFor(ProcessMark mark, long now) {
    return new Supervision(Optional.of(mark), 0, now, OptionalLong.empty());
  }

  Step see(Sight sight, long now) {
    if (sight instanceof Sight.Running running) {
      return leave(running(running, now));
    }
    if (sight instanceof Sight.Died died) {
      return died(died.mark(), now);
    }
    return leave(NEW);
  }

  private static Step leave(Supervision next) {
    return new Step(next, new Decision.LeaveAlone());
  }

  private Supervision running(Sight.Running it, long now) {
    if (!isCaredFor(it.mark())) {
      return it.ready() ? caringFor(it.mark(), now) : NEW;
    }
    boolean recovered = now - upSince >= STAYED_UP.toNanos();
    return new Supervision(cared, recovered ? 0 : deaths, upSince, OptionalLong.empty());
  }

  private Step died(ProcessMark mark, long now) {
    if (!isCaredFor(mark)) {
      return leave(NEW);
    }
    if (due.isEmpty()) {
      var next = postponed(now);
      return new Step(next, new Decision.StartAfter(backoff(next.deaths())));
    }
    return new Step(
        this, now - due.getAsLong() >= 0 ? new Decision.StartNow() : new Decision.LeaveAlone());
  }

  private boolean isCaredFor(ProcessMark mark) {
    return cared.filter(mark::equals).isPresent();
  }

  /** The supervisor has started it. */
  Supervision started(ProcessMark mark, long now) {
    return new Supervision(Optional.of(mark), deaths, now, OptionalLong.empty());
  }

  /**
   * It could not be started: later, and each time later than the last.
   *
   * @param dead what may have been left of the attempt
   */
  Supervision notStarted(Optional<ProcessMark> dead, long now) {
    return new Supervision(dead.or(() -> cared), deaths, upSince, due).postponed(now);
  }

  private Supervision postponed(long now) {
    return new Supervision(
        cared, deaths + 1, upSince, OptionalLong.of(now + backoff(deaths + 1).toNanos()));
  }

  /** How long to wait after so many deaths in a row: doubled each time, up to the cap. */
  static Duration backoff(int deaths) {
    int doublings = Math.min(deaths - 1, Integer.SIZE - 2);
    var delay = BACKOFF_FIRST.multipliedBy(1L << doublings);
    return delay.compareTo(BACKOFF_MAX) < 0 ? delay : BACKOFF_MAX;
  }
}
