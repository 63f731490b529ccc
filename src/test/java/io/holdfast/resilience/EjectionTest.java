package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EjectionTest {
  private static final EjectionSettings SETTINGS =
      new EjectionSettings(5, 0.5, Duration.ofSeconds(5), Duration.ofSeconds(60), 0.5);

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  private static Ejection failed(int times) {
    var ejection = Ejection.none();
    for (int i = 0; i < times; i++) {
      ejection = ejection.failed();
    }
    return ejection;
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
    assertThat(failed(inRow).isOutlier(tally, SETTINGS, 0)).isEqualTo(outlier);
  }

  @Test
  void aSuccessEndsTheRow() {
    assertThat(failed(4).succeeded(0).failed().isOutlier(Tally.NONE, SETTINGS, 0)).isFalse();
  }

  @Test
  void isLeftOutForLongerEachTime() {
    var ejection = Ejection.none();
    for (double expected : new double[] {5, 10, 20, 40, 60, 60}) {
      ejection = ejection.ejected(SETTINGS, 0);
      assertThat(ejection.isEjected(seconds(expected) - 1)).isTrue();
      assertThat(ejection.isEjected(seconds(expected))).isFalse();
      assertThat(ejection.isOutlier(new Tally(20, 20, 0), SETTINGS, 0)).isFalse();
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
}
