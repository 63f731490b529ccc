package io.holdfast.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.Bulkhead.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BulkheadTest {
  private static final long FOREVER = Long.MAX_VALUE;

  @Test
  void admitsUpToTheLimitThenLetsWaitThenSheds() {
    var bulkhead = new Bulkhead<String>(1, 1);
    assertThat(bulkhead.enter("a", Priority.DEFAULT, FOREVER)).isEqualTo(new Entry.Admitted<>());
    assertThat(bulkhead.enter("b", Priority.DEFAULT, FOREVER))
        .isEqualTo(new Entry.Queued<>(Optional.empty()));
    assertThat(bulkhead.enter("c", Priority.DEFAULT, FOREVER)).isEqualTo(new Entry.Shed<>());
    bulkhead.leave();
    assertThat(bulkhead.admit()).containsExactly("b");
    assertThat(bulkhead.inFlight()).isEqualTo(1);
    assertThat(bulkhead.waiting()).isZero();
  }

  @Test
  void theImportantGoFirstAndMakeTheOthersRoom() {
    var bulkhead = new Bulkhead<String>(0, 2);
    bulkhead.enter("s1", Priority.SHEDDABLE, FOREVER);
    bulkhead.enter("s2", Priority.SHEDDABLE, FOREVER);
    assertThat(bulkhead.enter("c1", Priority.CRITICAL, FOREVER))
        .isEqualTo(new Entry.Queued<>(Optional.of("s2")));
    assertThat(bulkhead.enter("d1", Priority.DEFAULT, FOREVER))
        .isEqualTo(new Entry.Queued<>(Optional.of("s1")));
    assertThat(bulkhead.enter("d2", Priority.DEFAULT, FOREVER)).isEqualTo(new Entry.Shed<>());
    bulkhead.limit(5);
    assertThat(bulkhead.admit()).containsExactly("c1", "d1");
  }

  @Test
  void nobodyOvertakesThoseThatWait() {
    var bulkhead = new Bulkhead<String>(1, 5);
    bulkhead.enter("a", Priority.DEFAULT, FOREVER);
    bulkhead.enter("b", Priority.DEFAULT, FOREVER);
    bulkhead.leave();
    assertThat(bulkhead.enter("c", Priority.DEFAULT, FOREVER)).isInstanceOf(Entry.Queued.class);
    assertThat(bulkhead.admit()).containsExactly("b");
  }

  @Test
  void whoHasWaitedTooLongOrIsGoneWaitsNoMore() {
    var bulkhead = new Bulkhead<String>(0, 5);
    bulkhead.enter("a", Priority.DEFAULT, 100);
    bulkhead.enter("b", Priority.CRITICAL, 200);
    bulkhead.enter("c", Priority.DEFAULT, 300);
    assertThat(bulkhead.expired(100)).containsExactly("a");
    bulkhead.withdraw("c");
    assertThat(bulkhead.waiting()).isEqualTo(1);
    assertThat(bulkhead.expired(99)).isEmpty();
  }

  private record Done(long at, Arrival arrival) {}

  private record Arrival(Priority priority, long at) {}

  /**
   * A service that takes 40 ms and 20 calls at once, 500 calls a second, gets 1,500 for half a
   * minute: 300 critical, 400 default, 800 sheddable.
   */
  @Test
  void atThreeTimesTheLoadTheCriticalAreServedAndTheSheddableShed() {
    var random = new Random(7);
    var bulkhead = new Bulkhead<Arrival>(20, 100);
    var running = new PriorityQueue<Done>(Comparator.comparingLong(Done::at));
    Map<Priority, int[]> outcome = new EnumMap<>(Priority.class);
    for (var priority : Priority.values()) {
      outcome.put(priority, new int[2]);
    }
    double next = 0;
    while (next < 30_000) {
      next += -Math.log(1 - random.nextDouble()) / 1.5;
      long now = (long) next;
      while (!running.isEmpty() && running.peek().at() <= now) {
        long at = running.remove().at();
        bulkhead.leave();
        start(bulkhead.admit(), running, at);
      }
      for (var late : bulkhead.expired(now)) {
        outcome.get(late.priority())[1]++;
      }
      int dice = random.nextInt(15);
      var priority =
          dice < 3 ? Priority.CRITICAL : dice < 7 ? Priority.DEFAULT : Priority.SHEDDABLE;
      outcome.get(priority)[0]++;
      var arrival = new Arrival(priority, now);
      var entry = bulkhead.enter(arrival, priority, now + 500);
      if (entry instanceof Entry.Admitted) {
        start(List.of(arrival), running, now);
      } else if (entry instanceof Entry.Shed) {
        outcome.get(priority)[1]++;
      } else if (entry instanceof Entry.Queued<Arrival> queued) {
        queued.shed().ifPresent(it -> outcome.get(it.priority())[1]++);
      }
    }
    assertThat(share(outcome, Priority.CRITICAL)).isLessThan(0.01);
    assertThat(share(outcome, Priority.SHEDDABLE)).isGreaterThan(0.9);
  }

  private static void start(List<Arrival> admitted, PriorityQueue<Done> running, long now) {
    for (var arrival : new ArrayList<>(admitted)) {
      running.add(new Done(now + 40, arrival));
    }
  }

  private static double share(Map<Priority, int[]> outcome, Priority priority) {
    return (double) outcome.get(priority)[1] / outcome.get(priority)[0];
  }
}
