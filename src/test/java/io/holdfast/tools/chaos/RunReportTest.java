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
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RunReportTest {
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

    assertThat(value(history, Quantity.WOKEN)).isOne();
    assertThat(value(history, Quantity.REQUESTS)).isOne();
    assertThat(value(history, Quantity.FAILED)).isZero();
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

  private static double value(HistoryOf history, Quantity quantity) {
    return report(history).faults().get(0).value(quantity);
  }

  /** The harm is done at 10 s, and is mended at 20 s. */
  private static RunReport report(HistoryOf history) {
    var episode =
        new Episode(
            Faults.of("kill"),
            List.of(3),
            new Episode.Harm(nanos(10), nanos(10)),
            new Fault.Mended(nanos(22), nanos(20)));
    var round = new Round(List.of(episode), 0, nanos(30), OptionalLong.empty());
    return RunReport.of(
        history.operations(),
        new Course(0, List.of(round), List.of(), nanos(30)),
        new RunReport.Besides(List.of(), List.of(), List.of(), List.of()));
  }
}
