package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class BlockingThreadsTest {
  private final AtomicBoolean hasThreads = new AtomicBoolean();

  private Thread threadIfThereIsOne(Runnable work) {
    if (!hasThreads.get()) {
      throw new OutOfMemoryError("unable to create native thread (for the test)");
    }
    return new Thread(work);
  }

  /** Whoever asks again and again does not have to expect it to throw. */
  @Test
  void whatNoThreadIsThereForFailsAndWhatComesLaterIsRun() throws Exception {
    try (var threads = new BlockingThreads(this::threadIfThereIsOne, 1)) {
      var failed = threads.run(() -> "a").toCompletableFuture();
      assertThatThrownBy(() -> failed.get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(OutOfMemoryError.class);
      hasThreads.set(true);
      assertThat(threads.run(() -> "b").toCompletableFuture().get(5, TimeUnit.SECONDS))
          .isEqualTo("b");
    }
  }
}
