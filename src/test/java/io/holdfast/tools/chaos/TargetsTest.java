package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TargetsTest {
  private final RunClock clock = new RunClock();
  private final Targets targets = new Targets(clock, List.of(1, 2, 3));

  @Test
  void areAllNodesButThoseThatAreSpared() {
    targets.spare(List.of(2));

    assertThat(targets.now()).containsExactly(1, 3);
    assertThat(targets.unharmed()).containsExactly(1, 3);
  }

  @Test
  void areAllNodesWhereNobodyIsLeft() {
    targets.spare(List.of(1, 2, 3));

    assertThat(targets.now()).containsExactly(1, 2, 3);
    assertThat(targets.unharmed()).isEmpty();
  }

  @Test
  void areAskedAgainWhenTheyAreWellAndWereHarmedUntilThen() {
    targets.spare(List.of(2));
    long before = clock.now();
    targets.harm(List.of(2));

    assertThat(targets.returning()).isEmpty();
    assertThat(targets.harmed())
        .containsExactly(
            new Expectations.Harmed(2, targets.harmed().get(0).from(), Long.MAX_VALUE));

    targets.mend(List.of(2));
    assertThat(targets.isReturning(2)).isTrue();
    assertThat(targets.now()).containsExactly(1, 3);

    targets.askAgain(2);
    assertThat(targets.now()).containsExactly(1, 2, 3);
    assertThat(targets.isReturning(2)).isFalse();
    assertThat(targets.harmed())
        .singleElement()
        .matches(it -> it.from() >= before && it.to() >= it.from() && it.to() <= clock.now());
    assertThat(targets.lives()).extracting(Targets.Life::node).containsExactly(2);
  }

  @Test
  void areNotHarmedByWhatIsNoReasonNotToServe() {
    targets.harm(List.of(2));

    assertThat(targets.harmed()).isEmpty();
    assertThat(targets.now()).containsExactly(1, 2, 3);
  }

  @Test
  void areAskedWhileTheySayThatTheyAreReady() {
    targets.move(2, true);
    assertThat(targets.now()).containsExactly(1, 2, 3);

    targets.say(2, false);
    assertThat(targets.now()).containsExactly(1, 3);
    assertThat(targets.isAllReady()).isFalse();

    targets.say(2, true);
    assertThat(targets.now()).containsExactly(1, 2, 3);
    assertThat(targets.isAllReady()).isTrue();
    assertThat(targets.lives()).extracting(Targets.Life::node).containsExactly(2);
    assertThat(targets.harmed()).isEmpty();
  }

  @Test
  void countANodeThatComesOnceItIsReadyAndForgetOneThatHasGone() {
    targets.move(4, false);
    assertThat(targets.now()).containsExactly(1, 2, 3);
    targets.say(4, true);
    assertThat(targets.now()).containsExactly(1, 2, 3, 4);
    targets.forget(4);
    assertThat(targets.now()).containsExactly(1, 2, 3);
  }

  @Test
  void thatMayAnswerThoughHarmedAreAskedBesidesUntilTheyAreWell() {
    targets.spare(List.of(2));
    targets.harm(List.of(2));
    targets.askAllTheSame(List.of(2));
    assertThat(targets.harmedButAsked()).containsExactly(2);

    targets.mend(List.of(2));
    targets.askAgain(2);
    assertThat(targets.harmedButAsked()).isEmpty();
  }
}
