package io.holdfast.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.ownership.TakeOver.Predecessor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TakenLogTest {
  private final TakenLog log = new TakenLog(Duration.ofMillis(1500));

  private List<TakenLog.Line> taken(Predecessor predecessor, long millis, Integer... slots) {
    return log.taken(predecessor, Set.of(slots), millis, Optional.empty());
  }

  private static Stream<String> texts(List<TakenLog.Line> lines) {
    return lines.stream().map(TakenLog.Line::text);
  }

  @Test
  void theFirstIsToldAtOnceAndWhatFollowsTogether() {
    assertThat(texts(taken(Predecessor.DEAD, 20, 3, 1)))
        .containsExactly(
            "Took 2 shards [1, 3] from a node that has certainly ended in 20 ms: served within"
                + " another 40 ms");
    assertThat(taken(Predecessor.DEAD, 4, 9)).isEmpty();
    assertThat(taken(Predecessor.DEAD, 11, 7)).isEmpty();
    assertThat(taken(Predecessor.PERHAPS_ALIVE, 2, 5)).hasSize(1);
    assertThat(texts(log.rest()))
        .containsExactly(
            "Took 2 shards [7, 9] from a node that has certainly ended in 4 to 11 ms: served within"
                + " another 40 ms");
  }

  @Test
  void inAFailoverTheySayHowLongAfterItsFirstSignTheLastWas() {
    var after = Optional.of(Duration.ofMillis(210));
    assertThat(log.taken(Predecessor.DEAD, Set.of(3), 20, after))
        .containsExactly(
            new TakenLog.Line(
                "Took 1 shard [3] from a node that has certainly ended in 20 ms, the last after"
                    + " 210 ms: served within another 40 ms",
                1,
                after));
    log.taken(Predecessor.DEAD, Set.of(9), 4, Optional.of(Duration.ofMillis(300)));
    log.taken(Predecessor.DEAD, Set.of(7), 4, Optional.of(Duration.ofMillis(400)));
    assertThat(log.rest())
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.text()).contains("Took 2 shards [7, 9]").contains("after 400 ms");
              assertThat(line.shards()).isEqualTo(2);
              assertThat(line.sinceSign()).hasValue(Duration.ofMillis(400));
            });
  }

  @Test
  void afterAQuietSecondTheNextIsToldAtOnceAgain() {
    taken(Predecessor.NOBODY, 1, 1);
    assertThat(log.isOpen()).isTrue();
    taken(Predecessor.NOBODY, 1, 2);
    assertThat(log.rest()).hasSize(1);
    assertThat(log.isOpen()).isTrue();
    assertThat(log.rest()).isEmpty();
    assertThat(log.isOpen()).isFalse();
    assertThat(taken(Predecessor.NOBODY, 1, 3)).hasSize(1);
  }
}
