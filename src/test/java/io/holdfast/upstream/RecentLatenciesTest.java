package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.MockClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RecentLatenciesTest {
  private final MockClock clock = new MockClock();
  private final RecentLatencies latencies = new RecentLatencies(clock);

  private void hundredFrom(int millis) {
    for (int i = 1; i <= 100; i++) {
      latencies.add(Duration.ofMillis(millis + i).toNanos());
    }
  }

  @Test
  void tellHowLongHalfOfThemAndNearlyAllTook() {
    hundredFrom(0);
    assertThat(latencies.quantiles().p50Millis()).isCloseTo(50, within(1.0));
    assertThat(latencies.quantiles().p99Millis()).isCloseTo(99, within(1.5));
  }

  @Test
  void areForgottenAfterSomeSeconds() {
    hundredFrom(1000);
    clock.add(Duration.ofSeconds(9));
    hundredFrom(0);
    assertThat(latencies.quantiles().p99Millis()).isGreaterThan(1000);
    clock.add(Duration.ofSeconds(8));
    assertThat(latencies.quantiles().p99Millis()).isLessThan(110);
    clock.add(Duration.ofSeconds(20));
    assertThat(latencies.quantiles()).isEqualTo(new RecentLatencies.Quantiles(0, 0));
  }
}
