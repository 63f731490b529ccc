package io.holdfast.caching;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Degradation.Situation;
import io.holdfast.caching.Degradation.Step;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Promise G9: the order of answers, and the pause between attempts. */
class DegradationTest {

  /** {@code -}: either. */
  @ParameterizedTest(
      name = "copy {0}, owner {1}, instance {2}, standby {3}, stale {4}, rearmed {5}, {6}: {7}")
  @CsvSource({
    "yes, -,   -,   -,   -,   -,   -,   FRESH_COPY",
    "no,  yes, -,   -,   -,   -,   -,   FRESH_AT_OWNER",
    "no,  no,  yes, -,   -,   no,  -,   INSTANCE",
    "no,  no,  yes, -,   no,  yes, -,   INSTANCE",
    "no,  no,  no,  yes, -,   no,  -,   STANDBY",
    "no,  no,  no,  yes, no,  yes, -,   STANDBY",
    "no,  no,  -,   -,   yes, yes, -,   STALE",
    "no,  no,  no,  no,  yes, no,  -,   STALE",
    "no,  no,  no,  no,  no,  -,   yes, FALLBACK",
    "no,  no,  no,  no,  no,  -,   no,  UNAVAILABLE"
  })
  void theBestThatThereIs(
      String copy,
      String owner,
      String instance,
      String standby,
      String stale,
      String rearmed,
      String fallback,
      Step step) {
    var row = new String[] {copy, owner, instance, standby, stale, rearmed, fallback};
    IntStream.range(0, 1 << row.length)
        .filter(bits -> fits(row, bits))
        .forEach(
            bits -> assertThat(Degradation.next(situation(bits))).as("%s", bits).isEqualTo(step));
  }

  private static boolean fits(String[] row, int bits) {
    return IntStream.range(0, row.length)
        .allMatch(i -> row[i].equals("-") || row[i].equals("yes") == isSet(bits, i));
  }

  private static boolean isSet(int bits, int i) {
    return (bits >> i & 1) == 1;
  }

  private static Situation situation(int bits) {
    return new Situation(
        isSet(bits, 0),
        isSet(bits, 1),
        isSet(bits, 2),
        isSet(bits, 3),
        isSet(bits, 4),
        isSet(bits, 5),
        isSet(bits, 6));
  }

  static IntStream situations() {
    return IntStream.range(0, 128);
  }

  @ParameterizedTest
  @MethodSource("situations")
  void withLessTheAnswerIsNeverABetterOne(int bits) {
    var step = Degradation.next(situation(bits));
    for (int i : new int[] {0, 1, 2, 3, 4, 6}) {
      if (isSet(bits, i)) {
        var less = Degradation.next(situation(bits & ~(1 << i)));
        boolean waited = step == Step.STALE && isSet(bits, 5);
        assertThat(waited || less.compareTo(step) >= 0).as("%s without %s", bits, i).isTrue();
      }
    }
  }

  @ParameterizedTest(name = "failure {0}, chance {1}: {2} ms")
  @CsvSource({
    "1, 0,   1000",
    "2, 0, 2000",
    "3, 0, 4000",
    "4, 0, 8000",
    "5, 0, 16000",
    "6, 0, 30000",
    "7, 0, 30000",
    "99, 0, 30000",
    "1, 0.5, 875",
    "1, 0.999999, 750",
    "6, 0.999999, 22500"
  })
  void aFailedRefreshWaitsLongerEachTime(int failures, double chance, long millis) {
    var rearming = Rearming.none();
    for (int i = 0; i < failures; i++) {
      rearming = rearming.failed(Given.NOON, chance, Optional.empty());
    }
    assertThat(Duration.between(Given.NOON, rearming.until())).isEqualTo(Duration.ofMillis(millis));
    assertThat(rearming.waits(rearming.until().minusMillis(1))).isTrue();
    assertThat(rearming.waits(rearming.until())).isFalse();
  }

  @ParameterizedTest(name = "Retry-After {0} s: {1} s")
  @CsvSource({"0, 1", "1, 1", "10, 10", "300, 300", "301, 300", "86400, 300", "-5, 1"})
  void whatTheServiceAsksForIsHeededUpToFiveMinutes(long asked, long seconds) {
    var rearming = Rearming.none().failed(Given.NOON, 0, Optional.of(Duration.ofSeconds(asked)));
    assertThat(rearming.until()).isEqualTo(Given.NOON.plusSeconds(seconds));
  }

  @Test
  void withoutAFailureNothingWaits() {
    assertThat(Rearming.none().waits(Given.NOON)).isFalse();
  }
}
