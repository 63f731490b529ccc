package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.Supervision.Decision;
import io.holdfast.tools.Supervision.Sight;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SupervisionTest {
  private static final ProcessMark FIRST = new ProcessMark(1, 10, "boot");
  private static final ProcessMark SECOND = new ProcessMark(2, 20, "boot");
  private static final long SECOND_NANOS = Duration.ofSeconds(1).toNanos();

  private Supervision supervision = Supervision.NEW;
  private long now = 1_000;

  private Decision see(Sight sight) {
    var step = supervision.see(sight, now);
    supervision = step.next();
    return step.decision();
  }

  private Decision runs(ProcessMark mark) {
    return see(new Sight.Running(mark, true));
  }

  private Decision died(ProcessMark mark) {
    return see(new Sight.Died(mark));
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static Decision after(long millis) {
    return new Decision.StartAfter(Duration.ofMillis(millis));
  }

  private static final Decision LEAVE = new Decision.LeaveAlone();
  private static final Decision START = new Decision.StartNow();

  @Test
  void startsWhatWasReadyAndHasDiedOnceTheTimeIsOver() {
    assertThat(runs(FIRST)).isEqualTo(LEAVE);
    assertThat(died(FIRST)).isEqualTo(after(500));
    pass(Duration.ofMillis(499));
    assertThat(died(FIRST)).isEqualTo(LEAVE);
    pass(Duration.ofMillis(1));
    assertThat(died(FIRST)).isEqualTo(START);
  }

  @Test
  void leavesWhatDiesBeforeItWasReadyToTheCommandThatStartedIt() {
    assertThat(see(new Sight.Running(FIRST, false))).isEqualTo(LEAVE);
    assertThat(died(FIRST)).isEqualTo(LEAVE);
    pass(Duration.ofMinutes(1));
    assertThat(died(FIRST)).isEqualTo(LEAVE);
  }

  @Test
  void leavesWhatAnotherCommandStartedInItsPlaceAloneUntilItIsReady() {
    runs(FIRST);
    died(FIRST);
    assertThat(see(new Sight.Running(SECOND, false))).isEqualTo(LEAVE);
    assertThat(died(SECOND)).isEqualTo(LEAVE);
  }

  @Test
  void forgetsWhatWasStopped() {
    runs(FIRST);
    died(FIRST);
    assertThat(see(new Sight.Dismissed())).isEqualTo(LEAVE);
    pass(Duration.ofMinutes(1));
    assertThat(see(new Sight.Dismissed())).isEqualTo(LEAVE);
    assertThat(supervision).isEqualTo(Supervision.NEW);
  }

  @Test
  void whatItHasStartedItselfIsItsOwnFromTheBeginning() {
    runs(FIRST);
    supervision = supervision.started(SECOND, now);
    assertThat(see(new Sight.Running(SECOND, false))).isEqualTo(LEAVE);
    assertThat(died(SECOND)).isEqualTo(after(500));
  }

  @Test
  void waitsTwiceAsLongEachTimeUpToTheCapAndNeverGivesUp() {
    runs(FIRST);
    for (long millis : new long[] {500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000}) {
      assertThat(died(FIRST)).isEqualTo(after(millis));
      pass(Duration.ofMillis(millis));
      assertThat(died(FIRST)).isEqualTo(START);
      supervision = supervision.started(FIRST, now);
    }
    for (int deaths = 8; deaths < 200; deaths++) {
      assertThat(Supervision.backoff(deaths)).isEqualTo(Supervision.BACKOFF_MAX);
    }
    assertThat(Supervision.backoff(Integer.MAX_VALUE)).isEqualTo(Supervision.BACKOFF_MAX);
  }

  @Test
  void waitsLongerAlsoWhenTheStartItselfFails() {
    runs(FIRST);
    died(FIRST);
    pass(Duration.ofMillis(500));
    supervision = supervision.notStarted(Optional.of(SECOND), now);
    pass(Duration.ofMillis(999));
    assertThat(died(SECOND)).isEqualTo(LEAVE);
    pass(Duration.ofMillis(1));
    assertThat(died(SECOND)).isEqualTo(START);
  }

  @Test
  void beginsAnewAfterAProcessHasStayedUp() {
    runs(FIRST);
    died(FIRST);
    supervision = supervision.started(SECOND, now);
    now += Supervision.STAYED_UP.toNanos() - SECOND_NANOS;
    runs(SECOND);
    assertThat(supervision.deaths()).isOne();
    now += SECOND_NANOS;
    runs(SECOND);
    assertThat(died(SECOND)).isEqualTo(after(500));
  }

  @Test
  void oneThatDiesAgainSoonHasNotRecovered() {
    runs(FIRST);
    died(FIRST);
    supervision = supervision.started(SECOND, now);
    now += Supervision.STAYED_UP.toNanos() - 1;
    runs(SECOND);
    assertThat(died(SECOND)).isEqualTo(after(1000));
  }

  @Test
  void caresForWhatWasThereBeforeIt() {
    supervision = Supervision.caringFor(FIRST, now);
    assertThat(died(FIRST)).isEqualTo(after(500));
  }
}
