package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static io.holdfast.tools.chaos.HistoryOf.ok;
import static io.holdfast.tools.chaos.HistoryOf.shows;
import static io.holdfast.tools.chaos.HistoryOf.status;
import static io.holdfast.tools.chaos.HistoryOf.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Operation.Phase;
import org.junit.jupiter.api.Test;

/** The harm is done at 10 s, and is mended at 20 s. */
class RecoveryTest {
  @Test
  void takesUntilTheLastWriteThatWasHeldUpIsDone() {
    var history =
        new HistoryOf().put(9, 13, "a", ok(1)).put(14, 14.3, "b", ok(2)).put(15, 15.2, "c", ok(3));

    assertThat(recovery(history).seconds()).isEqualTo(4.3);
    assertThat(recovery(history).end()).isEqualTo(nanos(14.3));
  }

  @Test
  void takesUntilTheLastWriteThatFailed() {
    assertThat(seconds(new HistoryOf().put(12, 12.1, "a", status(503)))).isEqualTo(2.1);
    assertThat(seconds(new HistoryOf().put(11, 19, "a", unknown()))).isEqualTo(9);
  }

  @Test
  void takesNoTimeWhereNoWriteIsHeldUp() {
    assertThat(seconds(new HistoryOf().put(10, 10.1, "a", ok(1)).get(11, 14, shows(1, "a"))))
        .isZero();
  }

  @Test
  void countsWhatIsNotDoneWhenTheMendingBegins() {
    assertThat(seconds(new HistoryOf().put(11, 26, "a", ok(1)))).isEqualTo(16);
  }

  @Test
  void leavesOutWhatTheMendingHoldsUp() {
    assertThat(seconds(new HistoryOf().put(19.9, 21, "a", ok(1)).put(22, 29, "b", ok(2)))).isZero();
  }

  @Test
  void leavesOutWhatABusyMachineHoldsUpAfterACalm() {
    assertThat(seconds(new HistoryOf().put(11, 13, "a", ok(1)).put(15.1, 15.5, "b", ok(2))))
        .isEqualTo(3);
    assertThat(seconds(new HistoryOf().put(11, 13, "a", ok(1)).put(15.1, 16.5, "b", ok(2))))
        .isEqualTo(6.5);
    assertThat(seconds(new HistoryOf().put(11, 13, "a", ok(1)).put(15.1, 15.2, "b", status(503))))
        .isEqualTo(5.2);
  }

  @Test
  void leavesOutWhatEndedBeforeTheHarmAndWhatIsNotMeasured() {
    assertThat(seconds(new HistoryOf().put(1, 9, "a", ok(1)))).isZero();
    assertThat(seconds(new HistoryOf().in(Phase.REPEATED).put(11, 19, "a", ok(1)))).isZero();
  }

  @Test
  void ofOneNodeTakesUntilThereIsOneThroughWhichAllCanBeWritten() {
    var history =
        new HistoryOf()
            .put(10, 12, "a", ok(1))
            .put(13, 13.1, "b", ok(2))
            .at(2)
            .put(11, 19, "c", ok(3))
            .at(3)
            .put(11, 11.1, "d", status(503))
            .put(15, 15.1, "e", status(503));

    assertThat(recovery(history).someSeconds()).isEqualTo(2);
    assertThat(recovery(history).seconds()).isEqualTo(9);
    assertThat(recovery(history.at(4).put(14, 14.1, "f", ok(4))).someSeconds()).isZero();
    assertThat(recovery(new HistoryOf()).someSeconds()).isZero();
  }

  private static double seconds(HistoryOf history) {
    return recovery(history).seconds();
  }

  private static Recovery recovery(HistoryOf history) {
    return Recovery.of(history.operations(), new Recovery.Moments(nanos(10), nanos(10), nanos(20)));
  }
}
