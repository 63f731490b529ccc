package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private final AtomicBoolean hasThreads = new AtomicBoolean();
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::threadIfThereIsOne);

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

  @Test
  void whatNoThreadIsThereForFailsAndWhatComesLaterIsAsked() throws Exception {
    var batches =
        new Batches<String, String>(
            threads, new Batches.Limits(1, 10, 1000), String::length, List::copyOf);
    assertThatThrownBy(() -> batches.ask("a").toCompletableFuture().get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(OutOfMemoryError.class);
    hasThreads.set(true);
    assertThat(batches.ask("b").toCompletableFuture().get(5, TimeUnit.SECONDS)).isEqualTo("b");
  }
}
