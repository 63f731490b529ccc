package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.WriteOutcome.Stored;
import io.holdfast.database.WriteOutcome.Unavailable;
import io.holdfast.testing.TestDatabase;
import io.holdfast.testing.WatchedDriver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the journal's one writer when things fail that seldom do. */
class JournalWriterTest {
  private static final String DOC = "document|docs/a";
  private static final String OTHER = "document|docs/b";

  private final AtomicReference<Throwable> thrown = new AtomicReference<>();
  private WatchedDriver driver;
  private Node node;

  @BeforeEach
  void start() throws Exception {
    driver = new WatchedDriver();
    node = Node.startWatched(1, TestDatabase.H2, driver);
    node.own(DOC);
    assertThat(node.written(DOC, 1)).isEqualTo(new Stored());
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
    driver.close();
  }

  /** Once, in the writer's thread only. */
  private void throwAt(String method, Throwable failure) {
    thrown.set(failure);
    driver.watch(
        method,
        argument -> {
          if (isWriter()) {
            var once = thrown.getAndSet(null);
            if (once instanceof SQLException e) {
              throw e;
            }
            if (once instanceof Error e) {
              throw e;
            }
          }
        });
  }

  @Test
  void anErrorBeforeTheCommitMeansNotWrittenAndTheNextWriteIsMade() throws Exception {
    throwAt("createArrayOf", new Error("a driver's defect"));
    assertThat(mayHaveBeenWritten(node.written(DOC, 2))).isFalse();
    assertThat(node.written(DOC, 2)).isEqualTo(new Stored());
    assertThat(node.startsAnew).isNotDone();
  }

  @Test
  void anErrorWhileCommittingLeavesTheOutcomeOpenAndTheNextWriteIsMade() throws Exception {
    throwAt("commit", new Error("a driver's defect"));
    assertThat(mayHaveBeenWritten(node.written(DOC, 2))).isTrue();
    assertThat(node.written(DOC, 2)).isEqualTo(new Stored());
    assertThat(node.startsAnew).isNotDone();
  }

  @Test
  void anErrorWhileRollingBackLeavesNoWriteWithoutAnOutcome() throws Exception {
    throwAt("rollback", new Error("a driver's defect"));
    assertThat(node.written(DOC, 1)).as("a duplicate").isInstanceOf(Unavailable.class);
    node.startsAnew.get(5, TimeUnit.SECONDS);
  }

  @Test
  void anErrorThatTheProcessCannotGoOnWithIsToldAndEveryWriteGetsAnOutcome() throws Exception {
    throwAt("createArrayOf", new OutOfMemoryError("a test"));
    assertThat(mayHaveBeenWritten(node.written(DOC, 2))).isFalse();
    node.startsAnew.get(5, TimeUnit.SECONDS);
    assertThat(mayHaveBeenWritten(node.written(DOC, 2))).isFalse();
  }

  @Test
  void aServersOwnFailureIsNobodysFault() throws Exception {
    throwAt("createArrayOf", new SQLException("disk full", "53100"));
    assertThat(mayHaveBeenWritten(node.written(DOC, 2))).isFalse();
    assertThat(node.written(DOC, 2)).isEqualTo(new Stored());
    assertThat(node.database.health().isAway()).isFalse();
  }

  /** A duplicate is in a batch with a good write; while it is rolled back the database goes. */
  @Test
  void whatWasGivenUpWhileItsBatchIsTakenApartIsNotWritten() throws Exception {
    node.own(OTHER);
    var queued = new CountDownLatch(1);
    driver.watch("createArrayOf", argument -> awaitInWriter(queued));
    node.append(DOC, 2);
    var duplicate = node.append(DOC, 1);
    var good = node.append(OTHER, 1);
    var goes = new AtomicBoolean(true);
    driver.watch(
        "rollback",
        argument -> {
          if (isWriter() && goes.getAndSet(false)) {
            node.database.report(new SQLException("refused", "08001"));
          }
        });
    queued.countDown();

    assertThat(mayHaveBeenWritten(good.get(10, TimeUnit.SECONDS))).isFalse();
    assertThat(mayHaveBeenWritten(duplicate.get(10, TimeUnit.SECONDS))).isFalse();
    assertThat(goes).as("a batch was rolled back").isFalse();
    var outcome = new AtomicReference<WriteOutcome>();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> !(outcome.updateAndGet(it -> writtenNow()) instanceof Unavailable));
    assertThat(outcome.get()).as("it was not there before").isEqualTo(new Stored());
  }

  private WriteOutcome writtenNow() {
    return node.append(OTHER, 1).join();
  }

  private static void awaitInWriter(CountDownLatch latch) {
    if (isWriter()) {
      try {
        latch.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean isWriter() {
    return Thread.currentThread().getName().startsWith("holdfast-journal-write");
  }

  private static boolean mayHaveBeenWritten(WriteOutcome outcome) {
    assertThat(outcome).isInstanceOf(Unavailable.class);
    return ((Unavailable) outcome).mayHaveBeenWritten();
  }
}
