package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.resource.Copies.Copy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ReadLeasesTest {
  private static final long LEASE = ReadLeases.LEASE.toNanos();

  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final ActorRef<Document.Reply> A = KIT.createTestProbe(Document.Reply.class).ref();
  private static final ActorRef<Document.Reply> B = KIT.createTestProbe(Document.Reply.class).ref();

  private final ReadLeases leases = new ReadLeases(new SimpleMeterRegistry());

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void aWriteWaitsUntilTheLastLeaseHasRunOut() {
    assertThat(leases.remaining("d", 0)).isZero();
    leases.grant("d", A, 100);
    leases.grant("d", B, 200);
    assertThat(leases.remaining("d", 300)).isEqualTo(Duration.ofNanos(LEASE - 100));
    assertThat(leases.holders("d", 300)).containsExactlyInAnyOrder(A, B);
    assertThat(leases.remaining("other", 300)).isZero();
    assertThat(leases.remaining("d", LEASE + 200)).isZero();
  }

  @Test
  void orUntilEveryCopyWasGivenBack() {
    leases.grant("d", A, 0);
    leases.grant("d", B, 0);
    leases.returned("d", A);
    assertThat(leases.remaining("d", 1)).isEqualTo(Duration.ofNanos(LEASE - 1));
    leases.returned("d", B);
    assertThat(leases.remaining("d", 1)).isZero();
    assertThat(leases.holders("d", 1)).isEmpty();
  }

  @Test
  void worksAcrossTheEndOfTheClocksRange() {
    long now = Long.MAX_VALUE - 5;
    leases.grant("d", A, now);
    assertThat(leases.remaining("d", now + 10)).isEqualTo(Duration.ofNanos(LEASE - 10));
  }

  @Test
  void keepsNoMoreThanItsLimit() {
    for (int i = 0; i < 20_000; i++) {
      leases.grant("d" + i, A, i * LEASE);
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

  @Test
  void whatItsOwnerTakesBackIsNotGivenAsCurrent() {
    var copies = new VouchedCopies();
    copies.keep("d", copy(1), System.nanoTime(), System.currentTimeMillis());
    copies.drop("d");
    assertThat(copies.find("d")).isEmpty();
  }

  @Test
  void whatHasRunOutIsNotKept() {
    var copies = new VouchedCopies();
    for (int i = 0; i < 100; i++) {
      copies.keep("d" + i, copy(1), System.nanoTime(), System.currentTimeMillis());
    }
    await().until(() -> copies.count() == 0);
  }
}
