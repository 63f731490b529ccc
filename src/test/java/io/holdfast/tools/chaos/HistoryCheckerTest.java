package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static io.holdfast.tools.chaos.HistoryOf.ok;
import static io.holdfast.tools.chaos.HistoryOf.shows;
import static io.holdfast.tools.chaos.HistoryOf.showsMarked;
import static io.holdfast.tools.chaos.HistoryOf.status;
import static io.holdfast.tools.chaos.HistoryOf.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Expectations.Period;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Violation.Kind;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class HistoryCheckerTest {
  private static HistoryOf history() {
    return new HistoryOf();
  }

  @Nested
  class CatchesTheLie {
    @Test
    void thatAnOlderVersionIsCurrentAfterAWriteWasAcknowledged() {
      var lie = history().put(0, 1, "a", ok(1)).put(2, 3, "b", ok(2)).get(4, 5, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.STALE_READ);
    }

    @Test
    void thatAnOlderVersionIsCurrentAfterANewerOneWasRead() {
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .put(2, 9, "b", unknown())
              .get(3, 4, shows(2, "b"))
              .get(5, 6, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.STALE_READ);
    }

    @Test
    void thatADeletedDocumentIsThereAsItWas() {
      var lie =
          history().put(0, 1, "a", ok(1)).delete(2, 3, "d", status(204)).get(4, 5, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.STALE_READ);
    }

    @Test
    void thatADocumentIsThereAsItWasAfterItWasFoundMissing() {
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .delete(2, 9, "d", unknown())
              .get(4, 5, status(404))
              .get(6, 7, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.STALE_READ);
    }

    @Test
    void thatAWriteHasAVersionThatWasPassedBeforeItBegan() {
      var lie = history().put(0, 1, "a", ok(1)).put(2, 3, "b", ok(5)).put(4, 5, "c", ok(4));

      assertThat(lie.violations()).containsExactly(Kind.STALE_WRITE);
    }

    @Test
    void thatNothingWasLostThoughTheEndShowsLessThanWasAcknowledged() {
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .put(2, 3, "b", ok(2))
              .in(Phase.FINAL)
              .get(9, 10, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.LOST_WRITE);
    }

    @Test
    void thatADocumentIsGoneThoughNobodyDeletedIt() {
      var lie = history().put(0, 1, "a", ok(1)).get(2, 3, status(404));

      assertThat(lie.violations()).containsExactly(Kind.LOST_WRITE);
    }

    @Test
    void thatADocumentIsGoneByADeleteThatEndedBeforeItWasWritten() {
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .delete(2, 3, "d", status(204))
              .put(4, 5, "b", ok(3))
              .get(6, 7, status(404));

      assertThat(lie.violations()).containsExactly(Kind.LOST_WRITE);
    }

    @Test
    void thatThereIsNothingToDelete() {
      var lie = history().put(0, 1, "a", ok(1)).delete(2, 3, "d", status(404));

      assertThat(lie.violations()).containsExactly(Kind.LOST_WRITE);
    }

    @Test
    void thatOneVersionHasTwoValues() {
      var lie = history().put(0, 9, "a", ok(1)).put(0, 9, "b", ok(1));

      assertThat(lie.violations()).containsExactly(Kind.TWO_VALUES);
    }

    @Test
    void thatAVersionShowsAnotherValueThanItWasWrittenWithEvenIfMarked() {
      var lie =
          history().put(0, 9, "a", ok(1)).put(0, 9, "b", unknown()).get(0, 9, showsMarked(1, "b"));

      assertThat(lie.violations()).containsExactly(Kind.TWO_VALUES);
    }

    @Test
    void thatARepeatedWriteIsANewOne() {
      var lie = history().put(0, 1, "a", ok(1)).put(2, 3, "a", ok(2));

      assertThat(lie.violations()).containsExactly(Kind.TWICE);
    }

    @Test
    void thatAWriteOfUnknownOutcomeHappenedTwice() {
      var lie =
          history().put(0, 1, "a", unknown()).get(2, 3, shows(1, "a")).get(4, 5, shows(2, "a"));

      assertThat(lie.violations()).containsExactly(Kind.TWICE);
    }

    @Test
    void thatThereIsAValueThatNobodyWrote() {
      var lie = history().put(0, 1, "a", ok(1)).get(2, 3, shows(2, "ghost"));

      assertThat(lie.violations()).containsExactly(Kind.INVENTED);
    }

    @Test
    void thatThereIsAValueThatIsOnlyWrittenLater() {
      var lie = history().get(0, 1, shows(1, "a")).put(2, 3, "a", ok(1));

      assertThat(lie.violations()).containsExactly(Kind.INVENTED, Kind.STALE_WRITE);
    }

    @Test
    void thatARefusedWriteWasNotCarriedOut() {
      var lie =
          history().put(0, 1, "a", status(503, "database-unavailable")).get(2, 3, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.REFUSED_BUT_DONE);
    }

    @Test
    void thatAConditionHeldThoughAnotherChangeCameBetween() {
      var lie = history().put(0, 1, "a", ok(1)).putIf(2, 9, 1, "b", ok(3)).put(2, 9, "c", ok(2));

      assertThat(lie.violations()).containsExactly(Kind.CONDITION_IGNORED);
    }

    @Test
    void thatAConditionFailedThoughTheVersionWasCurrentAllTheTime() {
      var lie =
          history().put(0, 1, "a", ok(1)).putIf(2, 3, 1, "b", status(412)).get(4, 5, shows(1, "a"));

      assertThat(lie.violations()).containsExactly(Kind.CONDITION_DENIED);
    }

    @Test
    void thatAKeyBelongsToAnotherRequest() {
      var lie = history().put(0, 1, "a", status(422, "idempotency-key-reused"));

      assertThat(lie.violations()).containsExactly(Kind.UNEXPECTED_ANSWER);
    }

    @Test
    void thatThereIsNothingToWriteTo() {
      var lie = history().put(0, 1, "a", status(404, "not-found"));

      assertThat(lie.violations()).containsExactly(Kind.UNEXPECTED_ANSWER);
    }

    @Test
    void thatADocumentHasNoVersion() {
      var lie =
          history().put(0, 1, "a", status(201)).put(2, 3, "b", status(204)).get(4, 5, status(200));

      assertThat(lie.violations())
          .containsExactly(Kind.UNEXPECTED_ANSWER, Kind.UNEXPECTED_ANSWER, Kind.UNEXPECTED_ANSWER);
    }

    @Test
    void thatTheEndIsProvedThoughItIsMarkedOrRefused() {
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .in(Phase.FINAL)
              .get(2, 3, showsMarked(1, "a"))
              .get(4, 5, unknown());

      assertThat(lie.violations()).containsExactly(Kind.UNREADABLE, Kind.UNREADABLE);
    }
  }

  @Nested
  class Expects {
    private final Expectations quietUntilTen =
        new Expectations(
            List.of(new Period(0, nanos(10))),
            List.of(new Expectations.Away(nanos(10), nanos(10), nanos(20))),
            List.of(new Expectations.Harmed(1, nanos(30), nanos(40))),
            0.999);

    @Test
    void noMarkInQuietTime() {
      var marked =
          history()
              .put(0, 1, "a", ok(1))
              .get(8, 9, showsMarked(1, "a"))
              .get(9, 11, showsMarked(1, "a"));

      assertThat(marked.violations(quietUntilTen)).containsExactly(Kind.MARK_IN_QUIET);
    }

    @Test
    void thatNearlyAllMeasuredRequestsSucceed() {
      var failing = history().get(0, 1, status(404)).get(2, 3, unknown());

      assertThat(failing.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }

    @Test
    void thatNearlyAllRequestsOfTheFillingSucceed() {
      var failing = history().in(Phase.FILL).get(0, 1, status(404)).get(2, 3, unknown());

      assertThat(failing.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }

    /** Writes go to node 1, and reads to node 2. */
    @Test
    void nothingOfANodeWhileItIsHarmed() {
      var harmed =
          history()
              .put(29, 30, "a", unknown())
              .put(35, 36, "b", unknown())
              .put(39, 44, "c", unknown());

      assertThat(harmed.violations(quietUntilTen)).isEmpty();
      assertThat(history().put(28, 29, "a", unknown()).violations(quietUntilTen))
          .containsExactly(Kind.FLOOR);
      assertThat(history().put(41, 42, "a", unknown()).violations(quietUntilTen))
          .containsExactly(Kind.FLOOR);
      assertThat(history().get(35, 36, unknown()).violations(quietUntilTen))
          .containsExactly(Kind.FLOOR);
    }

    @Test
    void noLieOfANodeWhileItIsHarmedEither() {
      var lie = history().put(31, 32, "a", ok(1)).put(33, 34, "b", ok(2)).put(35, 36, "c", ok(1));

      assertThat(lie.violations(quietUntilTen)).contains(Kind.STALE_WRITE, Kind.TWO_VALUES);
    }

    @Test
    void thatNobodyIsTakenForSlowOrGreedy() {
      var slow = history().put(0, 1, "a", status(408, "request-timeout"));
      var greedy = history().put(0, 1, "a", status(429, "too-many-requests"));

      assertThat(slow.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
      assertThat(greedy.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }

    @Test
    void thatNearlyAllRequestsOfTheWarmUpSucceed() {
      var failing = history().in(Phase.WARM_UP).get(0, 1, status(404)).get(2, 3, status(503));

      assertThat(failing.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }

    @Test
    void noAnswerOfANodeThatWakesUpButNoLie() {
      var away =
          history()
              .put(0, 1, "a", ok(1))
              .put(11, 12, "b", ok(2))
              .in(Phase.WOKEN)
              .get(13, 14, unknown())
              .get(13, 14, status(503, "owner-unavailable"))
              .get(13, 14, showsMarked(1, "a"));
      var lie =
          history()
              .put(0, 1, "a", ok(1))
              .put(11, 12, "b", ok(2))
              .in(Phase.WOKEN)
              .get(13, 14, shows(1, "a"))
              .get(13, 14, status(500, "internal"));

      assertThat(away.violations(quietUntilTen)).isEmpty();
      assertThat(lie.violations(quietUntilTen))
          .containsExactly(Kind.STALE_READ, Kind.UNEXPECTED_ANSWER);
    }

    @Test
    void nothingOfRequestsThatAreRepeated() {
      var failing = history().in(Phase.REPEATED).put(2, 3, "a", status(503));

      assertThat(failing.violations(quietUntilTen)).isEmpty();
    }

    @Test
    void refusalsWhileTheDatabaseIsAwayButNotAfterwards() {
      var away = history().put(12, 13, "a", status(503, "database-unavailable"));
      var back = history().put(22, 23, "a", status(503, "database-unavailable"));

      assertThat(away.violations(quietUntilTen)).isEmpty();
      assertThat(back.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }

    @Test
    void unknownOutcomesOnlyOfWritesInFlightWhenTheDatabaseGoesAway() {
      var inFlight = history().put(9.9, 19, "a", status(504, "outcome-unknown"));
      var later = history().put(11, 19, "a", status(504, "outcome-unknown"));

      assertThat(inFlight.violations(quietUntilTen)).isEmpty();
      assertThat(later.violations(quietUntilTen)).containsExactly(Kind.FLOOR);
    }
  }

  @Nested
  class Believes {
    @Test
    void aWriteOfUnknownOutcomeThatIsSeenLaterOrNever() {
      var honest =
          history()
              .put(0, 1, "a", ok(1))
              .put(2, 3, "b", unknown())
              .put(2, 3, "c", unknown())
              .get(4, 5, shows(1, "a"))
              .get(6, 7, shows(2, "b"));

      assertThat(honest.violations()).isEmpty();
    }

    @Test
    void anyOrderOfRequestsThatOverlap() {
      var honest =
          history()
              .put(0, 1, "a", ok(1))
              .put(2, 9, "b", ok(2))
              .get(3, 9, shows(1, "a"))
              .get(3, 4, shows(2, "b"))
              .get(3.5, 9, shows(1, "a"));

      assertThat(honest.violations()).isEmpty();
    }

    @Test
    void aMarkedAnswerThatIsOld() {
      var honest =
          history().put(0, 1, "a", ok(1)).put(2, 3, "b", ok(2)).get(4, 5, showsMarked(1, "a"));

      assertThat(honest.violations()).isEmpty();
    }

    @Test
    void theFirstAnswerGivenAgain() {
      var honest =
          history()
              .put(0, 1, "a", unknown())
              .put(2, 3, "b", ok(2))
              .in(Phase.REPEATED)
              .put(8, 9, "a", ok(1));

      assertThat(honest.violations()).isEmpty();
    }

    @Test
    void aDocumentThatMayHaveBeenDeleted() {
      var honest =
          history()
              .put(0, 1, "a", ok(1))
              .delete(0.5, 2, "d", unknown())
              .get(3, 4, status(404))
              .put(5, 6, "b", ok(3))
              .delete(7, 8, "e", status(204))
              .get(9, 10, status(404))
              .put(11, 12, "c", ok(5));

      assertThat(honest.violations()).isEmpty();
    }

    @Test
    void aConditionThatFailsBecauseOfAChangeThatNobodyHeardOf() {
      var honest =
          history()
              .put(0, 1, "a", ok(1))
              .put(1.5, 3, "b", unknown())
              .putIf(2, 3, 1, "c", status(412))
              .get(4, 5, shows(2, "b"))
              .putIf(6, 7, 2, "d", ok(7));

      assertThat(honest.violations()).isEmpty();
    }
  }
}
