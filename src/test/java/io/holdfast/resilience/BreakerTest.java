package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.Breaker.Admission;
import io.holdfast.resilience.Breaker.Forced;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BreakerTest {
  private static final BreakerSettings SETTINGS = settings(500, 2000);

  private static BreakerSettings settings(long openMillis, long openMaxMillis) {
    return new BreakerSettings(
        Duration.ofSeconds(10),
        20,
        0.5,
        0.5,
        Duration.ofSeconds(2),
        Duration.ofMillis(openMillis),
        Duration.ofMillis(openMaxMillis));
  }

  private static long millis(long millis) {
    return millis * 1_000_000;
  }

  private static Breaker opened(long atMillis) {
    return Breaker.closed().counted(new Tally(20, 20, 0), SETTINGS, millis(atMillis));
  }

  @ParameterizedTest
  @CsvSource({
    "19, 19, 0, closed, NONE",
    "20, 9, 9, closed, NONE",
    "20, 10, 0, open, FAILURE_RATE",
    "20, 0, 10, open, SLOW_RATE",
    "20, 10, 10, open, FAILURE_RATE",
    "1000, 499, 499, closed, NONE"
  })
  void opensAtEitherRateOnceThereAreEnoughCalls(
      int calls, int failures, int slow, String word, Reason reason) {
    var breaker = Breaker.closed().counted(new Tally(calls, failures, slow), SETTINGS, 0);
    assertThat(breaker.state().word()).isEqualTo(word);
    assertThat(breaker.state().reason()).isEqualTo(reason);
    assertThat(breaker.isOpen()).isEqualTo(word.equals("open"));
  }

  /** Twenty calls hang: each counts as soon as it is slow, and none has ended. */
  @Test
  void opensWhileCallsHang() {
    var window = new SlidingWindow(SETTINGS.window(), 0);
    var breaker = Breaker.closed();
    for (int i = 0; i < 20; i++) {
      window.becameSlow(millis(2000));
      breaker = breaker.counted(window.tally(millis(2000)), SETTINGS, millis(2000));
    }
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.state().reason()).isEqualTo(Reason.SLOW_RATE);
  }

  @Test
  void letsNothingThroughWhileOpenAndThenOneCall() {
    var breaker = opened(0);
    assertThat(breaker.admits(0, millis(499))).isEqualTo(Admission.REFUSE);
    assertThat(breaker.admits(0, millis(500))).isEqualTo(Admission.PROBE);
    var probing = breaker.probing(millis(500));
    assertThat(probing.admits(0, millis(501))).isEqualTo(Admission.REFUSE);
    assertThat(probing.isOpen()).isTrue();
  }

  @Test
  void triesAgainWhenNothingIsHeardOfAProbe() {
    var probing = opened(0).probing(millis(500));
    long later = millis(500) + Breaker.PROBE_MAX.toNanos();
    assertThat(probing.admits(0, later - 1)).isEqualTo(Admission.REFUSE);
    assertThat(probing.admits(0, later)).isEqualTo(Admission.PROBE);
  }

  @Test
  void staysOpenForLongerWithEachProbeThatFails() {
    var breaker = opened(0);
    long now = 0;
    for (long expected : new long[] {500, 1000, 1000, 1000}) {
      assertThat(breaker.admits(0, now + millis(expected) - 1)).isEqualTo(Admission.REFUSE);
      assertThat(breaker.admits(0, now + millis(expected))).isEqualTo(Admission.PROBE);
      now += millis(expected);
      breaker = breaker.probing(now).probed(false, SETTINGS, now);
    }
  }

  /** Who wants it to be open for long has it open for long, and a ramp is never too long. */
  @ParameterizedTest
  @CsvSource({
    "500, 2000, 1, 500, 250",
    "500, 2000, 9, 1000, 250",
    "3000, 4000, 5, 3000, 500",
    "10, 600000, 30, 300000, 2000"
  })
  void isOpenForHalfOfItsMostAndTakesAnEighthForTheWayBack(
      long open, long openMax, int times, long isOpen, long ramp) {
    var settings = settings(open, openMax);
    assertThat(settings.openFor(times)).isEqualTo(Duration.ofMillis(isOpen));
    assertThat(settings.ramp()).isEqualTo(Duration.ofMillis(ramp));
  }

  @Test
  void comesBackOnARampAndNotAtOnce() {
    var ramp = opened(0).probing(millis(500)).probed(true, SETTINGS, millis(500));
    assertThat(ramp.state().word()).isEqualTo("ramp");
    assertThat(ramp.isOpen()).isFalse();
    assertThat(ramp.admits(0.09, millis(500))).isEqualTo(Admission.ADMIT);
    assertThat(ramp.admits(0.11, millis(500))).isEqualTo(Admission.REFUSE);
    assertThat(ramp.admits(0.54, millis(625))).isEqualTo(Admission.ADMIT);
    assertThat(ramp.admits(0.56, millis(625))).isEqualTo(Admission.REFUSE);
    assertThat(ramp.admits(0.999, millis(750))).isEqualTo(Admission.ADMIT);
    var climbed = ramp.counted(Tally.NONE, SETTINGS, millis(750));
    assertThat(climbed).isEqualTo(Breaker.closed());
  }

  @Test
  void opensAgainFromTheRampForLonger() {
    var ramp = opened(0).probing(millis(500)).probed(true, SETTINGS, millis(500));
    var again = ramp.counted(new Tally(20, 20, 0), SETTINGS, millis(600));
    assertThat(again.isOpen()).isTrue();
    assertThat(again.admits(0, millis(600 + 999))).isEqualTo(Admission.REFUSE);
    assertThat(again.admits(0, millis(600 + 1000))).isEqualTo(Admission.PROBE);
  }

  @Test
  void anOperatorsWordComesFirst() {
    assertThat(Breaker.closed().force(Forced.OPEN).admits(0, 0)).isEqualTo(Admission.REFUSE);
    assertThat(Breaker.closed().force(Forced.OPEN).isOpen()).isTrue();
    var forced = opened(0).force(Forced.CLOSED);
    assertThat(forced.admits(0.99, 0)).isEqualTo(Admission.ADMIT);
    assertThat(forced.isOpen()).isFalse();
    assertThat(opened(0).force(Forced.AUTO)).isEqualTo(Breaker.closed());
  }

  @Test
  void whatEndsAfterItOpenedChangesNothing() {
    var open = opened(0);
    assertThat(open.counted(new Tally(100, 0, 0), SETTINGS, millis(10))).isEqualTo(open);
    assertThat(open.probed(true, SETTINGS, millis(10))).isEqualTo(open);
    assertThat(Breaker.closed().probing(0)).isEqualTo(Breaker.closed());
  }
}
