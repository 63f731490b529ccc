package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.ProblemType;
import io.holdfast.operation.AttemptPolicy.Attempted;
import io.holdfast.operation.AttemptPolicy.Outcome;
import io.holdfast.operation.AttemptPolicy.Verdict;
import io.holdfast.resilience.Backoff;
import io.holdfast.route.RouteAsync;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttemptPolicyTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final AttemptPolicy POLICY =
      new AttemptPolicy(3, new Backoff(SECOND, Duration.ofMinutes(1)), RouteAsync.NEVER::isFinal);

  private static Attempted attempted(int attempts, boolean repeatable) {
    return new Attempted(attempts, repeatable, NOW.plus(Duration.ofHours(1)));
  }

  private static Outcome answered(int status) {
    return new Outcome.Answered(status, Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 204, 301, 304, 400, 404, 409, 422, 499})
  void anAnswerOfTheServiceIsTheResultWhateverItSays(int status) {
    assertThat(POLICY.after(attempted(3, false), answered(status), NOW, 0.5))
        .isEqualTo(new Verdict.Succeeded());
  }

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 429, 500, 502, 503, 504, 599})
  void oneThatSaysNotNowIsRepeatedUntilTheAttemptsAreUsedUp(int status) {
    var why = "The service answered with " + status + ".";
    assertThat(POLICY.after(attempted(1, false), answered(status), NOW, 0.5))
        .isEqualTo(new Verdict.Again(NOW.plusMillis(500), true, why));
    assertThat(POLICY.after(attempted(2, false), answered(status), NOW, 0.5))
        .isEqualTo(new Verdict.Again(NOW.plusSeconds(1), true, why));
    assertThat(POLICY.after(attempted(3, false), answered(status), NOW, 0.5))
        .isEqualTo(
            new Verdict.Failed(
                ProblemType.UPSTREAM_FAILED, why + " That was the last of 3 attempts."));
  }

  @Test
  void theServiceIsNotAskedBeforeItWantsToBe() {
    var busy = new Outcome.Answered(503, Optional.of(Duration.ofSeconds(20)));
    assertThat(POLICY.after(attempted(1, true), busy, NOW, 0.5))
        .isInstanceOfSatisfying(
            Verdict.Again.class, it -> assertThat(it.at()).isEqualTo(NOW.plusSeconds(20)));
    var tooLong = new Outcome.Answered(503, Optional.of(Duration.ofHours(1)));
    assertThat(POLICY.after(attempted(1, true), tooLong, NOW, 0.5))
        .isInstanceOf(Verdict.Failed.class);
  }

  @Test
  void whatMayHaveBeenDoneIsRepeatedOnlyWhereThatIsSafe() {
    var silent =
        new Outcome.Unanswered(ProblemType.UPSTREAM_TIMEOUT, "The service was silent.", true);
    var refused =
        new Outcome.Unanswered(ProblemType.UPSTREAM_FAILED, "None takes connections.", false);
    assertThat(POLICY.after(attempted(1, true), silent, NOW, 0.5))
        .isInstanceOf(Verdict.Again.class);
    assertThat(POLICY.after(attempted(1, false), silent, NOW, 0.5))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.type()).isEqualTo(ProblemType.OUTCOME_UNKNOWN));
    assertThat(POLICY.after(attempted(1, false), refused, NOW, 0.5))
        .isInstanceOf(Verdict.Again.class);
    assertThat(POLICY.after(attempted(3, true), silent, NOW, 0.5))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.type()).isEqualTo(ProblemType.UPSTREAM_TIMEOUT));
  }

  @Test
  void aWaitForTheServiceBurnsNoAttempt() {
    var open = new Outcome.NotTried(ProblemType.BREAKER_OPEN, "The breaker is open.", SECOND);
    assertThat(POLICY.after(attempted(3, false), open, NOW, 0.5))
        .isEqualTo(new Verdict.Again(NOW.plusSeconds(1), false, "The breaker is open."));
    var late = new Attempted(1, false, NOW.plusSeconds(1));
    assertThat(POLICY.after(late, open, NOW, 0.5)).isInstanceOf(Verdict.Failed.class);
  }

  @Test
  void anAnswerThatIsTooLargeIsNotAskedForAgain() {
    assertThat(POLICY.after(attempted(1, true), new Outcome.TooLarge(200), NOW, 0.5))
        .isInstanceOfSatisfying(
            Verdict.Failed.class,
            failed -> assertThat(failed.type()).isEqualTo(ProblemType.CONTENT_TOO_LARGE));
  }

  @Property
  void whateverHappensItEndsInTime(
      @ForAll @IntRange(min = 100, max = 599) int status,
      @ForAll @DoubleRange(min = 0, max = 0.99) double chance,
      @ForAll @IntRange(min = 1, max = 120) int seconds) {
    var now = NOW;
    var deadline = NOW.plusSeconds(seconds);
    for (int attempts = 1; ; attempts++) {
      var verdict =
          POLICY.after(new Attempted(attempts, true, deadline), answered(status), now, chance);
      if (!(verdict instanceof Verdict.Again again)) {
        break;
      }
      assertThat(again.at()).isBetween(now, deadline).isBefore(deadline);
      assertThat(attempts).isLessThan(3);
      now = again.at();
    }
  }
}
