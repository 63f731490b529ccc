package io.holdfast.ownership;

import static io.holdfast.ownership.GuardState.Verdict.CURRENT;
import static io.holdfast.ownership.GuardState.Verdict.LAPSED;
import static io.holdfast.ownership.GuardState.Verdict.NOT_OWNED;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.ownership.GuardState.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GuardStateTest {
  private static final Duration TTL = Duration.ofMillis(1500);
  private static final Instant WALL = Instant.parse("2026-01-01T00:00:00Z");

  private static Moment at(long millis) {
    return at(millis, millis);
  }

  private static Moment at(long monotonicMillis, long wallMillis) {
    return new Moment(Duration.ofMillis(monotonicMillis).toNanos(), WALL.plusMillis(wallMillis));
  }

  private static GuardState owning(int slot, Moment sent) {
    return GuardState.none(TTL).acquired(slot, sent, sent);
  }

  @Test
  void ownsNothingAtFirst() {
    assertThat(GuardState.none(TTL).verdict(3, at(0))).isEqualTo(NOT_OWNED);
  }

  @Test
  void isCurrentUntilTheProofIsAsOldAsTheTtl() {
    var state = owning(3, at(0));
    assertThat(state.verdict(3, at(1499))).isEqualTo(CURRENT);
    assertThat(state.verdict(3, at(1500))).isEqualTo(LAPSED);
    assertThat(state.verdict(4, at(1))).isEqualTo(NOT_OWNED);
  }

  @Test
  void lapsesByTheWallClockWhileTheMonotonicOneStandsStill() {
    assertThat(owning(3, at(0)).verdict(3, at(10, 6_000))).isEqualTo(LAPSED);
  }

  @Test
  void lapsesByTheMonotonicClockWhileTheWallClockIsSetBack() {
    assertThat(owning(3, at(0)).verdict(3, at(6_000, -60_000))).isEqualTo(LAPSED);
  }

  @Test
  void countsAProofFromWhenItWasAskedForNotFromWhenItCame() {
    var polled = owning(3, at(0)).polled(at(1000), Set.of(3), false);
    assertThat(polled.lost()).isEmpty();
    assertThat(polled.next().verdict(3, at(2499))).isEqualTo(CURRENT);
    assertThat(polled.next().verdict(3, at(2500))).isEqualTo(LAPSED);
  }

  @Test
  void losesASlotThatAPollDoesNotFind() {
    var polled = owning(3, at(0)).polled(at(300), Set.of(), false);
    assertThat(polled.lost()).containsExactly(3);
    assertThat(polled.next().verdict(3, at(301))).isEqualTo(NOT_OWNED);
  }

  @Test
  void keepsASlotThatWasTakenAfterThePollWasSent() {
    var polled = owning(3, at(310)).polled(at(300), Set.of(), false);
    assertThat(polled.lost()).isEmpty();
    assertThat(polled.next().verdict(3, at(320))).isEqualTo(CURRENT);
  }

  @Test
  void keepsASlotWhoseTakeOverCommittedAfterThePollWasSent() {
    var slow = GuardState.none(TTL).acquired(3, at(100), at(900));
    var polled = slow.polled(at(300), Set.of(), false);
    assertThat(polled.lost()).isEmpty();
    assertThat(polled.next().polled(at(1000), Set.of(), false).lost()).containsExactly(3);
  }

  @Test
  void aSlowTakeOverIsProvedFromItsBeginning() {
    var slow = GuardState.none(TTL).acquired(3, at(100), at(900));
    assertThat(slow.verdict(3, at(1599))).isEqualTo(CURRENT);
    assertThat(slow.verdict(3, at(1600))).isEqualTo(LAPSED);
  }

  @Test
  void doesNotTakeUpASlotThatItReleasedWhileThePollWasUnderWay() {
    var polled = owning(3, at(0)).released(3).polled(at(300), Set.of(3), false);
    assertThat(polled.next().verdict(3, at(301))).isEqualTo(NOT_OWNED);
    assertThat(polled.lost()).isEmpty();
  }

  @Test
  void anAnswerThatComesLateDoesNotMakeAProofOlder() {
    var state = owning(3, at(0)).polled(at(900), Set.of(3), false).next();
    var late = state.polled(at(300), Set.of(3), false).next();
    assertThat(late.verdict(3, at(2399))).isEqualTo(CURRENT);
  }

  @Test
  void answersNothingOnceWrittenOff() {
    var gone = owning(3, at(0)).polled(at(300), Set.of(3), true).next();
    assertThat(gone.verdict(3, at(301))).isEqualTo(NOT_OWNED);
    assertThat(gone.acquired(4, at(400), at(400)).verdict(4, at(401))).isEqualTo(NOT_OWNED);
  }

  /** The one thing that ownership rests on: no two incarnations are current at the same time. */
  @Property
  void aSuccessorThatWaitsTheTtlNeverOverlapsWithItsPredecessor(
      @ForAll @IntRange(max = 10_000) int lastPollSent,
      @ForAll @IntRange(max = 10_000) int takeOverAfterIt,
      @ForAll @IntRange(max = 20_000) int now) {
    var predecessor = owning(3, at(lastPollSent));
    int committed = lastPollSent + takeOverAfterIt;
    var wait = new TakeOver(TakeOver.Predecessor.PERHAPS_ALIVE, OptionalLong.empty()).wait(TTL);
    boolean successorServes = now >= committed + wait.toMillis();
    boolean predecessorServes = predecessor.verdict(3, at(now)) == CURRENT;
    assertThat(successorServes && predecessorServes).isFalse();
  }

  @Test
  void withoutTheWaitTheyWouldOverlap() {
    var predecessor = owning(3, at(0));
    var impatient = new TakeOver(TakeOver.Predecessor.NOBODY, OptionalLong.empty()).wait(TTL);
    assertThat(impatient).isZero();
    assertThat(predecessor.verdict(3, at(1))).isEqualTo(CURRENT);
  }
}
