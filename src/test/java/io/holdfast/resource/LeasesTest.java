package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final long SECOND = 1_000_000_000;
  private final Leases<String> leases = new Leases<>(Duration.ofSeconds(1));

  @Test
  void aLeaseHoldsForItsTime() {
    leases.grant("a", "n1", 5);
    assertThat(leases.holders("a", SECOND + 4)).containsExactly("n1");
    assertThat(leases.remaining("a", 5)).isEqualTo(Duration.ofSeconds(1));
    assertThat(leases.holders("a", SECOND + 5)).isEmpty();
    assertThat(leases.remaining("a", SECOND + 6)).isZero();
    assertThat(leases.remaining("b", 5)).isZero();
  }

  @Test
  void theLongestOfAllIsWaitedFor() {
    leases.grant("a", "n1", 0);
    leases.grant("a", "n2", SECOND / 2);
    assertThat(leases.remaining("a", SECOND)).isEqualTo(Duration.ofMillis(500));
    assertThat(leases.returned("a", "n2", SECOND)).isTrue();
    assertThat(leases.remaining("a", SECOND / 2)).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void oneThatIsReturnedEndsAtOnce() {
    leases.grant("a", "n1", 0);
    assertThat(leases.returned("a", "n1", 10)).isTrue();
    assertThat(leases.returned("a", "n1", 10)).isFalse();
    assertThat(leases.holders("a", 10)).isEmpty();
  }

  /** The word that takes a lease back, and a new lease, may pass each other. */
  @Test
  void oneThatWasGrantedSinceItWasTakenBackGoesOn() {
    leases.grant("a", "n1", 0);
    leases.grant("a", "n1", 20);
    assertThat(leases.returned("a", "n1", 10)).isFalse();
    assertThat(leases.holders("a", 30)).containsExactly("n1");
  }

  @Test
  void thoseThatAreOverAreForgotten() {
    for (int i = 0; i < 20_000; i++) {
      leases.grant("e" + i, "n1", i * SECOND);
    }
    assertThat(leases.size()).isLessThan(10_000);
  }
}
