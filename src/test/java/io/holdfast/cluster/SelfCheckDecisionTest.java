package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.SelfCheckDecision.Cause;
import io.holdfast.cluster.SelfCheckDecision.Look;
import io.holdfast.cluster.SelfCheckDecision.Verdict;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The truth table of a node that does not answer itself. */
class SelfCheckDecisionTest {
  private static final SelfCheckSettings SETTINGS =
      new SelfCheckSettings(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(15));
  private static final Instant BEGAN = Instant.EPOCH;

  private static Look.Failed failed(Cause cause, double late, boolean databaseAway) {
    return new Look.Failed(cause, "no answer", seconds(3), seconds(late), databaseAway);
  }

  private static Look.Failed silent() {
    return failed(Cause.SILENT, 0, false);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(seconds * 1000));
  }

  private static Instant at(double seconds) {
    return BEGAN.plus(seconds(seconds));
  }

  private static SelfCheckDecision after(Look... looks) {
    var decision = SelfCheckDecision.begin(SETTINGS, BEGAN);
    for (int i = 0; i < looks.length; i++) {
      decision = decision.after(looks[i], at(4 * (i + 1)));
    }
    return decision;
  }

  private static SelfCheckDecision failures(int count) {
    var decision = SelfCheckDecision.begin(SETTINGS, BEGAN);
    for (int i = 0; i < count; i++) {
      decision = decision.after(silent(), at(i + 1));
    }
    return decision;
  }

  @ParameterizedTest(name = "{0} failures in {1} s: {2}")
  @CsvSource({
    "0, 100, SERVES",
    "1, 100, SERVES",
    "2, 7.4, SERVES",
    "2, 7.5, FAILS",
    "2, 100, FAILS",
    "3, 7.4, SERVES",
    "3, 14.9, FAILS",
    "3, 15.0, LEAVES",
    "9, 9.0, FAILS",
    "9, 15.0, LEAVES",
  })
  void takesSeveralFailuresInARowOverALongTime(int failures, double seconds, Verdict verdict) {
    assertThat(failures(failures).verdict(at(seconds))).isEqualTo(verdict);
  }

  @Test
  void oneAnswerMakesUpForAllFailures() {
    var decision = failures(9).after(new Look.Answered(), at(20));
    assertThat(decision.verdict(at(40))).isEqualTo(Verdict.SERVES);
    assertThat(decision.failingFor(at(40))).isZero();
    assertThat(decision.after(silent(), at(41)).failingFor(at(41))).isEqualTo(seconds(21));
  }

  @ParameterizedTest(name = "{0}, run {1} s late of 3, database away: {2}; counts: {3}")
  @CsvSource({
    "SILENT, 0, false, true",
    "SILENT, 0.74, false, true",
    "SILENT, 0.75, false, false",
    "SILENT, 5, false, false",
    "SILENT, 0, true, false",
    "REFUSED, 0, false, true",
    "REFUSED, 0, true, false",
    "REFUSED, 0.75, false, false",
    "NO_DESCRIPTORS, 0, false, true",
    "NO_DESCRIPTORS, 0, true, false",
  })
  void whatTheNodeCouldNotHaveAnsweredDoesNotCount(
      Cause cause, double late, boolean databaseAway, boolean counts) {
    var look = failed(cause, late, databaseAway);
    assertThat(after(look, look, look, look, look).failures()).isEqualTo(counts ? 5 : 0);
    assertThat(after(silent(), look, silent()).failures()).isEqualTo(counts ? 3 : 2);
  }

  @Test
  void aFailureThatIsKnownAtOnceCounts() {
    var refused = new Look.Failed(Cause.SILENT, "refused", Duration.ZERO, Duration.ZERO, false);
    assertThat(after(refused).failures()).isOne();
  }

  private static Seen peer(double silence, Double serving) {
    return new Seen(
        new Incarnation(1, "n1", "h:1", "", "", ""),
        1,
        seconds(silence),
        Optional.ofNullable(serving).map(SelfCheckDecisionTest::seconds));
  }

  @ParameterizedTest(name = "silent for {0} s, serving for {1} s: {2}")
  @CsvSource({
    "0.5, 20.0, true",
    "3.0, 20.0, true",
    "3.1, 20.0, false",
    "0.5, 16.0, true",
    "0.5, 15.9, false",
    "0.5, 0.0, false",
    "0.5, , false",
    "60, , false",
  })
  void aPeerThatHasServedAllTheTimeMakesItDispensable(
      double silence, Double serving, boolean spared) {
    assertThat(failures(4).canBeSpared(List.of(peer(silence, serving)), at(16))).isEqualTo(spared);
  }

  /** Else a moment's trouble of the only other node, while it failed, would keep it for ever. */
  @Test
  void aPeerThatHasServedForLongMakesItDispensableTooWhateverWasBefore() {
    assertThat(failures(4).canBeSpared(List.of(peer(0, 150.0)), at(1000))).isTrue();
    assertThat(failures(4).canBeSpared(List.of(peer(0, 149.9)), at(1000))).isFalse();
  }

  @Test
  void oneSuchPeerIsEnoughAndWithoutAnyItIsNeeded() {
    var decision = failures(4);
    var well = peer(0, 100.0);
    var ill = peer(0, null);
    assertThat(decision.canBeSpared(List.of(), at(16))).isFalse();
    assertThat(decision.canBeSpared(List.of(ill, ill), at(16))).isFalse();
    assertThat(decision.canBeSpared(List.of(ill, well), at(16))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "SILENT, CANNOT_SERVE",
    "REFUSED, CANNOT_SERVE",
    "NO_DESCRIPTORS, END_PROCESS",
  })
  void endsTheProcessOnlyForWhatTheProcessLacks(Cause cause, Departure departure) {
    assertThat(after(silent(), silent(), failed(cause, 0, false)).departure()).isEqualTo(departure);
  }
}
