package io.holdfast.operation;

import io.holdfast.http.ProblemType;
import io.holdfast.resilience.Backoff;
import io.holdfast.route.RouteAsync;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * What becomes of an operation after an attempt. An answer is final unless it says that the service
 * could not do it now: by default below 500, but for 408, 425 and 429 (RFC 9110, section 15.5.9;
 * RFC 8470, section 5.2; RFC 6585, section 4). Pure.
 *
 * @param attemptsMax after so many it has failed
 * @param backoff between them
 * @param isFinal whether an answer with that status is the operation's result
 */
public record AttemptPolicy(int attemptsMax, Backoff backoff, IntPredicate isFinal) {

  /** The policy of a route. */
  static AttemptPolicy of(RouteAsync async) {
    return new AttemptPolicy(
        async.attemptsMax(), new Backoff(async.backoff(), async.backoffMax()), async::isFinal);
  }

  /** How an attempt ended. */
  public sealed interface Outcome {

    /**
     * With an answer of the service.
     *
     * @param retryAfter that it asks for
     */
    record Answered(int status, Optional<Duration> retryAfter) implements Outcome {}

    /** With an answer that is too large to be kept. */
    record TooLarge(int status) implements Outcome {}

    /**
     * Without one.
     *
     * @param mayHaveBeenDone the service may have got the request
     */
    record Unanswered(ProblemType type, String why, boolean mayHaveBeenDone) implements Outcome {}

    /**
     * There was none: the service is known not to take requests now.
     *
     * @param again when it may be otherwise
     */
    record NotTried(ProblemType type, String why, Duration again) implements Outcome {}
  }

  /** What becomes of the operation. */
  public sealed interface Verdict {

    /** There is an answer, whatever its status. */
    record Succeeded() implements Verdict {}

    /** There will be no other attempt. */
    record Failed(ProblemType type, String why) implements Verdict {}

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

  /**
   * @param chance from 0 up to 1, at random
   */
  public Verdict after(Attempted operation, Outcome outcome, Instant now, double chance) {
    if (outcome instanceof Outcome.Answered answered) {
      return isFinal.test(answered.status())
          ? new Verdict.Succeeded()
          : again(
              operation,
              new Verdict.Failed(
                  ProblemType.UPSTREAM_FAILED,
                  "The service answered with " + answered.status() + "."),
              answered.retryAfter(),
              now,
              chance);
    }
    if (outcome instanceof Outcome.TooLarge large) {
      return new Verdict.Failed(
          ProblemType.CONTENT_TOO_LARGE,
          "The service answered with %d, and with more content than is kept of a result."
              .formatted(large.status()));
    }
    if (outcome instanceof Outcome.Unanswered unanswered) {
      return unanswered.mayHaveBeenDone() && !operation.repeatable()
          ? new Verdict.Failed(
              ProblemType.OUTCOME_UNKNOWN,
              unanswered.why() + " It may have been carried out, and cannot be repeated safely.")
          : again(
              operation,
              new Verdict.Failed(unanswered.type(), unanswered.why()),
              Optional.empty(),
              now,
              chance);
    }
    var notTried = (Outcome.NotTried) outcome;
    return at(
        operation,
        now.plus(notTried.again()),
        false,
        new Verdict.Failed(notTried.type(), notTried.why()));
  }

  /**
   * @param failure what it is if there is no other attempt
   */
  private Verdict again(
      Attempted operation,
      Verdict.Failed failure,
      Optional<Duration> wanted,
      Instant now,
      double chance) {
    if (operation.attempts() >= attemptsMax) {
      return new Verdict.Failed(
          failure.type(), failure.why() + " That was the last of " + attemptsMax + " attempts.");
    }
    var wait = backoff.before(Math.max(1, operation.attempts()), chance);
    var longer = wanted.filter(it -> it.compareTo(wait) > 0).orElse(wait);
    return at(operation, now.plus(longer), true, failure);
  }

  private static Verdict at(
      Attempted operation, Instant at, boolean counts, Verdict.Failed failure) {
    return at.isBefore(operation.deadline())
        ? new Verdict.Again(at, counts, failure.why())
        : new Verdict.Failed(
            failure.type(), failure.why() + " There is no time for another attempt.");
  }
}
