package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Questions that go together, and do not fail together. */
@Timeout(20)
class BatchesTest {
  private final AtomicBoolean hasThreads = new AtomicBoolean(true);
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), this::threadIfThereIsOne);

  /** While it is not done, questions wait for each other. */
  private final CompletableFuture<Void> gate = new CompletableFuture<>();

  private final CountDownLatch underWay = new CountDownLatch(1);

  private final Batches<String, String> batches =
      new Batches<>(threads, new Batches.Limits(1, 100, 1000), String::length, this::answers);

  private Thread threadIfThereIsOne(Runnable work) {
    if (!hasThreads.get()) {
      throw new OutOfMemoryError("unable to create native thread (for the test)");
    }
    return new Thread(work);
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private List<String> answers(List<String> questions) throws SQLException {
    if (questions.contains("first")) {
      underWay.countDown();
      gate.join();
    }
    if (questions.contains("error")) {
      throw new StackOverflowError("for the test");
    }
    if (questions.contains("refused")) {
      throw new SQLException("for the test", "22001");
    }
    if (questions.contains("away")) {
      throw new SQLException("for the test", "08006");
    }
    return questions.stream().map(it -> it + " of " + questions.size()).toList();
  }

  private CompletableFuture<String> ask(String question) {
    return batches.ask(question).toCompletableFuture();
  }

  /** It is under way, alone, and those that come after it wait. */
  private CompletableFuture<String> first() throws InterruptedException {
    var first = ask("first");
    underWay.await();
    return first;
  }

  @Test
  void whatComesMeanwhileGoesTogether() throws Exception {
    var first = first();
    var a = ask("a");
    var b = ask("b");
    gate.complete(null);
    assertThat(first.get()).isEqualTo("first of 1");
    assertThat(a.get()).isEqualTo("a of 2");
    assertThat(b.get()).isEqualTo("b of 2");
  }

  @Test
  void oneWhoseValuesAreRefusedFailsAlone() throws Exception {
    var first = first();
    var refused = ask("refused");
    var other = ask("other");
    gate.complete(null);
    first.get();
    assertThatThrownBy(refused::get).isInstanceOf(ExecutionException.class);
    assertThat(other.get()).isEqualTo("other of 1");
  }

  @Test
  void whenNobodyCanBeAskedAllFailAndLaterOnesAreAsked() throws Exception {
    var first = first();
    var away = ask("away");
    var other = ask("other");
    gate.complete(null);
    first.get();
    assertThatThrownBy(away::get).hasCauseInstanceOf(SQLException.class);
    assertThatThrownBy(other::get).hasCauseInstanceOf(SQLException.class);
    assertThat(ask("later").get()).isEqualTo("later of 1");
  }

  @Test
  void anErrorEndsNothingButItsOwnBatch() throws Exception {
    assertThatThrownBy(ask("error")::get).hasCauseInstanceOf(StackOverflowError.class);
    assertThat(ask("later").get()).isEqualTo("later of 1");
  }

  @Test
  void whatNoThreadIsThereForFailsAndWhatComesLaterIsAsked() throws Exception {
    hasThreads.set(false);
    assertThatThrownBy(ask("a")::get).hasCauseInstanceOf(OutOfMemoryError.class);
    hasThreads.set(true);
    assertThat(ask("b").get()).isEqualTo("b of 1");
  }

  @Test
  void whatWaitsWhileAnErrorIsThrownIsAsked() throws Exception {
    var first = first();
    var error = ask("error");
    var large = ask("l".repeat(999));
    gate.complete(null);
    first.get();
    assertThatThrownBy(error::get).hasCauseInstanceOf(StackOverflowError.class);
    assertThat(large.get()).as("too large to go with another").endsWith("l of 1");
  }

  @Test
  void oneWhoseSizeCannotBeToldFailsAlone() throws Exception {
    assertThatThrownBy(() -> ask(null)).isInstanceOf(NullPointerException.class);
    assertThat(ask("later").get()).isEqualTo("later of 1");
  }
}
