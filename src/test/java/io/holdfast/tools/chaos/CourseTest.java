package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Expectations.Away;
import io.holdfast.tools.chaos.Expectations.Period;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Load from 0 to 60 s, harm from 20 to 21 s, mended from 40 to 42 s. */
class CourseTest {
  private static final long NEVER = Fault.Mended.NEVER;

  @Test
  void isQuietUntilTheHarmAndAgainWhenAllHasSettled() {
    assertThat(expectations("kill", OptionalLong.of(nanos(45)), 23).quiet())
        .containsExactly(new Period(0, nanos(20)), new Period(nanos(55), nanos(60)));
  }

  @Test
  void isNotQuietAgainBeforeTheRecovery() {
    assertThat(expectations("kill", OptionalLong.of(nanos(45)), 58).quiet())
        .endsWith(new Period(nanos(58), nanos(60)));
  }

  @Test
  void isNotQuietAgainWhereNodesLackTheirShare() {
    assertThat(expectations("kill", OptionalLong.empty(), 23).quiet())
        .containsExactly(new Period(0, nanos(20)));
  }

  @Test
  void isQuietAllTheTimeWithoutAFault() {
    assertThat(expectations("none", OptionalLong.empty(), 60).quiet())
        .containsExactly(new Period(0, nanos(60)));
  }

  @Test
  void isQuietBetweenTwoRoundsOnlyWhenAllHasSettled() {
    var first = round("kill", 20, NEVER, OptionalLong.of(nanos(24)));
    var second = round("kill", 40, NEVER, OptionalLong.empty());
    var course = new Course(0, List.of(first, second), List.of(), nanos(60));

    assertThat(course.expectations(List.of(recovered(23), recovered(43))).quiet())
        .containsExactly(new Period(0, nanos(20)), new Period(nanos(34), nanos(40)));
  }

  @Test
  void countsTheRecoveryFromWhatTakesLongest() {
    assertThat(round("kill", 20, nanos(40), OptionalLong.empty()).moments())
        .isEqualTo(new Recovery.Moments(nanos(20), nanos(21), nanos(40)));
    assertThat(round("db-stop", 20, NEVER, OptionalLong.empty()).moments())
        .isEqualTo(new Recovery.Moments(nanos(20), nanos(42), nanos(60)));
  }

  @Test
  void countsTheRecoveryOfTwoFaultsFromTheLastAndWithTheLongerLimit() {
    var away = episode("db-stop", 20, NEVER);
    var killed = episode("kill", 25, nanos(50));
    var round = new Round(List.of(away, killed), 0, nanos(60), OptionalLong.empty());

    assertThat(round.word()).isEqualTo("db-stop+kill");
    assertThat(round.moments()).isEqualTo(new Recovery.Moments(nanos(20), nanos(42), nanos(50)));
    assertThat(round.recoverySecondsMax()).hasValue(5);
    assertThat(round.goals()).isEmpty();
  }

  @Test
  void missesTheDatabaseUntilAMomentAfterItsReturn() {
    assertThat(expectations("db-stop", OptionalLong.empty(), 43).databaseAway())
        .containsExactly(new Away(nanos(20), nanos(21), nanos(45)));
    assertThat(expectations("kill", OptionalLong.empty(), 43).databaseAway()).isEmpty();
  }

  @Test
  void seesNoRecoveryInWhatAHarmedNodeWasAsked() {
    var history = new HistoryOf().put(21, 29, "a", HistoryOf.unknown()).operations();
    var round = round("kill", 20, nanos(40), OptionalLong.empty());
    var harmed = List.of(new Expectations.Harmed(1, nanos(20), nanos(45)));

    assertThat(new Course(0, List.of(round), harmed, nanos(60)).recoveries(history))
        .extracting(Recovery::seconds)
        .containsExactly(0.0);
    assertThat(new Course(0, List.of(round), List.of(), nanos(60)).recoveries(history))
        .extracting(Recovery::seconds)
        .containsExactly(8.0);
  }

  private static Expectations expectations(String fault, OptionalLong whole, double recovered) {
    var round = round(fault, 20, nanos(40), whole);
    return new Course(0, List.of(round), List.of(), nanos(60))
        .expectations(List.of(recovered(recovered)));
  }

  private static Recovery recovered(double end) {
    return new Recovery(nanos(end), Optional.empty(), nanos(end));
  }

  private static Round round(String fault, double harm, long restart, OptionalLong whole) {
    return new Round(List.of(episode(fault, harm, restart)), 0, nanos(60), whole);
  }

  private static Episode episode(String fault, double harm, long restart) {
    return new Episode(
        Faults.of(fault),
        List.of(),
        new Episode.Harm(nanos(harm), nanos(harm + 1)),
        new Fault.Mended(nanos(42), restart));
  }
}
