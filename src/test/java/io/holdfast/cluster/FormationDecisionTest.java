package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.FormationDecision.Action;
import io.holdfast.cluster.FormationDecision.Asked;
import io.holdfast.cluster.FormationDecision.Sign;
import io.holdfast.database.Incarnation;
import io.holdfast.database.Registry.Entry;
import io.holdfast.database.Registry.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FormationDecisionTest {
  private static final Instant NOW = Instant.EPOCH.plusSeconds(1000);
  private static final Instant LONG_AGO = Instant.EPOCH;
  private static final Sign ALIVE = new Sign.Alive();
  private static final Sign DEAD = new Sign.Dead();
  private static final Sign DEAF = new Sign.Deaf(NOW.minusMillis(2001));

  private final FormationDecision decision = FormationDecision.defaults();

  private static Seen member(long id, double silentSeconds) {
    return new Seen(
        new Incarnation(id, "n" + id, "h:" + id, "", "", ""),
        4,
        Duration.ofMillis(Math.round(silentSeconds * 1000)),
        Optional.empty());
  }

  private Action decide(Map<Long, Sign> signs, Instant answeringSince, Seen... members) {
    return decision.decide(
        new Entry.Entered(4, List.of(members)), signs, Optional.empty(), answeringSince, NOW);
  }

  private static Seen serving(long id) {
    var seen = member(id, 0.3);
    return new Seen(
        seen.incarnation(), seen.formation(), seen.silence(), Optional.of(Duration.ofSeconds(9)));
  }

  /** What a row says of who is dead, or cannot be asked, is of no use to clients. */
  @Test
  void somebodyServesWhoIsKnownToLiveAndSaysSo() {
    var members = new Entry.Entered(4, List.of(serving(1), member(2, 0.3)));
    assertThat(FormationDecision.someServe(members, Map.of(1L, ALIVE, 2L, ALIVE))).isTrue();
    assertThat(FormationDecision.someServe(members, Map.of(1L, DEAD, 2L, ALIVE))).isFalse();
    assertThat(FormationDecision.someServe(members, Map.of(1L, DEAF, 2L, ALIVE))).isFalse();
    assertThat(FormationDecision.someServe(members, Map.of(2L, ALIVE))).isFalse();
  }

  @Test
  void formsAClusterWhereThereIsNone() {
    assertThat(decision.decide(new Entry.Empty(), Map.of(), Optional.empty(), NOW, NOW))
        .isEqualTo(new Action.Form(Set.of(), Set.of()));
  }

  @Test
  void joinsItselfWhenTheFormationIsItsOwn() {
    assertThat(decision.decide(new Entry.Founded(7), Map.of(), Optional.empty(), NOW, NOW))
        .isEqualTo(new Action.JoinSelf(7));
  }

  @Test
  void joinsItselfOnlyOnceInAWhile() {
    var asked = Optional.of(new Asked(7, List.of("h:1"), NOW.minusMillis(1999)));
    assertThat(decision.decide(new Entry.Founded(7), Map.of(), asked, NOW, NOW))
        .isEqualTo(new Action.Wait());
    assertThat(decision.decide(new Entry.Founded(8), Map.of(), asked, NOW, NOW))
        .isEqualTo(new Action.JoinSelf(8));
  }

  @Test
  void startsAnewWhenItWasWrittenOff() {
    assertThat(decision.decide(new Entry.Refused(), Map.of(), Optional.empty(), NOW, NOW))
        .isEqualTo(new Action.StartAnew());
  }

  @Test
  void joinsThoseWhoAreNotCertainlyDead() {
    assertThat(
            decide(
                Map.of(1L, ALIVE, 2L, DEAD, 3L, DEAF),
                LONG_AGO,
                member(1, 0),
                member(2, 0),
                member(3, 0)))
        .isEqualTo(new Action.Join(4, List.of("h:1", "h:3")));
  }

  @Test
  void formsOverMembersWhoAreAllCertainlyDeadHoweverRecentlySeen() {
    assertThat(decide(Map.of(1L, DEAD, 2L, DEAD), NOW, member(1, 0), member(2, 0)))
        .isEqualTo(new Action.Form(Set.of(), Set.of(1L, 2L)));
  }

  @Test
  void formsOverMembersWhoAreSilentAndDeaf() {
    assertThat(decide(Map.of(1L, DEAF, 2L, DEAD), LONG_AGO, member(1, 5.1), member(2, 0)))
        .isEqualTo(new Action.Form(Set.of(1L), Set.of(2L)));
  }

  @Test
  void doesNotTakeAMemberForLostThatTheDatabaseHasHeardOf() {
    assertThat(decide(Map.of(1L, DEAF), LONG_AGO, member(1, 5))).isInstanceOf(Action.Join.class);
  }

  @Test
  void doesNotTakeASilentMemberForLostThatAnswersOrWasNotAskedForLong() {
    assertThat(decide(Map.of(1L, ALIVE), LONG_AGO, member(1, 60))).isInstanceOf(Action.Join.class);
    assertThat(decide(Map.of(1L, new Sign.Deaf(NOW.minusMillis(1999))), LONG_AGO, member(1, 60)))
        .isInstanceOf(Action.Join.class);
    assertThat(decide(Map.of(), LONG_AGO, member(1, 60))).isInstanceOf(Action.Join.class);
  }

  @Test
  void doesNotTakeASilentMemberForLostRightAfterTheDatabaseCameBack() {
    assertThat(decide(Map.of(1L, DEAF), NOW.minusSeconds(5), member(1, 60)))
        .isInstanceOf(Action.Join.class);
  }

  @Test
  void asksPekkoAgainOnlyWhenTheMembersChangedOrNothingHappened() {
    var entry = new Entry.Entered(4, List.of(member(1, 0)));
    var same = new Asked(4, List.of("h:1"), NOW.minusMillis(1999));
    var old = new Asked(4, List.of("h:1"), NOW.minusMillis(2000));
    var other = new Asked(3, List.of("h:1"), NOW);
    Map<Long, Sign> signs = Map.of(1L, ALIVE);
    assertThat(decision.decide(entry, signs, Optional.of(same), LONG_AGO, NOW))
        .isEqualTo(new Action.Wait());
    assertThat(decision.decide(entry, signs, Optional.of(old), LONG_AGO, NOW))
        .isInstanceOf(Action.Join.class);
    assertThat(decision.decide(entry, signs, Optional.of(other), LONG_AGO, NOW))
        .isInstanceOf(Action.Join.class);
  }
}
