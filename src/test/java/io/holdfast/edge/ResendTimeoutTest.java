package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ResendTimeoutTest {
  private static final Duration MIN = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofSeconds(4);

  private final ResendTimeout timeout = new ResendTimeout(MIN, MAX);

  @Test
  void startsWithTheLeastWaitAndDoublesItUpToTheLongest() {
    assertThat(timeout.nanos(0)).isEqualTo(seconds(1));
    assertThat(timeout.nanos(1)).isEqualTo(seconds(2));
    assertThat(timeout.nanos(2)).isEqualTo(seconds(4));
    assertThat(timeout.nanos(40)).isEqualTo(seconds(4));
  }

  /** RFC 6298, section 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR. */
  @Test
  void isThreeTimesTheFirstAnswerTime() {
    timeout.answered(seconds(1));

    assertThat(timeout.nanos(0)).isEqualTo(seconds(3));
  }

  /** RFC 6298, section 2.3, with alpha 1/8 and beta 1/4; the deviation first. */
  @Test
  void followsLaterAnswers() {
    timeout.answered(Duration.ofMillis(800).toNanos());
    timeout.answered(Duration.ofMillis(1600).toNanos());

    // 900 ms and 4 times (400 + (800 - 400) / 4 = 500) ms
    assertThat(timeout.nanos(0)).isEqualTo(Duration.ofMillis(2900).toNanos());
  }

  @Test
  void waitsLongerWhileAnswersAreSlowAndSoonNoLonger() {
    for (var i = 0; i < 20; i++) {
      timeout.answered(seconds(3));
    }
    assertThat(timeout.nanos(0)).isGreaterThanOrEqualTo(seconds(3));

    for (var i = 0; i < 60; i++) {
      timeout.answered(Duration.ofMillis(2).toNanos());
    }
    assertThat(timeout.nanos(0)).isEqualTo(seconds(1));
  }

  @Property
  void keepsItsBounds(
      @ForAll @LongRange(max = 60_000_000_000L) long first,
      @ForAll @LongRange(max = 60_000_000_000L) long second,
      @ForAll @IntRange(max = 1000) int unanswered) {
    timeout.answered(first);
    timeout.answered(second);

    assertThat(timeout.nanos(unanswered)).isBetween(seconds(1), seconds(4));
    assertThat(timeout.nanos(unanswered + 1)).isGreaterThanOrEqualTo(timeout.nanos(unanswered));
  }

  private static long seconds(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
