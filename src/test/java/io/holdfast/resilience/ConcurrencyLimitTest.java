package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.ConcurrencyLimit.Sample;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {
  private static final long MILLI = 1_000_000;

  private static ConcurrencyLimit after(
      ConcurrencyLimit limit, int samples, long latencyMillis, long fromMillis) {
    for (int i = 0; i < samples; i++) {
      var sample = new Sample(latencyMillis * MILLI, limit.permits(), false);
      limit = limit.sampled(sample, (fromMillis + i * 100L) * MILLI);
    }
    return limit;
  }

  @Test
  void growsWhileItIsUsedAndNothingQueues() {
    var limit = after(ConcurrencyLimit.between(4, 1000, 0), 20, 10, 0);
    assertThat(limit.permits()).isGreaterThan(100);
    assertThat(after(limit, 100, 10, 2000).permits()).isEqualTo(1000);
  }

  @Test
  void fallsToItsMinimumWhenTheServiceIsJustSlow() {
    var fast = after(ConcurrencyLimit.between(4, 1000, 0), 20, 10, 0);
    assertThat(after(fast, 1, 2000, 2000).permits()).isLessThanOrEqualTo(fast.permits() / 2 + 1);
    assertThat(after(fast, 10, 2000, 2000).permits()).isEqualTo(4);
  }

  @Test
  void growsAgainWhenTheServiceIsFastAgain() {
    var slow = after(after(ConcurrencyLimit.between(4, 1000, 0), 20, 10, 0), 10, 2000, 2000);
    assertThat(after(slow, 20, 10, 3000).permits()).isGreaterThan(80);
  }

  @Test
  void doesNotFollowALoadThatDoesNotUseIt() {
    var limit = ConcurrencyLimit.between(4, 1000, 0);
    for (int i = 0; i < 50; i++) {
      limit = limit.sampled(new Sample(10 * MILLI, 3, false), i * 100L * MILLI);
    }
    assertThat(limit.permits()).isEqualTo(ConcurrencyLimit.INITIAL);
  }

  @Test
  void doesNotFallForWhatHappensToAFewCalls() {
    var limit = ConcurrencyLimit.between(4, 1000, 0).sampled(new Sample(MILLI, 3, false), 0);
    for (int i = 1; i < 50; i++) {
      limit = limit.sampled(new Sample(3000 * MILLI, 5, true), i * 100L * MILLI);
    }
    assertThat(limit.permits()).isEqualTo(ConcurrencyLimit.INITIAL);
  }

  @Test
  void takesALastingLatencyForNormalAfterAWhile() {
    var slow = after(after(ConcurrencyLimit.between(4, 1000, 0), 20, 10, 0), 20, 50, 2000);
    assertThat(slow.permits()).isEqualTo(4);
    assertThat(after(slow, 900, 50, 4000).permits()).isGreaterThan(100);
  }

  @Test
  void fallsALittleWhenCallsFailUnderLoad() {
    var limit = ConcurrencyLimit.between(4, 1000, 0);
    var failed = limit.sampled(new Sample(10 * MILLI, 20, true), 0);
    assertThat(failed.permits()).isEqualTo(18);
  }

  @Property
  void staysBetweenItsBounds(
      @ForAll @LongRange(min = 0, max = 100_000_000_000L) long latency,
      @ForAll @IntRange(min = 0, max = 5000) int inFlight,
      @ForAll boolean failed) {
    var limit = ConcurrencyLimit.between(4, 1000, 0);
    for (int i = 0; i < 30; i++) {
      limit =
          limit.sampled(new Sample(i % 2 == 0 ? latency : 1, inFlight, failed), i * 1_000_000_000L);
      assertThat(limit.permits()).isBetween(4, 1000);
    }
  }
}
