package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.HealthState.Verdict;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Retry budget, backoff, latency, tokens, health, and who is named for a key. */
class SmallPartsTest {
  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  @Test
  void retriesAreAShareOfTheRequestsAndAlwaysAFew() {
    var budget = new RetryBudget(0.2, 0);
    assertThat(spent(budget, 100, 0)).isEqualTo(RetryBudget.RETRIES_MIN);
    for (int i = 0; i < 1000; i++) {
      budget.requested(seconds(1));
    }
    assertThat(spent(budget, 1000, seconds(1))).isEqualTo(200 - RetryBudget.RETRIES_MIN);
    assertThat(spent(budget, 1000, seconds(12))).isEqualTo(RetryBudget.RETRIES_MIN);
    assertThat(spent(new RetryBudget(0, 0), 10, 0)).isZero();
  }

  private static int spent(RetryBudget budget, int tries, long now) {
    return (int) IntStream.range(0, tries).filter(i -> budget.spend(now)).count();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.5, 50",
    "2, 0.5, 100",
    "3, 0.99, 396",
    "9, 0.5, 500",
    "40, 0.5, 500",
    "1, 0, 0"
  })
  void waitsUpToABoundThatDoubles(int failed, double chance, long millis) {
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));
    assertThat(backoff.before(failed, chance).toMillis()).isEqualTo(millis);
  }

  @Test
  void latencyRisesAtOnceAndFallsWithTime() {
    var latency = PeakLatency.unknown(0).measured(100, 0);
    assertThat(latency.measured(1000, 0).now(0)).isEqualTo(1000);
    var soon = latency.measured(1000, 0).measured(100, seconds(0.01));
    assertThat(soon.now(seconds(0.01))).isBetween(985.0, 995.0);
    var later = latency.measured(1000, 0).measured(100, seconds(50));
    assertThat(later.now(seconds(50))).isBetween(99.0, 101.0);
    assertThat(latency.now(seconds(50))).isLessThan(1);
  }

  @Test
  void tokensComeBackUpToTheCapacity() {
    var bucket = TokenBucket.full(2, 10, 0).taken(0).taken(0);
    assertThat(bucket.hasOne(seconds(0.09))).isFalse();
    assertThat(bucket.hasOne(seconds(0.1))).isTrue();
    var rested = bucket.taken(seconds(100));
    assertThat(rested.hasOne(seconds(100))).isTrue();
    assertThat(rested.taken(seconds(100)).hasOne(seconds(100))).isFalse();
  }

  @Test
  void theFirstCheckDecidesAndLaterOnesOnlyInARow() {
    var health = HealthState.unknown();
    assertThat(health.checked(false, 2, 3).verdict()).isEqualTo(Verdict.UNHEALTHY);
    assertThat(health.answered().verdict()).isEqualTo(Verdict.HEALTHY);
    health = health.checked(true, 2, 3);
    for (boolean good : new boolean[] {false, false, true, false, false}) {
      health = health.checked(good, 2, 3);
      assertThat(health.verdict()).isEqualTo(Verdict.HEALTHY);
    }
    health = health.checked(false, 2, 3);
    assertThat(health.verdict()).isEqualTo(Verdict.UNHEALTHY);
    assertThat(health.answered().verdict()).isEqualTo(Verdict.UNHEALTHY);
    assertThat(health.checked(true, 2, 3).verdict()).isEqualTo(Verdict.UNHEALTHY);
    assertThat(health.checked(true, 2, 3).checked(true, 2, 3).verdict()).isEqualTo(Verdict.HEALTHY);
  }

  @Test
  void keysAreSpreadByWeightAndOnlyThoseOfTheMissingOneMove() {
    var all = List.of("a:1", "b:1", "c:2");
    var before = new HashMap<String, String>();
    var counts = new HashMap<String, Integer>();
    for (int i = 0; i < 20_000; i++) {
      var key = "/products/" + i;
      var chosen = named(key, all);
      before.put(key, chosen);
      counts.merge(chosen, 1, Integer::sum);
    }
    assertThat(counts.get("a:1")).isBetween(4700, 5300);
    assertThat(counts.get("b:1")).isBetween(4700, 5300);
    assertThat(counts.get("c:2")).isBetween(9600, 10_400);
    before.forEach(
        (key, chosen) -> {
          if (!chosen.equals("b:1")) {
            assertThat(named(key, List.of("c:2", "a:1"))).isEqualTo(chosen);
          }
        });
    assertThat(Rendezvous.choose("k", List.<String>of(), it -> it)).isEmpty();
  }

  private static String named(String key, List<String> candidates) {
    return Rendezvous.choose(key, candidates, it -> it, it -> it.charAt(2) - '0').orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "CRITICAL, DEFAULT, DEFAULT", "SHEDDABLE, DEFAULT, SHEDDABLE",
    "DEFAULT, DEFAULT, DEFAULT", "CRITICAL, CRITICAL, CRITICAL"
  })
  void aClassCanBeLoweredOnly(Priority asked, Priority bound, Priority given) {
    assertThat(asked.atMost(bound)).isEqualTo(given);
  }
}
