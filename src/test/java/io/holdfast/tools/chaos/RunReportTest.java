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

  @Test
  void eachRequestOfASurvivorThatFailsIsAViolation() {
    var history = new HistoryOf().put(1, 2, "a", ok(1));
    for (int i = 0; i < 3000; i++) {
      history = history.get(3, 4, shows(1, "a"));
    }

    assertThat(violations(history)).isEmpty();
    assertThat(violations(history.get(11, 21, status(503)))).containsExactly(Kind.SURVIVOR_FAILED);
  }

  @Test
  void whereAFaultLeavesTooLittleTheFloorAloneIsHeld() {
    var history = new HistoryOf().put(1, 2, "a", ok(1)).get(11, 21, status(503));

    assertThat(
            report(history, "busy", List.of()).violations().stream().map(Violation::kind).toList())
        .containsExactly(Kind.FLOOR);
  }

  @Test
  void aLiveNodeThatIsWrittenOffIsAViolation() {
    var history = new HistoryOf().put(1, 2, "a", ok(1));
    var downed = List.of(new Watch.Downed(2, nanos(12)));

    var report = report(history, "busy", downed);

    assertThat(report.violations())
        .extracting(Violation::toString)
        .containsExactly("LIVE_NODE_DOWNED: node 2 began anew, 12.00 s after the run's begin");
    assertThat(report.faults().get(0).value(Quantity.DOWNED)).isOne();
  }

  private static List<Kind> violations(HistoryOf history) {
    return report(history).violations().stream().map(Violation::kind).toList();
  }

  private static double value(HistoryOf history, Quantity quantity) {
    return report(history).faults().get(0).value(quantity);
  }

  /** The harm is done at 10 s, and is mended at 20 s. */
  private static RunReport report(HistoryOf history) {
    return report(history, "kill", List.of());
  }

  private static RunReport report(HistoryOf history, String fault, List<Watch.Downed> downed) {
    var episode =
        new Episode(
            Faults.of(fault),
            List.of(3),
            new Episode.Harm(nanos(10), nanos(10)),
            new Fault.Mended(nanos(22), nanos(20)));
    var round = new Round(List.of(episode), 0, nanos(30), OptionalLong.empty());
    return RunReport.of(
        history.operations(),
        new Course(0, List.of(round), List.of(), nanos(30)),
        new RunReport.Besides(List.of(), downed, List.of(), List.of()));
  }
}
