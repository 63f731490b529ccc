package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.ConnectionTimes.Between;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Head timeout 15 s, idle timeout 75 s; time is a number. */
class ConnectionTimesTest {
  private final ConnectionTimes times = new ConnectionTimes(Framings.LIMITS, seconds(0));

  private static long seconds(long seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void theFirstHeadIsTimedFromAccept() {
    times.read(seconds(14));
    times.headBegun();
    assertThat(times.between(true, false, seconds(15))).isEqualTo(Between.WAIT);
    assertThat(times.between(true, false, seconds(16))).isEqualTo(Between.HEAD_IS_LATE);
    assertThat(times.between(false, false, seconds(16))).isEqualTo(Between.HEAD_IS_LATE);
  }

  @Test
  void aLaterHeadIsTimedFromItsFirstByteHoweverSteadilyMoreCome() {
    times.headComplete();
    times.answered(seconds(10));
    for (int second = 60; second <= 76; second++) {
      times.read(seconds(second));
      times.headBegun();
    }
    assertThat(times.between(true, false, seconds(75))).isEqualTo(Between.WAIT);
    assertThat(times.between(true, false, seconds(76))).isEqualTo(Between.HEAD_IS_LATE);
  }

  @Test
  void aConnectionIsIdleFromItsLastAnswer() {
    times.headComplete();
    times.answered(seconds(10));
    assertThat(times.between(false, false, seconds(85))).isEqualTo(Between.WAIT);
    assertThat(times.between(false, false, seconds(86))).isEqualTo(Between.IDLE);
  }

  @Test
  void whileDrainingASecondOfSilenceIsEnough() {
    times.headComplete();
    times.answered(seconds(10));
    assertThat(times.between(false, true, seconds(11))).isEqualTo(Between.WAIT);
    assertThat(times.between(false, true, seconds(12))).isEqualTo(Between.QUIET_WHILE_DRAINING);
    times.read(seconds(12));
    times.headBegun();
    assertThat(times.between(true, true, seconds(13))).isEqualTo(Between.WAIT);
    assertThat(times.between(true, true, seconds(28))).isEqualTo(Between.HEAD_IS_LATE);
  }

  @Test
  void contentStallsWhenNothingArrives() {
    times.read(seconds(10));
    assertThat(times.contentStalled(seconds(85))).isFalse();
    assertThat(times.contentStalled(seconds(86))).isTrue();
  }

  @Test
  void aWriteStallsWhenTheClientTakesNothing() {
    assertThat(times.writeStalled(100, 0, seconds(10))).isFalse();
    assertThat(times.writeStalled(100, 0, seconds(85))).isFalse();
    assertThat(times.writeStalled(100, 0, seconds(86))).isTrue();
  }

  @Test
  void aWriteThatGoesOnOrHasNothingToDoDoesNotStall() {
    assertThat(times.writeStalled(100, 0, seconds(10))).isFalse();
    assertThat(times.writeStalled(99, 1, seconds(80))).isFalse();
    assertThat(times.writeStalled(99, 1, seconds(150))).isFalse();
    assertThat(times.writeStalled(0, 0, seconds(160))).isFalse();
    assertThat(times.writeStalled(100, 0, seconds(300))).isFalse();
  }
}
