package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Expectations.Period;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Load from 0 to 60 s, harm from 20 to 21 s, mended from 40 to 42 s. */
class CourseTest {
  private static final long NEVER = Long.MAX_VALUE;

  @Test
  void isQuietUntilTheHarmAndAgainWhenAllHasSettled() {
    assertThat(expectations(Fault.KILL, OptionalLong.of(nanos(45)), 23).quiet())
        .containsExactly(new Period(0, nanos(20)), new Period(nanos(55), nanos(60)));
  }

  @Test
  void isNotQuietAgainBeforeTheRecovery() {
    assertThat(expectations(Fault.KILL, OptionalLong.of(nanos(45)), 58).quiet())
        .endsWith(new Period(nanos(58), nanos(60)));
  }

  @Test
  void isNotQuietAgainWhereNodesLackTheirShare() {
    assertThat(expectations(Fault.KILL, OptionalLong.empty(), 23).quiet())
        .containsExactly(new Period(0, nanos(20)));
  }

  @Test
  void isQuietAllTheTimeWithoutAFault() {
    assertThat(expectations(Fault.NONE, OptionalLong.empty(), 60).quiet())
        .containsExactly(new Period(0, nanos(60)));
  }

  @Test
  void countsTheRecoveryFromWhatTakesLongest() {
    assertThat(course(Fault.KILL, nanos(40), OptionalLong.empty()).moments())
        .isEqualTo(new Recovery.Moments(nanos(20), nanos(21), nanos(40)));
    assertThat(course(Fault.DB_STOP, NEVER, OptionalLong.empty()).moments())
        .isEqualTo(new Recovery.Moments(nanos(20), nanos(42), nanos(60)));
  }

  @Test
  void missesTheDatabaseUntilAMomentAfterItsReturn() {
    assertThat(expectations(Fault.DB_STOP, OptionalLong.empty(), 43).databaseAway())
        .contains(new Expectations.Away(nanos(20), nanos(21), nanos(45)));
    assertThat(expectations(Fault.KILL, OptionalLong.empty(), 43).databaseAway()).isEmpty();
  }

  private static Expectations expectations(Fault fault, OptionalLong whole, double recovered) {
    var course = course(fault, nanos(40), whole);
    return course.expectations(new Recovery(nanos(recovered), Optional.empty()));
  }

  private static Course course(Fault fault, long restart, OptionalLong whole) {
    return new Course(
        fault,
        0,
        new FaultPlay.Harm(nanos(20), nanos(21)),
        new FaultPlay.Mended(nanos(42), restart),
        whole,
        nanos(60));
  }
}
