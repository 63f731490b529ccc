package io.holdfast.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.Slots;
import io.holdfast.ownership.GuardState.Verdict;
import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OwnershipTest {
  private static final Duration TTL = Duration.ofMillis(400);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Failover failover = new Failover(meters);
  private final FakeFence fence = new FakeFence();
  private final AtomicInteger startedAnew = new AtomicInteger();
  private final List<Long> appliedPurges = new CopyOnWriteArrayList<>();
  private volatile PurgeWatch purges = PurgeWatch.NONE;
  private final Ownership ownership = owner(TTL);

  private Ownership owner(Duration ttl) {
    return Ownership.create(
        fence,
        new GuardSettings(ttl, Duration.ofMillis(20)),
        startedAnew::incrementAndGet,
        this::applyPurges,
        meters,
        failover);
  }

  private void applyPurges(long newest) throws Exception {
    purges.apply(newest);
    appliedPurges.add(newest);
  }

  /** The rows of one incarnation, in memory. */
  private static final class FakeFence implements ShardFence {
    final Set<Integer> mine = new HashSet<>();
    final Map<Integer, TakeOver.Predecessor> before = new HashMap<>();
    boolean away;
    boolean gone;
    long generation;
    long newestPurge;
    int transactions;
    int attempts;
    volatile int proofs;
    Error onTakeOver;
    Error onProof;
    CountDownLatch takeOvers = new CountDownLatch(0);
    final List<Long> releasedNanos = new ArrayList<>();
    final Set<Integer> settled = new HashSet<>();
    final Set<Long> silent = new HashSet<>();
    OptionalLong holder = OptionalLong.of(7);
    boolean fellSilent;

    @Override
    public Map<Integer, Outcome> takeOver(SortedSet<Integer> slots, Set<Integer> patient)
        throws Exception {
      synchronized (this) {
        attempts++;
      }
      takeOvers.await();
      return takeOverNow(slots, patient);
    }

    private synchronized Map<Integer, Outcome> takeOverNow(
        SortedSet<Integer> slots, Set<Integer> patient) throws SQLException {
      require();
      if (onTakeOver != null) {
        throw onTakeOver;
      }
      transactions++;
      var outcomes = new HashMap<Integer, Outcome>();
      for (int slot : slots) {
        var predecessor = before.getOrDefault(slot, TakeOver.Predecessor.NOBODY);
        if (gone) {
          outcomes.put(slot, new Outcome.Refused());
        } else if (predecessor == TakeOver.Predecessor.PERHAPS_ALIVE && patient.contains(slot)) {
          outcomes.put(slot, new Outcome.StillHeld(7));
        } else {
          mine.add(slot);
          outcomes.put(slot, new Outcome.Taken(new TakeOver(predecessor, holder)));
        }
      }
      return outcomes;
    }

    @Override
    public synchronized void settle(Set<Integer> slots) throws SQLException {
      require();
      settled.addAll(slots);
    }

    @Override
    public synchronized void release(Set<Integer> slots) throws SQLException {
      require();
      releasedNanos.add(System.nanoTime());
      mine.removeAll(slots);
    }

    @Override
    public synchronized void fallSilent() throws SQLException {
      require();
      fellSilent = true;
    }

    @Override
    public synchronized Set<Long> silent(Set<Long> incarnations) throws SQLException {
      require();
      var both = new HashSet<>(incarnations);
      both.retainAll(silent);
      return both;
    }

    @Override
    public synchronized Proof proof() throws SQLException {
      require();
      if (onProof != null) {
        throw onProof;
      }
      proofs++;
      return new Proof(gone, Set.copyOf(mine), generation, newestPurge);
    }

    private void require() throws SQLException {
      if (away) {
        throw new SQLException("the database is away");
      }
    }

    synchronized void set(Runnable change) {
      change.run();
    }
  }

  @AfterEach
  void close() {
    ownership.close();
  }

  private CompletableFuture<Boolean> acquire(int slot) {
    return ownership.acquire(slot, lost -> {}).toCompletableFuture();
  }

  @Test
  void ownsAFreeSlotAtOnce() throws Exception {
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.CURRENT);
  }

  @Test
  void waitsTheGuardsTimeForAPredecessorThatMayBeAlive() throws Exception {
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE));
    long asked = System.nanoTime();
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isGreaterThanOrEqualTo(TTL);
    await().untilAsserted(() -> assertThat(fence.settled).containsExactly(5));
  }

  @Test
  void waitsNoLongerThanThePredecessorAnswers() throws Exception {
    var patient = owner(Duration.ofHours(1));
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE));
    var acquired = patient.acquire(5, lost -> {}).toCompletableFuture();
    await().until(() -> fence.mine.contains(5));
    fence.set(() -> fence.silent.add(8L));
    await().during(Duration.ofMillis(300)).until(() -> !acquired.isDone());
    long fell = System.nanoTime();
    fence.set(() -> fence.silent.add(7L));
    assertThat(acquired.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - fell))
        .isGreaterThanOrEqualTo(TakeOver.VOUCHED_MAX);
    await().untilAsserted(() -> assertThat(fence.settled).containsExactly(5));
    patient.close();
  }

  /** Of several that may answer the row names only the last one. */
  @Test
  void waitsTheGuardsTimeWhenItIsNotKnownForWhom() throws Exception {
    fence.set(
        () -> {
          fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE);
          fence.holder = OptionalLong.empty();
          fence.silent.add(7L);
        });
    long asked = System.nanoTime();
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isGreaterThanOrEqualTo(TTL);
  }

  @Test
  void tellsItsSuccessorsOnceItAnswersNoMore() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    fence.set(() -> fence.gone = true);
    await().until(() -> fence.fellSilent);
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.NOT_OWNED);
  }

  @Test
  void doesNotSayThatItHasWaitedForARowThatItGaveBackMeanwhile() throws Exception {
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE));
    var acquired = acquire(5);
    await().until(() -> fence.mine.contains(5));
    ownership.release(5).toCompletableFuture().get(5, TimeUnit.SECONDS);
    acquired.get(5, TimeUnit.SECONDS);
    acquire(6).get(5, TimeUnit.SECONDS);
    assertThat(fence.settled).isEmpty();
  }

  @Test
  void triesForAllSlotsTogetherWhileTheDatabaseIsAway() throws Exception {
    fence.set(() -> fence.away = true);
    for (int slot = 0; slot < 30; slot++) {
      acquire(slot);
    }
    await().until(() -> fence.attempts > 0);
    int before = fence.attempts;
    await().pollDelay(Duration.ofMillis(500)).until(() -> true);
    assertThat(fence.attempts - before).isBetween(1, 10);
  }

  @Test
  void doesNotWaitWhenThePredecessorReleasesMeanwhile() throws Exception {
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE));
    var acquired = acquire(5);
    await().until(() -> fence.transactions > 1);
    assertThat(acquired).isNotDone();
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.NOBODY));
    assertThat(acquired.get(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void staysOpenWhileTheDatabaseIsAwayAndTakesTheSlotWhenItIsBack() throws Exception {
    fence.set(() -> fence.away = true);
    var acquired = acquire(5);
    await().during(Duration.ofMillis(300)).until(() -> !acquired.isDone());
    fence.set(() -> fence.away = false);
    assertThat(acquired.get(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void proofsLapseWhileTheDatabaseIsAwayAndComeBackWithIt() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    fence.set(() -> fence.away = true);
    await().until(() -> ownership.verdict(5) == Verdict.LAPSED);
    fence.set(() -> fence.away = false);
    await().until(() -> ownership.verdict(5) == Verdict.CURRENT);
    assertThat(startedAnew).hasValue(0);
  }

  @Test
  void takesAllSlotsThatWaitInOneTransaction() throws Exception {
    fence.set(() -> fence.away = true);
    var first = acquire(1);
    var second = acquire(2);
    var third = acquire(3);
    fence.set(() -> fence.away = false);
    CompletableFuture.allOf(first, second, third).get(5, TimeUnit.SECONDS);
    assertThat(fence.transactions).isEqualTo(1);
  }

  @Test
  void startsAnewWhenASlotThatItDidNotReleaseIsTaken() throws Exception {
    var lost = new CompletableFuture<Optional<Throwable>>();
    ownership.acquire(5, lost::complete).toCompletableFuture().get(5, TimeUnit.SECONDS);
    fence.set(() -> fence.mine.remove(5));
    assertThat(lost.get(5, TimeUnit.SECONDS)).isEmpty();
    await().until(() -> startedAnew.get() > 0);
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.NOT_OWNED);
  }

  /** The shard is told, so that it stops; what comes for it next makes it ask for the row again. */
  @Test
  void doesNotStartAnewWhenAnotherHistoryGivesItsSlotToAnother() throws Exception {
    var lost = new CompletableFuture<Optional<Throwable>>();
    ownership.acquire(5, lost::complete).toCompletableFuture().get(5, TimeUnit.SECONDS);
    acquire(6).get(5, TimeUnit.SECONDS);
    await().until(() -> fence.proofs > 0);
    fence.set(
        () -> {
          fence.mine.remove(5);
          fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE);
          fence.generation = 7;
        });
    assertThat(lost.get(5, TimeUnit.SECONDS)).isEmpty();
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.NOT_OWNED);
    assertThat(ownership.verdict(6)).isEqualTo(Verdict.CURRENT);
    long asked = System.nanoTime();
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isGreaterThanOrEqualTo(TTL);
    assertThat(startedAnew).hasValue(0);
    fence.set(() -> fence.mine.remove(6));
    await().until(() -> startedAnew.get() > 0);
  }

  @Test
  void startsAnewWhenAnotherHistoryHasWrittenItOff() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    await().until(() -> fence.proofs > 0);
    fence.set(
        () -> {
          fence.gone = true;
          fence.generation = 7;
        });
    await().until(() -> startedAnew.get() > 0);
  }

  @Test
  void startsAnewOnceItIsWrittenOff() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    fence.set(() -> fence.gone = true);
    await().until(() -> startedAnew.get() > 0);
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.NOT_OWNED);
    assertThat(acquire(6).get(5, TimeUnit.SECONDS)).isFalse();
  }

  @Test
  void measuresWhatItHandsOver() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    acquire(6).get(5, TimeUnit.SECONDS);
    ownership.leaves();
    assertThat(ownership.release(5).toCompletableFuture().get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(ownership.release(6).toCompletableFuture().get(5, TimeUnit.SECONDS)).isTrue();
    ownership.left();
    ownership.left();
    await().until(() -> handovers("shard").count() == 2);
    assertThat(handovers("node").count()).isEqualTo(1);
    assertThat(handovers("node").totalTime(TimeUnit.MILLISECONDS))
        .isGreaterThanOrEqualTo(TakeOver.VOUCHED_MAX.toMillis());
  }

  private Timer handovers(String of) {
    return meters.get("holdfast.handover").tag("of", of).timer();
  }

  @Test
  void aTakeOverFromTheDeadIsAStepOfTheFailoverAndOthersAreNot() throws Exception {
    var taken = meters.get("holdfast.failover").tag("step", "taken").timer();
    failover.sign(System.nanoTime());
    acquire(4).get(5, TimeUnit.SECONDS);
    assertThat(taken.count()).isZero();
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.DEAD));
    acquire(5).get(5, TimeUnit.SECONDS);
    assertThat(taken.count()).isEqualTo(1);
  }

  @Test
  void givesASlotBackWithoutTakingThatForALoss() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    assertThat(ownership.release(5).toCompletableFuture().get(5, TimeUnit.SECONDS)).isTrue();
    await().during(Duration.ofMillis(150)).until(() -> startedAnew.get() == 0);
    assertThat(fence.mine).isEmpty();
  }

  @Test
  void aSlotThatComesBackAtOnceStays() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    var released = ownership.release(5).toCompletableFuture();
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(released.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.CURRENT);
    assertThat(fence.mine).containsExactly(5);
  }

  @Test
  void aSlotGivenBackBeforeItWasTakenIsNotTakenForNobody() throws Exception {
    fence.set(() -> fence.before.put(5, TakeOver.Predecessor.PERHAPS_ALIVE));
    var acquired = acquire(5);
    await().until(() -> fence.transactions > 0);
    var released = ownership.release(5).toCompletableFuture();
    assertThat(released.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(acquired.get(5, TimeUnit.SECONDS)).isFalse();
    fence.set(() -> fence.before.clear());
    assertThat(acquire(6).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(fence.mine).containsExactly(6);
  }

  @Test
  void aSlotGivenBackWhileItIsTakenIsFreedAndNotMissed() throws Exception {
    fence.takeOvers = new CountDownLatch(1);
    var acquired = acquire(5);
    await().until(() -> fence.attempts > 0);
    var released = ownership.release(5).toCompletableFuture();
    fence.takeOvers.countDown();
    assertThat(acquired.get(5, TimeUnit.SECONDS)).isFalse();
    assertThat(released.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(fence.mine).isEmpty();
    assertThat(ownership.owned()).isZero();
    await().during(Duration.ofMillis(150)).until(() -> startedAnew.get() == 0);
  }

  @Test
  void aSlotGivenBackTwiceIsFreedAfterTheTimeOfTheSecond() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    var first = ownership.release(5).toCompletableFuture();
    acquire(5);
    var again = System.nanoTime();
    var second = ownership.release(5).toCompletableFuture();
    assertThat(second.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(first.get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(fence.mine).isEmpty();
    assertThat(fence.releasedNanos)
        .singleElement()
        .satisfies(
            freed ->
                assertThat(Duration.ofNanos(freed - again))
                    .isGreaterThanOrEqualTo(TakeOver.VOUCHED_MAX));
  }

  @Test
  void asksForEveryNumberOfAPurgeOnce() {
    await().until(() -> appliedPurges.equals(List.of(0L)) && ownership.knowsPurges());
    fence.set(() -> fence.newestPurge = 3);
    await().until(() -> appliedPurges.equals(List.of(0L, 3L)));
    int before = fence.proofs;
    await().until(() -> fence.proofs > before + 3);
    assertThat(appliedPurges).containsExactly(0L, 3L);
  }

  /** As it is when the node was paused while the purge was made. */
  @Test
  void nothingIsProvedUntilThePurgeIsApplied() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    await().until(ownership::knowsPurges);
    purges =
        newest -> {
          throw new SQLException("the purge cannot be read");
        };
    fence.set(() -> fence.newestPurge = 1);
    await().until(() -> ownership.verdict(5) == Verdict.LAPSED && !ownership.knowsPurges());
    int before = fence.proofs;
    await().until(() -> fence.proofs > before + 3);
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.LAPSED);
    assertThat(appliedPurges).containsExactly(0L);
    purges = PurgeWatch.NONE;
    await().until(() -> ownership.verdict(5) == Verdict.CURRENT && ownership.knowsPurges());
    assertThat(appliedPurges).containsExactly(0L, 1L);
    assertThat(startedAnew).hasValue(0);
  }

  @Test
  void aProofWaitsForThePurgeThatCameWithIt() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    await().until(ownership::knowsPurges);
    var applied = new CountDownLatch(1);
    purges = newest -> applied.await();
    fence.set(() -> fence.newestPurge = 1);
    await().until(() -> ownership.verdict(5) == Verdict.LAPSED);
    assertThat(ownership.knowsPurges()).isFalse();
    applied.countDown();
    await().until(() -> ownership.verdict(5) == Verdict.CURRENT && ownership.knowsPurges());
  }

  /** It proves who owns the shard, and not what has been purged meanwhile. */
  @Test
  void aTakeOverAloneDoesNotSayThatPurgesAreKnown() throws Exception {
    purges =
        newest -> {
          throw new SQLException("the purge cannot be read");
        };
    fence.set(() -> fence.newestPurge = 1);
    await().until(() -> !ownership.knowsPurges());
    assertThat(acquire(5).get(5, TimeUnit.SECONDS)).isTrue();
    assertThat(ownership.verdict(5)).isEqualTo(Verdict.CURRENT);
    assertThat(ownership.knowsPurges()).isFalse();
  }

  @Test
  void whatIsWrittenOffIsSeenWhetherPurgesCanBeAppliedOrNot() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    await().until(ownership::knowsPurges);
    purges =
        newest -> {
          throw new SQLException("the purge cannot be read");
        };
    fence.set(
        () -> {
          fence.gone = true;
          fence.newestPurge = 1;
        });
    await().until(() -> startedAnew.get() > 0);
    assertThat(ownership.knowsPurges()).isFalse();
  }

  @Test
  void startsAnewWhenThePollBreaks() {
    fence.set(() -> fence.onProof = new LinkageError("for the test"));
    await().until(() -> startedAnew.get() > 0);
  }

  @Test
  void startsAnewWhenATakeOverBreaks() {
    fence.set(() -> fence.onTakeOver = new LinkageError("for the test"));
    acquire(5);
    await().until(() -> startedAnew.get() > 0);
  }

  @Test
  void saysBeforehandForHowLongASlotIsProved() throws Exception {
    acquire(5).get(5, TimeUnit.SECONDS);
    assertThat(ownership.isCurrentFor(5, Duration.ofMillis(30))).isTrue();
    assertThat(ownership.isCurrentFor(5, TTL.multipliedBy(2))).isFalse();
    assertThat(ownership.isCurrentFor(6, Duration.ZERO)).isFalse();
  }

  @Test
  void readsTheSlotFromTheLeasesName() {
    assertThat(SlotLease.slotOf("holdfast-shard-document-17", new Slots(64))).isEqualTo(17);
    assertThat(SlotLease.slotOf("my-shard-1-shard-operation-2", new Slots(64))).isEqualTo(130);
  }
}
