package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.database.Batches.Limits;
import io.holdfast.database.Batches.Work;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchesTest {
  private static final Limits LIMITS = new Limits(1, 4, 100);

  private final List<ThreadPoolExecutor> pools = new ArrayList<>();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch first = new CountDownLatch(1);

  private ThreadPoolExecutor threads(ThreadFactory factory) {
    var threads =
        new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pools.add(threads);
    return threads;
  }

  private Batches<Integer, Integer> batches(Work<Integer, Integer> work) {
    return new Batches<>(threads(BlockingThreads.named("batches-test")), LIMITS, it -> it, work);
  }

  @AfterEach
  void end() {
    first.countDown();
    pools.forEach(ThreadPoolExecutor::shutdownNow);
  }

  private static <T> T heard(CompletionStage<T> answer) throws Exception {
    return answer.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** The first goes alone; the others wait for it, and go together. */
  private List<CompletableFuture<Integer>> asked(Batches<Integer, Integer> batches, int... all)
      throws InterruptedException {
    var asked = new ArrayList<CompletableFuture<Integer>>();
    for (int it : all) {
      asked.add(batches.ask(it).toCompletableFuture());
      begun.await();
    }
    first.countDown();
    return asked;
  }

  private void hold() {
    begun.countDown();
    try {
      first.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void thoseThatComeMeanwhileGoTogetherWithinLimits() throws Exception {
    var sizes = new ArrayList<Integer>();
    var batches =
        batches(
            all -> {
              hold();
              sizes.add(all.size());
              return all.stream().map(it -> -it).toList();
            });
    var asked = asked(batches, 1, 2, 3, 4, 5, 60, 50, 200, 6);
    for (int i = 0; i < asked.size(); i++) {
      assertThat(heard(asked.get(i))).isNegative();
    }
    assertThat(sizes)
        .as("by number, by size, and one that is too large")
        .containsExactly(1, 4, 1, 1, 1, 1);
  }

  @Test
  void oneThatIsRefusedKeepsNoOtherBack() throws Exception {
    var batches =
        batches(
            all -> {
              hold();
              if (all.contains(3)) {
                throw new SQLException("a value is wrong", "22001");
              }
              return all;
            });
    var asked = asked(batches, 1, 2, 3, 4);
    assertThat(heard(asked.get(1))).isEqualTo(2);
    assertThat(heard(asked.get(3))).isEqualTo(4);
    assertThatThrownBy(() -> heard(asked.get(2))).hasRootCauseInstanceOf(SQLException.class);
  }

  @Test
  void whatFailsForAllIsAskedOnce() throws Exception {
    var calls = new AtomicInteger();
    var batches =
        batches(
            all -> {
              hold();
              calls.incrementAndGet();
              throw new SQLException("it is away", "08001");
            });
    var asked = asked(batches, 1, 2, 3);
    for (var it : asked) {
      assertThatThrownBy(() -> heard(it)).hasRootCauseInstanceOf(SQLException.class);
    }
    assertThat(calls).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
  void anErrorFailsThoseOfTheBatchAndNoLaterOnes(Class<? extends Error> type) throws Exception {
    var error = type.getConstructor().newInstance();
    var batches =
        batches(
            all -> {
              hold();
              if (all.contains(7)) {
                throw error;
              }
              return all;
            });
    var asked = asked(batches, 7, 8);
    assertThatThrownBy(() -> heard(asked.get(0))).hasCause(error);
    assertThat(heard(asked.get(1))).as("it waited").isEqualTo(8);
    assertThat(heard(batches.ask(9))).isEqualTo(9);
  }

  @Test
  void withoutAThreadThoseThatWaitFailAndLaterOnesAreAsked() throws Exception {
    var made = new AtomicInteger();
    ThreadFactory factory =
        work -> {
          if (made.incrementAndGet() == 1) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          return BlockingThreads.named("batches-test").newThread(work);
        };
    var batches = new Batches<Integer, Integer>(threads(factory), LIMITS, it -> it, all -> all);
    assertThatThrownBy(() -> heard(batches.ask(1))).hasRootCauseInstanceOf(OutOfMemoryError.class);
    assertThat(heard(batches.ask(2))).isEqualTo(2);
  }

  @Test
  void oneWhoseSizeCannotBeToldFailsAlone() throws Exception {
    var batches =
        new Batches<Integer, Integer>(
            threads(BlockingThreads.named("batches-test")), LIMITS, it -> 10 / it, all -> all);
    assertThatThrownBy(() -> batches.ask(0)).isInstanceOf(ArithmeticException.class);
    assertThat(heard(batches.ask(2))).isEqualTo(2);
  }

  @Test
  void beyondAsManyAsMayWaitNoneIsTaken() throws Exception {
    var batches =
        batches(
            all -> {
              hold();
              return all;
            });
    var asked = new ArrayList<CompletionStage<Integer>>();
    for (int i = 0; i < Batches.WAITING_MAX + 5; i++) {
      asked.add(batches.ask(1));
    }
    assertThat(asked.get(asked.size() - 1).toCompletableFuture()).isCompletedExceptionally();
    first.countDown();
    assertThat(heard(asked.get(0))).isEqualTo(1);
    assertThat(heard(asked.get(Batches.WAITING_MAX - 1))).isEqualTo(1);
  }
}
