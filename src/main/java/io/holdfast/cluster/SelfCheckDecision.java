package io.holdfast.cluster;

import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a node concludes from the answers to its own requests, pure. Immutable: each look gives the
 * next state.
 *
 * <p>A request without an answer is no proof. It counts unless the node could not have answered
 * whatever its state (the database is away, the machine ran nothing of us), and it takes several in
 * a row over a long time. Even then the node stays where nobody is known to do better: a trouble
 * that all nodes share, such as a machine that is too busy for all of them, makes none of them
 * leave.
 *
 * @param answeredAt when a request was last answered
 * @param failures that count since then, in a row
 * @param last the last of them
 */
record SelfCheckDecision(
    SelfCheckSettings settings, Instant answeredAt, int failures, Optional<Look.Failed> last) {
  /** For the word of readiness, and for what peers are told. */
  private static final int FAILURES_TO_DOUBT = 2;

  /** Times alone would do with one request that hangs. */
  private static final int FAILURES_TO_LEAVE = 3;

  /**
   * Where our own thread woke up too late by this share of the time, the machine had no time for
   * whoever was to answer either.
   */
  private static final int LATE_SHARE = 4;

  /**
   * Whoever has served for so many times the time after which a node may leave is doing better,
   * whatever was before: a moment's trouble of the only other node would keep this one for ever.
   */
  private static final int SERVED_LONG = 10;

  /** A peer gives a sign of life each second, and is no comfort without one. */
  private static final Duration HEARD_WITHIN = Duration.ofSeconds(3);

  /** Where the trouble lies. */
  enum Cause {
    /** No answer came, or not in time. */
    SILENT,
    /** An answer came, and it was that the owner, which is here, cannot be had. */
    REFUSED,
    /** The process has no file descriptor left, so it can take no connection. */
    NO_DESCRIPTORS
  }

  /** What became of one request. */
  sealed interface Look {
    record Answered() implements Look {}

    /**
     * @param took until that was known
     * @param late by how much the asking thread was run later than it should have been, meanwhile;
     *     not because of this process's own collection of garbage
     * @param databaseAway as far as this node knows
     */
    record Failed(Cause cause, String what, Duration took, Duration late, boolean databaseAway)
        implements Look {
      boolean counts() {
        boolean ran = late.multipliedBy(LATE_SHARE).compareTo(took) < 0 || late.isZero();
        return !databaseAway && ran;
      }
    }
  }

  /** What to do about it. */
  enum Verdict {
    /** It serves, as far as is known. */
    SERVES,
    /** It does not serve, and stays for now. */
    FAILS,
    /** It may leave, if another one serves. */
    LEAVES
  }

  static SelfCheckDecision begin(SelfCheckSettings settings, Instant now) {
    return new SelfCheckDecision(settings, now, 0, Optional.empty());
  }

  /**
   * @param now when the look was over
   */
  SelfCheckDecision after(Look look, Instant now) {
    if (look instanceof Look.Failed failed) {
      return failed.counts()
          ? new SelfCheckDecision(settings, answeredAt, failures + 1, Optional.of(failed))
          : this;
    }
    return begin(settings, now);
  }

  Duration failingFor(Instant now) {
    return failures == 0 ? Duration.ZERO : Duration.between(answeredAt, now);
  }

  Verdict verdict(Instant now) {
    var time = failingFor(now);
    if (failures >= FAILURES_TO_LEAVE && time.compareTo(settings.leaveAfter()) >= 0) {
      return Verdict.LEAVES;
    }
    boolean doubted =
        failures >= FAILURES_TO_DOUBT && time.multipliedBy(2).compareTo(settings.leaveAfter()) >= 0;
    return doubted ? Verdict.FAILS : Verdict.SERVES;
  }

  /**
   * Whether the others can do without this node: one of them gives signs of life, and has served
   * all the time that this one has not, or for long. So the trouble is this node's own.
   */
  boolean canBeSpared(List<Seen> others, Instant now) {
    var isLong = settings.leaveAfter().multipliedBy(SERVED_LONG);
    var failing = failingFor(now);
    var enough = failing.compareTo(isLong) < 0 ? failing : isLong;
    return others.stream()
        .anyMatch(
            other ->
                other.silence().compareTo(HEARD_WITHIN) <= 0
                    && other.serving().filter(time -> time.compareTo(enough) >= 0).isPresent());
  }

  /** A new beginning in the same process gives back no descriptor. */
  Departure departure() {
    boolean isOfProcess = last.filter(it -> it.cause() == Cause.NO_DESCRIPTORS).isPresent();
    return isOfProcess ? Departure.END_PROCESS : Departure.CANNOT_SERVE;
  }
}
