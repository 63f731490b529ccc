package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.Breaker.Admission;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EjectionTest {
  private static final EjectionSettings SETTINGS =
      new EjectionSettings(5, 0.5, Duration.ofSeconds(5), Duration.ofSeconds(60), 0.5);

  private static final BreakerSettings BREAKER =
      new BreakerSettings(
          Duration.ofSeconds(10),
          20,
          0.5,
          0.5,
          Duration.ofSeconds(2),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));

  private static final Gate.Ejecting ALLOWED =
      new Gate.Ejecting() {
        @Override
        public boolean isAllowed() {
          return true;
        }

        @Override
        public Optional<EjectionSettings> settings() {
          return Optional.of(SETTINGS);
        }
      };

  private static final Duration LATELY = Duration.ofSeconds(2);

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  private static Row failed(int inRow) {
    return new Row(inRow, 0, false);
  }

  private static boolean isOutlier(Row row, Tally tally) {
    return Ejection.outlier(row, tally, SETTINGS).isOutlier();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 4, 4, false",
    "5, 5, 5, true",
    "1, 20, 10, true",
    "1, 20, 9, false",
    "1, 19, 19, false",
    "0, 20, 20, false"
  })
  void isAnOutlierAfterFailuresInARowOrAtARate(
      int inRow, int calls, int failures, boolean outlier) {
    var tally = new Tally(calls, failures, 0);
    assertThat(isOutlier(failed(inRow), tally)).isEqualTo(outlier);
  }

  @Test
  void aSuccessEndsTheRow() {
    var streak = Streak.begin(0);
    for (int i = 0; i < 4; i++) {
      streak = streak.failed();
    }
    assertThat(isOutlier(streak.failed().row(LATELY, 0), Tally.NONE)).isTrue();
    streak = Streak.begin(1).failed();
    assertThat(isOutlier(streak.row(LATELY, 1), Tally.NONE)).isFalse();
  }

  @Test
  void isLeftOutForLongerEachTime() {
    var gate = Gate.open().counted(Tally.NONE, failed(5), BREAKER, ALLOWED, 0);
    for (double expected : new double[] {5, 10, 20, 40, 60, 60}) {
      assertThat(gate.isEjected()).isTrue();
      assertThat(gate.breaker().admits(0, seconds(expected) - 1)).isEqualTo(Admission.REFUSE);
      assertThat(gate.breaker().admits(0, seconds(expected))).isEqualTo(Admission.PROBE);
      var again = gate.counted(new Tally(20, 20, 0), failed(20), BREAKER, ALLOWED, 0);
      assertThat(again).as("it is left out already").isEqualTo(gate);
      gate = gate.with(gate.breaker().probing(0)).probed(false, BREAKER, ALLOWED, 0);
    }
  }

  @Test
  void isForgivenAfterAMinuteWithoutTrouble() {
    var ejected = Ejection.none().ejected(SETTINGS, 0);
    assertThat(ejected.succeeded(seconds(64)).times()).isEqualTo(1);
    assertThat(ejected.succeeded(seconds(65)).times()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "3, 0, 3, true", "3, 1, 2, false", "4, 1, 3, true", "4, 2, 2, false",
    "2, 0, 2, true", "2, 1, 1, false", "1, 0, 1, false", "10, 5, 5, false"
  })
  void neverTheLastNorMoreThanTheShare(int instances, int ejected, int usable, boolean may) {
    assertThat(Ejection.mayEject(instances, ejected, usable, SETTINGS)).isEqualTo(may);
  }

  /** One of three is more than a fifth of them. */
  @ParameterizedTest
  @CsvSource({"0.2, 3, false", "0.2, 5, true", "0, 10, false", "0.34, 3, true"})
  void aSmallShareOfAFewIsNobody(double share, int instances, boolean may) {
    var settings =
        new EjectionSettings(5, 0.5, Duration.ofSeconds(5), Duration.ofSeconds(60), share);
    assertThat(Ejection.mayEject(instances, 0, instances, settings)).isEqualTo(may);
  }

  @Test
  void oneCallThatWaitsSaysNothingAndTwoSayThatNobodyIsAnswered() {
    var one = Streak.begin(seconds(1)).waited(seconds(2));
    assertThat(isOutlier(one.row(LATELY, seconds(5)), Tally.NONE)).isFalse();
    assertThat(isOutlier(one.waited(seconds(0.5)).row(LATELY, seconds(5)), Tally.NONE))
        .as("somebody was answered while the second one waited")
        .isFalse();
    assertThat(isOutlier(one.waited(seconds(2)).row(LATELY, seconds(5)), Tally.NONE)).isTrue();
  }

  /** Nobody knows in what order the calls of two nodes ended. */
  @Test
  void whatNodesSawIsOneRowWhileNoneIsAnsweredAndEnoughSeeIt() {
    var two = new Row(2, 1, false);
    assertThat(Row.merged(List.of(two, new Row(3, 1, false), Row.NONE), 2))
        .isEqualTo(new Row(5, 2, false));
    assertThat(Row.merged(List.of(two, Row.NONE), 2)).as("too few see it").isEqualTo(Row.NONE);
    assertThat(Row.merged(List.of(two, two, new Row(0, 0, true)), 2))
        .as("one is answered")
        .isEqualTo(new Row(1, 0, true));
  }
}
