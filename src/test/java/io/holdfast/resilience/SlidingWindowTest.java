package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SlidingWindowTest {
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private static long at(double seconds) {
    return (long) (seconds * 1e9) - Long.MAX_VALUE / 2;
  }

  @Test
  void countsWhatEndedWithinTheWindow() {
    var window = new SlidingWindow(WINDOW, at(0));
    window.ended(false, false, at(0));
    window.ended(true, false, at(5));
    assertThat(window.tally(at(8.9))).isEqualTo(new Tally(2, 1, 0));
    assertThat(window.tally(at(10.5))).isEqualTo(new Tally(1, 1, 0));
    assertThat(window.tally(at(16))).isEqualTo(Tally.NONE);
  }

  @Test
  void aCallThatHangsCountsOnceItIsSlowAndNotAgainWhenItEnds() {
    var window = new SlidingWindow(WINDOW, at(0));
    window.becameSlow(at(1));
    assertThat(window.tally(at(1))).isEqualTo(new Tally(1, 0, 1));
    window.ended(true, true, at(3));
    assertThat(window.tally(at(3))).isEqualTo(new Tally(1, 1, 1));
  }

  @Test
  void forgetsEverythingAfterALongSilence() {
    var window = new SlidingWindow(WINDOW, at(0));
    window.ended(true, false, at(0));
    assertThat(window.tally(at(1_000_000))).isEqualTo(Tally.NONE);
  }

  /** Never older than the window, never younger than nine tenths of it. */
  @Property
  void countsAsAListOfTimesWould(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 3000) Integer> steps) {
    var window = new SlidingWindow(WINDOW, at(0));
    var times = new java.util.ArrayList<Double>();
    double now = 0;
    for (int millis : steps) {
      now += millis / 1e3;
      window.ended(false, false, at(now));
      times.add(now);
      double then = now;
      long atLeast = times.stream().filter(time -> then - time < 9).count();
      long atMost = times.stream().filter(time -> then - time <= 10).count();
      assertThat((long) window.tally(at(now)).calls()).isBetween(atLeast, atMost);
    }
  }
}
