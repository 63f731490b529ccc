package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.RecoveryDao.Criteria;
import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecoveriesTest {
  private static final String DOC = "document|docs/a";
  private static final long ALL = Long.MAX_VALUE;

  /** Events 4 to 6 were read, behind a snapshot at 3. */
  @ParameterizedTest
  @CsvSource({
    "4, 6, 100, true",
    "4, 5, 100, true",
    "5, 6, 100, true",
    "4, 7, 100, false", // the end was written after the page was read
    "3, 6, 100, false", // the beginning was not read
    "4, 6, 2, false", // less is wanted
  })
  void aPageCountsOnlyIfItHasTheWholeReplay(long from, long to, long max, boolean holds) {
    var events = LongStream.rangeClosed(4, 6).mapToObj(RecoveriesTest::event).toList();
    assertThat(new Recovery(Optional.empty(), 6, 3, events).holds(from, to, max)).isEqualTo(holds);
    assertThat(new Recovery(Optional.empty(), 6, 3, List.of()).holds(from, to, max)).isFalse();
  }

  private static EventRow event(long sequenceNr) {
    return new EventRow(sequenceNr, 7, "m", new byte[0]);
  }

  @Test
  void whatAFormerAttemptReadsTooLateIsNotUsed() throws Exception {
    var late = new CountDownLatch(1);
    try (var driver = new WatchedDriver();
        var node = Node.startWatched(1, TestDatabase.H2, driver)) {
      node.own(DOC);
      assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
      var recoveries = new Recoveries(node.journal);
      var held = holdFirstRead(driver, late);
      var former = recoveries.snapshot(DOC, Criteria.ALL).toCompletableFuture();
      await().untilTrue(held);
      assertThat(node.written(DOC, 2)).isEqualTo(new Stored());
      get(recoveries.snapshot(DOC, Criteria.ALL));
      late.countDown();
      get(former);
      assertThat(get(recoveries.highestSequenceNr(DOC, 0))).isEqualTo(2);
      assertThat(recoveries.forReplay(DOC, 1, 2, ALL).orElseThrow().events())
          .extracting(EventRow::sequenceNr)
          .containsExactly(1L, 2L);
      assertThat(recoveries.forReplay(DOC, 1, 2, ALL)).as("used once").isEmpty();
    } finally {
      late.countDown();
    }
  }

  /** It has read, and its answer does not come. */
  private static AtomicBoolean holdFirstRead(WatchedDriver driver, CountDownLatch until) {
    var held = new AtomicBoolean();
    driver.watch(
        "commit",
        argument -> {
          if (Thread.currentThread().getName().startsWith("holdfast-database-read")
              && held.compareAndSet(false, true)) {
            awaitUninterrupted(until);
          }
        });
    return held;
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aNumberThatWasAskedForOnceIsReadAgain() throws Exception {
    try (var node = Node.start(1, TestDatabase.H2.fresh())) {
      node.own(DOC);
      node.written(DOC, 1);
      var recoveries = new Recoveries(node.journal);
      get(recoveries.snapshot(DOC, Criteria.ALL));
      assertThat(get(recoveries.highestSequenceNr(DOC, 0))).isEqualTo(1);
      node.written(DOC, 2);
      assertThat(get(recoveries.highestSequenceNr(DOC, 0))).isEqualTo(2);
      assertThat(recoveries.forReplay(DOC, 1, 2, ALL).orElseThrow().events()).hasSize(2);
    }
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return ((CompletableFuture<T>) stage.toCompletableFuture()).get(10, TimeUnit.SECONDS);
  }
}
