package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static io.holdfast.tools.chaos.HistoryOf.ok;
import static io.holdfast.tools.chaos.HistoryOf.shows;
import static io.holdfast.tools.chaos.HistoryOf.status;
import static io.holdfast.tools.chaos.HistoryOf.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Violation.Kind;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RunReportTest {
  private static final Recovery.Moments HARM_AT_TEN =
      new Recovery.Moments(nanos(10), nanos(10), nanos(20));

  @Test
  void aRunInWhichNothingWasWrittenShowsNothing() {
    var refusing = new HistoryOf().put(0, 1, "a", status(409)).get(2, 3, status(404));

    assertThat(violations(refusing)).containsExactly(Kind.NOTHING_WRITTEN);
    assertThat(violations(refusing.put(4, 5, "b", ok(1)))).isEmpty();
  }

  @Test
  void tellsHowOftenANodeThatWokeUpAnswered() {
    var history =
        new HistoryOf()
            .put(11, 11.1, "a", ok(1))
            .in(Phase.WOKEN)
            .get(17, 18, unknown())
            .get(17, 18, shows(1, "a"));

    assertThat(report(history).woken()).isOne();
    assertThat(report(history).requests()).isOne();
    assertThat(report(history).failed()).isZero();
  }

  @Test
  void documentsThatAreWritableTooLateAreAViolation() {
    assertThat(violations(new HistoryOf().put(11, 14.9, "a", ok(1)))).isEmpty();
    assertThat(violations(new HistoryOf().put(11, 15.1, "a", ok(1))))
        .containsExactly(Kind.TOO_SLOW);
  }

  private static List<Kind> violations(HistoryOf history) {
    return report(history).violations().stream().map(Violation::kind).toList();
  }

  private static RunReport report(HistoryOf history) {
    return RunReport.of(
        history.operations(),
        new Expectations(List.of(), Optional.empty(), 0, OptionalDouble.of(5)),
        Recovery.of(history.operations(), HARM_AT_TEN),
        List.of());
  }
}
