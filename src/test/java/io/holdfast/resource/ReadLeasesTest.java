package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.Copies.Copy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReadLeasesTest {
  private static final long LEASE = ReadLeases.LEASE.toNanos();

  private final ReadLeases leases = new ReadLeases(new SimpleMeterRegistry());

  @Test
  void aWriteWaitsUntilTheLastLeaseHasRunOut() {
    assertThat(leases.pause("d", 0)).isZero();
    assertThat(leases.grant("d", 100)).isTrue();
    assertThat(leases.grant("d", 200)).isTrue();
    assertThat(leases.pause("d", 300)).isEqualTo(Duration.ofNanos(LEASE - 100));
    assertThat(leases.pause("other", 300)).isZero();
  }

  @Test
  void nothingIsVouchedForWhileAWriteWaits() {
    leases.grant("d", 0);
    leases.pause("d", 1);
    assertThat(leases.grant("d", 2)).isFalse();
    assertThat(leases.grant("d", LEASE + 1)).isFalse();
    assertThat(leases.pause("d", LEASE + 1)).as("the write comes again").isZero();
  }

  @Test
  void afterAWhileItIsVouchedForAgain() {
    leases.grant("d", 0);
    leases.pause("d", 1);
    long later = LEASE + Duration.ofMillis(51).toNanos();
    assertThat(leases.grant("d", later)).isTrue();
    assertThat(leases.pause("d", later)).isEqualTo(ReadLeases.LEASE);
  }

  @Test
  void worksAcrossTheEndOfTheClocksRange() {
    long now = Long.MAX_VALUE - 5;
    assertThat(leases.grant("d", now)).isTrue();
    assertThat(leases.pause("d", now + 10)).isEqualTo(Duration.ofNanos(LEASE - 10));
  }

  @Test
  void keepsNoMoreThanItsLimit() {
    for (int i = 0; i < 20_000; i++) {
      leases.grant("d" + i, i * LEASE);
    }
    assertThat(leases.size()).isLessThan(5_000);
  }

  private static Copy copy(long version) {
    return new Copy(
        true, new byte[0], new DocumentVersion(version, 0), Instant.EPOCH, Instant.EPOCH);
  }

  @Test
  void aCopyIsGivenAsCurrentFromWhenItWasAskedForUntilTheLeaseEnds() {
    var copies = new VouchedCopies();
    copies.keep("d", copy(1), System.nanoTime(), System.currentTimeMillis());
    assertThat(copies.find("d")).isPresent();
    copies.keep("late", copy(1), System.nanoTime() - LEASE, System.currentTimeMillis());
    assertThat(copies.find("late")).isEmpty();
    copies.keep("woken", copy(1), System.nanoTime(), System.currentTimeMillis() - 1000);
    assertThat(copies.find("woken")).isEmpty();
    assertThat(copies.find("other")).isEmpty();
  }

  @Test
  void anOlderAnswerThatComesLateReplacesNothing() {
    var copies = new VouchedCopies();
    long now = System.nanoTime();
    copies.keep("d", copy(2), now, System.currentTimeMillis());
    copies.keep("d", copy(1), now - 1000, System.currentTimeMillis());
    assertThat(copies.find("d").map(Copy::version)).contains(new DocumentVersion(2, 0));
  }
}
