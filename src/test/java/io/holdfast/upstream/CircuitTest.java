package io.holdfast.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resilience.Breaker.Admission;
import io.holdfast.resilience.Breaker.Forced;
import io.holdfast.resilience.BreakerSettings;
import io.holdfast.resilience.Reason;
import io.holdfast.resilience.Row;
import io.holdfast.resilience.Tally;
import io.holdfast.upstream.Circuit.Neighbours;
import io.holdfast.upstream.ServiceReport.CircuitReport;
import io.holdfast.upstream.ServiceReport.Probe;
import io.holdfast.upstream.ServiceVerdict.CircuitVerdict;
import io.holdfast.upstream.ServiceVerdict.Standing;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Three nodes before one service; the first is its steward. */
class CircuitTest {
  private static final BreakerSettings SETTINGS =
      new BreakerSettings(
          Duration.ofSeconds(10),
          20,
          0.5,
          0.5,
          Duration.ofSeconds(2),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));

  private final Circuit steward = new Circuit(SETTINGS, 2, 0);
  private final Circuit second = new Circuit(SETTINGS, 2, 0);
  private final Circuit third = new Circuit(SETTINGS, 2, 0);

  private static long millis(long millis) {
    return millis * 1_000_000;
  }

  private static void fail(Circuit circuit, int times, long now) {
    for (int i = 0; i < times; i++) {
      circuit.ended(true, false, now);
    }
  }

  private static void succeed(Circuit circuit, int times, long now) {
    for (int i = 0; i < times; i++) {
      circuit.ended(false, false, now);
    }
  }

  private static Neighbours as(String self) {
    return new Neighbours(self, List.of("a", "b", "c"));
  }

  /** Each hears of the others, and of the verdict. */
  private void talk(long now) {
    second.judges(false, now);
    third.judges(false, now);
    steward.judges(true, now);
    var ones = steward.report(now);
    var twos = second.report(now);
    var threes = third.report(now);
    steward.heard(List.of(twos, threes), as("a"), now);
    second.heard(List.of(ones, threes), as("b"), now);
    third.heard(List.of(ones, twos), as("c"), now);
    second.ruled(steward.verdict(now), now);
    third.ruled(steward.verdict(now), now);
  }

  @Test
  void whatNoNodeSeesEnoughOfTheStewardSeesForAll() {
    talk(0);
    fail(steward, 7, 0);
    fail(second, 7, 0);
    fail(third, 6, 0);
    assertThat(second.isOpen()).isFalse();
    talk(millis(200));
    for (var circuit : List.of(steward, second, third)) {
      assertThat(circuit.admits(0.5, millis(200))).isEqualTo(Admission.REFUSE);
    }
  }

  @Test
  void oneNodesOwnTroubleOpensOnlyItsOwn() {
    talk(0);
    fail(third, 30, 0);
    succeed(steward, 10, 0);
    succeed(second, 10, 0);
    talk(millis(200));
    assertThat(third.admits(0.5, millis(200))).isEqualTo(Admission.REFUSE);
    assertThat(steward.admits(0.5, millis(200))).isEqualTo(Admission.ADMIT);
    assertThat(second.admits(0.5, millis(200))).isEqualTo(Admission.ADMIT);
    assertThat(third.admits(0.5, millis(600))).as("it tries by itself").isEqualTo(Admission.PROBE);
  }

  private void openToAll() {
    talk(0);
    fail(steward, 10, 0);
    fail(second, 10, 0);
    talk(millis(200)); // open until 700
  }

  private void assertThatAllAreOnTheRamp(long now) {
    for (var circuit : List.of(steward, second, third)) {
      assertThat(circuit.admits(0.01, now)).isEqualTo(Admission.ADMIT);
      assertThat(circuit.admits(0.99, now)).isEqualTo(Admission.REFUSE);
      assertThat(circuit.tally(now)).as("forgotten").isEqualTo(Tally.NONE);
    }
  }

  @Test
  void theStewardTriesOutFirstWhatIsClosedToAll() {
    openToAll();
    long later = millis(710);
    assertThat(second.admits(0, later)).isEqualTo(Admission.REFUSE);
    assertThat(steward.admits(0, later)).isEqualTo(Admission.PROBE);
    steward.probing(later);
    assertThat(steward.admits(0, later)).isEqualTo(Admission.REFUSE);
    steward.probed(true, later);
    talk(millis(760));
    assertThatAllAreOnTheRamp(millis(760));
    talk(millis(4000));
    succeed(steward, 1, millis(4000));
    talk(millis(4000));
    assertThat(second.admits(0.99, millis(4000))).isEqualTo(Admission.ADMIT);
  }

  @Test
  void whatBecameOfAProbeAndAnotherVerdictAreNews() {
    talk(0);
    fail(steward, 20, 0);
    assertThat(second.hasNews(0)).isFalse();
    fail(second, 20, 0);
    assertThat(second.hasNews(0)).as("it does not judge").isFalse();
    steward.heard(List.of(second.report(0)), as("a"), 0);
    assertThat(steward.hasNews(0)).as("it is open").isTrue();
    talk(0);
    assertThat(steward.hasNews(0)).as("told").isFalse();
    assertThat(steward.hasNews(millis(499))).isFalse();
    assertThat(steward.hasNews(millis(501))).as("somebody may try").isTrue();
    talk(millis(701));
    assertThat(second.admits(0, millis(701))).isEqualTo(Admission.PROBE);
    second.probing(millis(701));
    assertThat(second.hasNews(millis(701))).isFalse();
    second.probed(true, millis(710));
    assertThat(second.hasNews(millis(710))).isTrue();
    talk(millis(711));
    assertThat(second.hasNews(millis(711))).isFalse();
    assertThat(steward.hasNews(millis(960))).as("on the ramp").isFalse();
    assertThat(steward.hasNews(millis(961))).as("climbed").isTrue();
  }

  /** It may have no requests to try it out with: then another one has its turn. */
  @Test
  void theOthersTryItInTurn() {
    openToAll();
    talk(millis(910));
    assertThat(steward.admits(0, millis(920))).isEqualTo(Admission.REFUSE);
    assertThat(third.admits(0, millis(920))).isEqualTo(Admission.REFUSE);
    assertThat(second.admits(0, millis(920))).isEqualTo(Admission.PROBE);
    second.probing(millis(920));
    assertThat(second.admits(0, millis(930))).isEqualTo(Admission.REFUSE);
    talk(millis(1110));
    assertThat(third.admits(0, millis(1120))).as("it is under way").isEqualTo(Admission.REFUSE);
    second.probed(true, millis(1120));
    talk(millis(1310));
    assertThatAllAreOnTheRamp(millis(1310));
  }

  @Test
  void aGrantThatIsNotUsedInTimeIsOver() {
    openToAll();
    talk(millis(910));
    assertThat(second.admits(0, millis(1100))).isEqualTo(Admission.REFUSE);
    talk(millis(1110));
    assertThat(second.admits(0, millis(1120))).isEqualTo(Admission.REFUSE);
    assertThat(third.admits(0, millis(1120))).isEqualTo(Admission.PROBE);
    third.probing(millis(1120));
    third.probed(false, millis(1130));
    talk(millis(1310));
    for (var circuit : List.of(steward, second, third)) {
      assertThat(circuit.admits(0, millis(1320))).as("for longer").isEqualTo(Admission.REFUSE);
    }
  }

  @Test
  void whatWasCountedBeforeTheVerdictIsNotCountedAgain() {
    talk(0);
    fail(steward, 10, 0);
    fail(second, 10, 0);
    talk(millis(200));
    var late = second.report(millis(200));
    steward.probing(millis(800));
    steward.probed(true, millis(800));
    steward.heard(List.of(late, late), as("a"), millis(800));
    assertThat(steward.isOpen()).isFalse();
  }

  @Test
  void theNextStewardTriesOutWhatTheLastOneLeftOpen() {
    talk(0);
    fail(steward, 10, 0);
    fail(second, 10, 0);
    talk(millis(200));
    second.judges(true, millis(700));
    assertThat(second.admits(0, millis(700))).isEqualTo(Admission.PROBE);
    second.probing(millis(700));
    second.probed(false, millis(700));
    assertThat(second.admits(0, millis(750))).isEqualTo(Admission.REFUSE);
  }

  @Test
  void withoutAStewardANodeGoesOnWithWhatItSees() {
    second.judges(false, 0);
    second.ruled(new CircuitVerdict(0, Standing.OPEN, Reason.SLOW_RATE, "", 0), 0);
    assertThat(second.admits(0.5, 0)).isEqualTo(Admission.REFUSE);
    second.isAlone(millis(3000));
    assertThat(second.admits(0.5, millis(3000))).isEqualTo(Admission.ADMIT);
    fail(second, 20, millis(3000));
    assertThat(second.isOpen()).isTrue();
  }

  /** Its life as a member is over: what was open is tried out at once, and by itself. */
  @Test
  void aNodeThatIsNoMemberAnyMoreGoesOnByItself() {
    openToAll();
    second.judges(true, millis(300));
    second.heard(List.of(), Neighbours.ALONE, millis(300));
    assertThat(second.admits(0, millis(300))).isEqualTo(Admission.PROBE);
    second.probing(millis(300));
    second.probed(true, millis(310));
    assertThat(second.admits(0.01, millis(310))).isEqualTo(Admission.ADMIT);
  }

  @Test
  void aNodeByItselfIsItsOwnSteward() {
    fail(steward, 20, 0);
    assertThat(steward.isOpen()).isTrue();
    assertThat(steward.word()).isEqualTo("open");
    assertThat(steward.reason()).isEqualTo(Reason.FAILURE_RATE);
    assertThat(steward.admits(0, millis(500))).isEqualTo(Admission.PROBE);
  }

  @Test
  void anOperatorsWordGoesBeforeTheStewards() {
    talk(0);
    second.force(Forced.CLOSED, 0);
    second.ruled(new CircuitVerdict(0, Standing.OPEN, Reason.FAILURE_RATE, "", 0), 0);
    assertThat(second.admits(0.5, 0)).isEqualTo(Admission.ADMIT);
    assertThat(second.word()).isEqualTo("forced-closed");
  }

  @Test
  void twoOfThreeMustSeeIt() {
    var bad = new Tally(30, 30, 0);
    var good = new Tally(10, 0, 0);
    assertThat(Merged.of(List.of(bad, good, good), SETTINGS).counted(2, 3)).isEqualTo(Tally.NONE);
    assertThat(Merged.of(List.of(bad, bad, good), SETTINGS).counted(2, 3))
        .isEqualTo(new Tally(70, 60, 0));
    assertThat(Merged.of(List.of(bad), SETTINGS).counted(2, 1)).isEqualTo(bad);
    assertThat(new CircuitReport(3, bad, Row.NONE, Probe.NONE).epoch()).isEqualTo(3);
  }
}
