package io.holdfast.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.ownership.TakeOver.Predecessor;
import io.holdfast.resource.ReadLeases;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TakeOverTest {
  @ParameterizedTest
  @CsvSource({"NOBODY, 0", "MYSELF, 40", "DEAD, 40", "PERHAPS_ALIVE, 1500"})
  void waitsForWhatMayStillBeAnsweredInTheNameOfThePredecessor(Predecessor before, long millis) {
    assertThat(new TakeOver(before, OptionalLong.empty()).wait(Duration.ofMillis(1500)))
        .isEqualTo(Duration.ofMillis(millis));
  }

  /** What the dead owner vouched for in its last instant. */
  @Test
  void waitsLongerForTheDeadThanAnyNodeGivesACopyAsCurrent() {
    assertThat(new TakeOver(Predecessor.DEAD, OptionalLong.of(7)).wait(Duration.ofMillis(1500)))
        .isGreaterThan(ReadLeases.LEASE);
  }
}
