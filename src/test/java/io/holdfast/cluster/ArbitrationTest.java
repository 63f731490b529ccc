package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.Arbitration.Candidate;
import io.holdfast.cluster.Arbitration.Contact;
import io.holdfast.cluster.Arbitration.Cut;
import io.holdfast.cluster.Arbitration.Decision;
import io.holdfast.cluster.Arbitration.Decision.Calm;
import io.holdfast.cluster.Arbitration.Decision.Lost;
import io.holdfast.cluster.Arbitration.Decision.Propose;
import io.holdfast.cluster.Arbitration.Decision.Wait;
import io.holdfast.cluster.Arbitration.Proposal;
import io.holdfast.cluster.Arbitration.Situation;
import io.holdfast.cluster.Arbitration.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Members are numbered by age: 1 is the oldest. The picture last changed at second 0. */
class ArbitrationTest {
  private static final Instant ZERO = Instant.EPOCH;

  /** When everybody may act: the minority's others, after 1 s and 1.5 s and 1 s. */
  private static final double LATE = 3.5;

  private final Arbitration arbitration = new Arbitration(ArbitrationSettings.defaults());

  private static Instant at(double seconds) {
    return ZERO.plus(Duration.ofMillis(Math.round(seconds * 1000)));
  }

  private static List<Candidate> up(int count) {
    return LongStream.rangeClosed(1, count).mapToObj(id -> new Candidate(id, Status.UP)).toList();
  }

  private static List<Candidate> with(List<Candidate> members, long id, Status status) {
    var changed = new ArrayList<>(members);
    changed.replaceAll(m -> m.id() == id ? new Candidate(id, status) : m);
    return changed;
  }

  /** Each of the first does not reach any of the second, and only that direction is known. */
  private static Map<Cut, Instant> cut(List<Long> observers, List<Long> subjects) {
    var cuts = new HashMap<Cut, Instant>();
    for (long observer : observers) {
      for (long subject : subjects) {
        cuts.put(new Cut(observer, subject), ZERO);
      }
    }
    return cuts;
  }

  private static Situation situation(long self, List<Candidate> members, Map<Cut, Instant> cuts) {
    return new Situation(
        self, members, cuts, ZERO, new Contact.Answering(ZERO), Set.of(), Set.of(), Proposal.NONE);
  }

  private Decision decide(
      long self, List<Candidate> members, Map<Cut, Instant> cuts, double seconds) {
    return arbitration.decide(situation(self, members, cuts), at(seconds));
  }

  @Test
  void isCalmWhileAllReachEachOther() {
    assertThat(decide(1, up(3), Map.of(), 100)).isEqualTo(new Calm());
  }

  @Test
  void waitsUntilThePictureHasNotChangedForASecond() {
    assertThat(decide(1, up(3), cut(List.of(1L, 2L), List.of(3L)), 0.999))
        .isEqualTo(new Wait(at(1)));
  }

  @Test
  void twoOfThreeRemoveTheThirdTheOlderFirst() {
    var cuts = cut(List.of(1L, 2L), List.of(3L));
    assertThat(decide(1, up(3), cuts, 1)).isEqualTo(new Propose(Set.of(3L)));
    assertThat(decide(2, up(3), cuts, 1)).isEqualTo(new Wait(at(2)));
    assertThat(decide(2, up(3), cuts, 2)).isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void oneOfThreeLetsTheOthersGoFirst() {
    var cuts = cut(List.of(3L), List.of(1L, 2L));
    assertThat(decide(3, up(3), cuts, 1)).isEqualTo(new Wait(at(2.5)));
    assertThat(decide(3, up(3), cuts, 2.5)).isEqualTo(new Propose(Set.of(1L, 2L)));
  }

  @Test
  void theMajorityGoesFirstWithoutTheOldest() {
    assertThat(decide(2, up(3), cut(List.of(2L, 3L), List.of(1L)), 1))
        .isEqualTo(new Propose(Set.of(1L)));
    assertThat(decide(1, up(3), cut(List.of(1L), List.of(2L, 3L)), 1)).isEqualTo(new Wait(at(2.5)));
  }

  @Test
  void ofThreeLonelyOnesTheOldestGoesFirst() {
    assertThat(decide(1, up(3), both(cut(List.of(1L), List.of(2L, 3L)), Map.of()), LATE))
        .isEqualTo(new Propose(Set.of(2L, 3L)));
    var all =
        both(cut(List.of(1L), List.of(2L, 3L)), both(cut(List.of(2L), List.of(3L)), Map.of()));
    assertThat(decide(1, up(3), all, 1)).isEqualTo(new Propose(Set.of(2L, 3L)));
    assertThat(decide(2, up(3), all, 1)).isEqualTo(new Wait(at(2.5)));
    assertThat(decide(3, up(3), all, 2.5)).isEqualTo(new Propose(Set.of(1L, 2L)));
  }

  private static Map<Cut, Instant> both(Map<Cut, Instant> one, Map<Cut, Instant> other) {
    var cuts = new HashMap<>(one);
    cuts.putAll(other);
    return cuts;
  }

  @Test
  void ofTwoEqualSidesThatWithTheOldestGoesFirst() {
    var cuts = cut(List.of(1L, 4L), List.of(2L, 3L));
    assertThat(decide(1, up(4), cuts, 1)).isEqualTo(new Propose(Set.of(2L, 3L)));
    assertThat(decide(4, up(4), cuts, 1)).isEqualTo(new Wait(at(2)));
    var seenFromThere = cut(List.of(2L, 3L), List.of(1L, 4L));
    assertThat(decide(2, up(4), seenFromThere, 1)).isEqualTo(new Wait(at(2.5)));
    assertThat(decide(2, up(4), seenFromThere, 2.5)).isEqualTo(new Propose(Set.of(1L, 4L)));
    assertThat(decide(3, up(4), seenFromThere, 2.5)).isEqualTo(new Wait(at(3.5)));
  }

  @Test
  void threeOfFiveRemoveTheTwoWithTheOldest() {
    assertThat(decide(3, up(5), cut(List.of(3L, 4L, 5L), List.of(1L, 2L)), 1))
        .isEqualTo(new Propose(Set.of(1L, 2L)));
    assertThat(decide(1, up(5), cut(List.of(1L, 2L), List.of(3L, 4L, 5L)), 1))
        .isEqualTo(new Wait(at(2.5)));
  }

  @Test
  void aOneWayCutBetweenTwoOfThreeCostsJustTheYounger() {
    for (var cuts : List.of(cut(List.of(2L), List.of(3L)), cut(List.of(3L), List.of(2L)))) {
      assertThat(decide(1, up(3), cuts, 1)).isEqualTo(new Propose(Set.of(3L)));
      assertThat(decide(2, up(3), cuts, 2)).isEqualTo(new Propose(Set.of(3L)));
      assertThat(decide(3, up(3), cuts, 1)).isEqualTo(new Wait(at(3.5)));
      assertThat(decide(3, up(3), cuts, 3.5)).isEqualTo(new Propose(Set.of(2L)));
    }
  }

  @Test
  void aOneWayCutOfTheOldestCostsTheYounger() {
    assertThat(decide(1, up(3), cut(List.of(1L), List.of(2L)), 1))
        .isEqualTo(new Propose(Set.of(2L)));
  }

  @Test
  void theLastOfThreeRemovesBothDead() {
    var cuts = cut(List.of(3L), List.of(1L, 2L));
    assertThat(decide(3, up(3), cuts, 2.5)).isEqualTo(new Propose(Set.of(1L, 2L)));
  }

  @Test
  void goesOnWhenTheOthersOfItsSideDoNotAct() {
    var cuts = cut(List.of(1L, 2L, 3L), List.of(4L, 5L));
    assertThat(decide(3, up(5), cuts, 2)).isEqualTo(new Propose(Set.of(4L, 5L)));
  }

  @Test
  void waitsWhileTheDatabaseIsAwayHoweverLong() {
    for (long self = 1; self <= 3; self++) {
      var away =
          new Situation(
              self,
              up(3),
              cut(List.of(1L, 2L), List.of(3L)),
              ZERO,
              new Contact.Away(),
              Set.of(),
              Set.of(1L, 2L, 3L),
              Proposal.NONE);
      assertThat(arbitration.decide(away, at(1000))).isEqualTo(new Wait(at(1000.2)));
    }
  }

  @Test
  void takesTurnsAnewOnceTheDatabaseIsBack() {
    var back = new Contact.Answering(at(60));
    var minority =
        new Situation(
            3,
            up(3),
            cut(List.of(3L), List.of(1L, 2L)),
            ZERO,
            back,
            Set.of(),
            Set.of(),
            Proposal.NONE);
    assertThat(arbitration.decide(minority, at(60))).isEqualTo(new Wait(at(61.5)));
    var majority =
        new Situation(
            1,
            up(3),
            cut(List.of(1L, 2L), List.of(3L)),
            ZERO,
            back,
            Set.of(),
            Set.of(),
            Proposal.NONE);
    assertThat(arbitration.decide(majority, at(60))).isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void removesNobodyOnceAllReachEachOtherAgain() {
    assertThat(decide(1, up(3), Map.of(), 10)).isEqualTo(new Calm());
  }

  @Test
  void isLostWhenOthersDecidedFirst() {
    var lost =
        new Situation(
            3,
            up(3),
            Map.of(),
            ZERO,
            new Contact.Answering(ZERO),
            Set.of(),
            Set.of(),
            Proposal.LOST);
    assertThat(arbitration.decide(lost, at(0))).isEqualTo(new Lost());
  }

  @Test
  void aMemberThatTheDatabaseHearsIsRemovedOnlyForALongCut() {
    var cuts = cut(List.of(1L, 2L), List.of(3L));
    assertThat(heard(1, cuts, at(1), 3L)).isEqualTo(new Wait(at(3.5)));
    assertThat(heard(2, cuts, at(1), 3L)).isEqualTo(new Wait(at(4.5)));
    assertThat(heard(1, cuts, at(3.5), 3L)).isEqualTo(new Propose(Set.of(3L)));
    assertThat(heard(1, cuts, at(1), 1L, 2L)).isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void theOldestCutOfAMemberThatTheDatabaseHearsCounts() {
    var cuts = Map.of(new Cut(1, 3), ZERO, new Cut(2, 3), at(3));
    assertThat(heard(1, cuts, at(3.5), 3L)).isEqualTo(new Propose(Set.of(3L)));
  }

  private Decision heard(long self, Map<Cut, Instant> cuts, Instant now, Long... heard) {
    var answering = new Contact.Answering(ZERO);
    return arbitration.decide(
        new Situation(self, up(3), cuts, ZERO, answering, Set.of(heard), Set.of(), Proposal.NONE),
        now);
  }

  @Test
  void asksOneThingAtATime() {
    var underWay =
        new Situation(
            1,
            up(3),
            cut(List.of(1L, 2L), List.of(3L)),
            ZERO,
            new Contact.Answering(ZERO),
            Set.of(),
            Set.of(),
            Proposal.UNDER_WAY);
    assertThat(arbitration.decide(underWay, at(5))).isInstanceOf(Wait.class);
  }

  @Test
  void asksAboutNobodyWhoIsDownOrExiting() {
    for (var status : List.of(Status.DOWN, Status.EXITING)) {
      var members = with(up(3), 3, status);
      assertThat(decide(1, members, cut(List.of(1L, 2L), List.of(3L)), 10)).isEqualTo(new Calm());
      assertThat(decide(1, members, cut(List.of(3L), List.of(1L, 2L)), 10)).isEqualTo(new Calm());
    }
  }

  @Test
  void decidesNothingWhileItGoesItself() {
    for (var status : List.of(Status.DOWN, Status.EXITING)) {
      var members = with(up(3), 1, status);
      assertThat(decide(1, members, cut(List.of(1L), List.of(2L, 3L)), 10)).isEqualTo(new Calm());
    }
  }

  @Test
  void removesALeavingMemberThatIsNotReached() {
    assertThat(decide(1, with(up(3), 3, Status.LEAVING), cut(List.of(1L), List.of(3L)), 1))
        .isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void joiningMembersDoNotMakeAMajority() {
    var members =
        List.of(
            new Candidate(1, Status.UP),
            new Candidate(2, Status.JOINING),
            new Candidate(3, Status.JOINING));
    assertThat(decide(1, members, cut(List.of(1L), List.of(2L, 3L)), 1))
        .isEqualTo(new Propose(Set.of(2L, 3L)));
    assertThat(decide(2, members, cut(List.of(2L, 3L), List.of(1L)), 1))
        .isEqualTo(new Wait(at(2.5)));
  }

  @Test
  void joiningMembersDoNotTurnATie() {
    var members =
        List.of(
            new Candidate(1, Status.UP),
            new Candidate(2, Status.UP),
            new Candidate(3, Status.JOINING));
    assertThat(decide(1, members, cut(List.of(1L), List.of(2L, 3L)), 1))
        .isEqualTo(new Propose(Set.of(2L, 3L)));
  }

  @Test
  void aJoiningMemberGoesOnAloneWhenAllOthersDied() {
    var members = List.of(new Candidate(1, Status.UP), new Candidate(2, Status.JOINING));
    assertThat(decide(2, members, cut(List.of(2L), List.of(1L)), 2.5))
        .isEqualTo(new Propose(Set.of(1L)));
  }

  @Test
  void decidesByWhatLastsWhenThePictureNeverRests() {
    var cuts = Map.of(new Cut(1, 3), ZERO, new Cut(2, 3), ZERO, new Cut(1, 2), at(3.9));
    var restless =
        new Situation(
            1,
            up(3),
            cuts,
            at(3.9),
            new Contact.Answering(ZERO),
            Set.of(),
            Set.of(),
            Proposal.NONE);
    assertThat(arbitration.decide(restless, at(3.95))).isEqualTo(new Wait(at(4)));
    assertThat(arbitration.decide(restless, at(4))).isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void theOldestThatTheDatabaseHearsRemovesThoseItDoesNotHear() {
    assertThat(silent(1, Map.of(), new Contact.Answering(ZERO), 2L, 3L))
        .isEqualTo(new Propose(Set.of(2L, 3L)));
    assertThat(silent(2, Map.of(), new Contact.Answering(ZERO), 1L))
        .isEqualTo(new Propose(Set.of(1L)));
    assertThat(silent(3, Map.of(), new Contact.Answering(ZERO), 1L)).isEqualTo(new Calm());
  }

  @Test
  void theNextRemovesTheSilentWhenItDoesNotReachTheOldest() {
    var cuts = Map.of(new Cut(2, 1), at(99));
    assertThat(silent(2, cuts, new Contact.Answering(ZERO), 3L)).isEqualTo(new Propose(Set.of(3L)));
  }

  @Test
  void nobodyIsRemovedForSilenceByOneThatDoesNotReachTheDatabaseItself() {
    assertThat(silent(1, Map.of(), new Contact.Away(), 1L, 2L, 3L)).isEqualTo(new Calm());
  }

  private Decision silent(long self, Map<Cut, Instant> cuts, Contact contact, Long... silent) {
    return arbitration.decide(
        new Situation(self, up(3), cuts, at(99), contact, Set.of(), Set.of(silent), Proposal.NONE),
        at(99.5));
  }
}
