package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Frontier.Known;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontierTest {
  private final Frontier frontier =
      Frontier.of(List.of(new Known(20, 5), new Known(10, 7), new Known(20, 9)));

  @Test
  void knowsNothingBeforeTheFirstMoment() {
    assertThat(frontier.before(10)).isZero();
  }

  @Test
  void knowsTheGreatestOfWhatCameStrictlyBefore() {
    assertThat(frontier.before(11)).isEqualTo(7);
    assertThat(frontier.before(20)).isEqualTo(7);
    assertThat(frontier.before(21)).isEqualTo(9);
  }
}
