package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class PassageTest {
  @Test
  void letsEveryAttemptPassUntilItIsClosed() {
    var passage = new Passage();
    assertThat(passage.pass()).isTrue();
    assertThat(passage.pass()).isTrue();
    assertThat(passage.close()).isFalse();
    assertThat(passage.pass()).as("one has passed already").isTrue();
  }

  @Test
  void letsNothingPassOnceItIsClosed() {
    var passage = new Passage();
    assertThat(passage.close()).isTrue();
    assertThat(passage.close()).isTrue();
    assertThat(passage.pass()).isFalse();
  }

  @Test
  void whatComesFromAnotherNodeHasPassed() {
    assertThat(Passage.passed().close()).isFalse();
  }

  @Test
  void eitherAllPassOrItIsClosedWhoeverComesFirst() throws Exception {
    var threads = Executors.newFixedThreadPool(3);
    try {
      for (int i = 0; i < 2_000; i++) {
        var passage = new Passage();
        var start = new CyclicBarrier(3);
        List<Callable<Boolean>> all = new ArrayList<>();
        all.add(() -> start.await() >= 0 && passage.close());
        all.add(() -> start.await() >= 0 && passage.pass());
        all.add(() -> start.await() >= 0 && passage.pass());
        var results = threads.invokeAll(all);
        boolean closed = results.get(0).get();
        assertThat(results.get(1).get()).isEqualTo(!closed);
        assertThat(results.get(2).get()).isEqualTo(!closed);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
