package io.holdfast.operation;

import io.holdfast.resilience.Backoff;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What becomes of an operation after an attempt. An answer is final unless it says that the service
 * could not do it now: below 500, but for 408, 425 and 429 (RFC 9110, section 15.5.9; RFC 8470,
 * section 5.2; RFC 6585, section 4). Pure.
 *
 * @param attemptsMax after so many it has failed
 * @param backoff between them
 */
public record AttemptPolicy(int attemptsMax, Backoff backoff) {

  /** How an attempt ended. */
  public sealed interface Outcome {

    /**
     * With an answer of the service.
     *
     * @param retryAfter that it asks for
     */
    record Answered(int status, Optional<Duration> retryAfter) implements Outcome {}

    /**
     * Without one.
     *
     * @param mayHaveBeenDone the service may have got the request
     */
    record Unanswered(String why, boolean mayHaveBeenDone) implements Outcome {}

    /**
     * There was none: the service is known not to take requests now.
     *
     * @param again when it may be otherwise
     */
    record NotTried(String why, Duration again) implements Outcome {}
  }

  /** What becomes of the operation. */
  public sealed interface Verdict {

    /** There is an answer, whatever its status. */
    record Succeeded() implements Verdict {}

    /**
     * There will be no other attempt.
     *
     * @param unknown whether it was carried out cannot be known
     */
    record Failed(String why, boolean unknown) implements Verdict {}

    /**
     * There will be another attempt.
     *
     * @param counts this one was one
     */
    record Again(Instant at, boolean counts, String why) implements Verdict {}
  }

  /**
   * An operation, as far as this is about it.
   *
   * @param attempts with the one that has just ended
   * @param repeatable the service may get it twice: the method says so, or it honours keys
   */
  public record Attempted(int attempts, boolean repeatable, Instant deadline) {}

  /** Whether an answer with that status is the operation's result. */
  public static boolean isFinal(int status) {
    return status < 500 && status != 408 && status != 425 && status != 429;
  }

  /**
   * @param chance from 0 up to 1, at random
   */
  public Verdict after(Attempted operation, Outcome outcome, Instant now, double chance) {
    if (outcome instanceof Outcome.Answered answered) {
      return isFinal(answered.status())
          ? new Verdict.Succeeded()
          : again(
              operation,
              "The service answered with " + answered.status() + ".",
              answered.retryAfter(),
              now,
              chance);
    }
    if (outcome instanceof Outcome.Unanswered unanswered) {
      return unanswered.mayHaveBeenDone() && !operation.repeatable()
          ? new Verdict.Failed(
              unanswered.why() + " It may have been carried out, and cannot be repeated safely.",
              true)
          : again(operation, unanswered.why(), Optional.empty(), now, chance);
    }
    var notTried = (Outcome.NotTried) outcome;
    return at(operation, now.plus(notTried.again()), false, notTried.why());
  }

  private Verdict again(
      Attempted operation, String why, Optional<Duration> wanted, Instant now, double chance) {
    if (operation.attempts() >= attemptsMax) {
      return new Verdict.Failed(why + " That was the last of " + attemptsMax + " attempts.", false);
    }
    var wait = backoff.before(Math.max(1, operation.attempts()), chance);
    var longer = wanted.filter(it -> it.compareTo(wait) > 0).orElse(wait);
    return at(operation, now.plus(longer), true, why);
  }

  private static Verdict at(Attempted operation, Instant at, boolean counts, String why) {
    return at.isBefore(operation.deadline())
        ? new Verdict.Again(at, counts, why)
        : new Verdict.Failed(why + " There is no time for another attempt.", false);
  }
}
