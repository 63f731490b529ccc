package io.holdfast.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.ownership.TakeOver.Predecessor;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TakenLogTest {
  private final TakenLog log = new TakenLog(Duration.ofMillis(1500));

  @Test
  void theFirstIsToldAtOnceAndWhatFollowsTogether() {
    assertThat(log.taken(Predecessor.DEAD, Set.of(3, 1), 20))
        .containsExactly(
            "Took shards [1, 3] from a node that has certainly ended in 20 ms: served within"
                + " another 40 ms");
    assertThat(log.taken(Predecessor.DEAD, Set.of(9), 4)).isEmpty();
    assertThat(log.taken(Predecessor.DEAD, Set.of(7), 11)).isEmpty();
    assertThat(log.taken(Predecessor.PERHAPS_ALIVE, Set.of(5), 2)).hasSize(1);
    assertThat(log.rest())
        .containsExactly(
            "Took shards [7, 9] from a node that has certainly ended in 4 to 11 ms: served within"
                + " another 40 ms");
  }

  @Test
  void afterAQuietSecondTheNextIsToldAtOnceAgain() {
    log.taken(Predecessor.NOBODY, Set.of(1), 1);
    assertThat(log.isOpen()).isTrue();
    log.taken(Predecessor.NOBODY, Set.of(2), 1);
    assertThat(log.rest()).hasSize(1);
    assertThat(log.isOpen()).isTrue();
    assertThat(log.rest()).isEmpty();
    assertThat(log.isOpen()).isFalse();
    assertThat(log.taken(Predecessor.NOBODY, Set.of(3), 1)).hasSize(1);
  }
}
