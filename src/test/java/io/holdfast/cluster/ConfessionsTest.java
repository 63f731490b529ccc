package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Member 3 says that it does not reach the database; the seconds are those of the one who hears.
 */
class ConfessionsTest {
  private static final Duration TIME = Duration.ofMillis(2500);

  private static Instant at(double seconds) {
    return Instant.EPOCH.plus(Duration.ofMillis(Math.round(seconds * 1000)));
  }

  /** Four times a second, both ends included. */
  private static Confessions said(double from, double until) {
    return saidToo(Confessions.NONE, from, until);
  }

  private static Confessions saidToo(Confessions before, double from, double until) {
    var confessions = before;
    for (double second = from; second <= until; second += 0.25) {
      confessions = confessions.heard(3, at(second));
    }
    return confessions;
  }

  private static Set<Long> lasting(Confessions said, double answeringSince, double now) {
    return said.lasting(Optional.of(at(answeringSince)), TIME, at(now));
  }

  @Test
  void countsOnceItHasBeenSaidForLongEnough() {
    assertThat(lasting(said(10, 12.25), 0, 12.25)).isEmpty();
    assertThat(lasting(said(10, 12.5), 0, 12.5)).containsExactly(3L);
  }

  @Test
  void countsOnlyWhileTheDatabaseAnswersTheOther() {
    assertThat(said(10, 20).lasting(Optional.empty(), TIME, at(20))).isEmpty();
  }

  @Test
  void aDatabaseThatComesBackALittleLaterToOneMemberCostsNobody() {
    assertThat(lasting(said(0, 21), 20, 21)).isEmpty();
    assertThat(lasting(said(0, 21), 20, 22.4)).as("it has stopped").isEmpty();
    assertThat(lasting(said(0, 21), 20, 23)).isEmpty();
    assertThat(lasting(said(0, 22.5), 20, 22.5)).containsExactly(3L);
  }

  @Test
  void isTakenBackBySilence() {
    assertThat(lasting(said(10, 13), 0, 13.7)).containsExactly(3L);
    assertThat(lasting(said(10, 13), 0, 13.8)).isEmpty();
  }

  /** Each time it asks it may have met an instant in which no connection was to be had. */
  @Test
  void aDatabaseThatIsAwayNowAndThenCostsNobody() {
    var said = Confessions.NONE.heard(3, at(0)).heard(3, at(1.4)).heard(3, at(2.8));
    assertThat(lasting(said, 0, 2.8)).isEmpty();
  }

  @Test
  void beginsAnewAfterABreak() {
    assertThat(lasting(saidToo(said(10, 13), 14.75, 17), 0, 17)).isEmpty();
    assertThat(lasting(saidToo(said(10, 13), 14.75, 17.25), 0, 17.25)).containsExactly(3L);
  }

  @Test
  void forgetsWhoHasTakenItBack() {
    assertThat(said(10, 13).heard(2, at(15)).said()).containsOnlyKeys(2L);
  }
}
