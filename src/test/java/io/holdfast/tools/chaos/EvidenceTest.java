package io.holdfast.tools.chaos;

import static io.holdfast.tools.chaos.HistoryOf.nanos;
import static io.holdfast.tools.chaos.HistoryOf.ok;
import static io.holdfast.tools.chaos.HistoryOf.shows;
import static io.holdfast.tools.chaos.HistoryOf.showsMarked;
import static io.holdfast.tools.chaos.HistoryOf.status;
import static io.holdfast.tools.chaos.HistoryOf.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Targets.Life;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * The harm is done at 10 s, its mending begins at 20 s, and the round ends at 30 s. Writes are sent
 * to node 1, reads to node 2; node 1 is harmed from 24 to 26 s, and the database away from 12 to
 * 14.
 */
class EvidenceTest {
  private final HistoryOf history = new HistoryOf();

  @Test
  void countsTheGapOfTheHarmAndThatOfTheMendingApart() {
    history
        .put(1, 9, "before", ok(1))
        .put(9.5, 11, "through", ok(2))
        .put(11, 14, "during", ok(3))
        .put(19.9, 21, "mended", ok(4))
        .put(21, 26.5, "harmed", ok(5))
        .put(27, 29, "after", ok(6));

    assertThat(value(Quantity.WRITE_GAP)).isEqualTo(3);
    assertThat(value(Quantity.MENDING_WRITE_GAP)).isEqualTo(2);
    assertThat(value(Quantity.REQUESTS)).isEqualTo(5);
  }

  @Test
  void takesReadsApartByWhetherTheNodeHasACopy() {
    history.get(11, 15, status(404)).get(15.5, 16, shows(1, "a")).get(27, 27.5, status(404));

    assertThat(value(Quantity.COLD_READ_GAP)).isEqualTo(4);
    assertThat(value(Quantity.READ_GAP)).isEqualTo(0.5);
    assertThat(value(Quantity.MENDING_READ_GAP)).isEqualTo(0.5);
    assertThat(value(Quantity.WRITE_GAP)).isZero();
  }

  @Test
  void takesACopyForLostWhenTheNodeBeganAnew() {
    history.get(1, 2, shows(1, "a")).get(11, 15, shows(1, "a"));

    assertThat(value(Quantity.READ_GAP)).isEqualTo(4);
    assertThat(value(Quantity.READ_GAP, List.of(new Life(2, nanos(5))))).isZero();
    assertThat(value(Quantity.READ_GAP, List.of(new Life(1, nanos(5))))).isEqualTo(4);
  }

  @Test
  void tellsWhatFailedFromWhatWasRefusedAsPromised() {
    history
        .put(12.5, 13, "a", status(503, "database-unavailable"))
        .get(12.5, 13, status(503, "database-unavailable"))
        .put(15, 16, "b", status(503, "database-unavailable"))
        .get(16, 17, unknown())
        .put(24.5, 25, "c", unknown());

    assertThat(value(Quantity.REFUSED)).isEqualTo(2);
    assertThat(value(Quantity.FAILED)).isEqualTo(2);
    assertThat(value(Quantity.FAILED_READS)).isEqualTo(2);
  }

  @Test
  void countsMarksUnknownOutcomesAndAnswersOfTheHarmed() {
    history
        .put(1, 2, "a", ok(1))
        .get(11, 12, showsMarked(1, "a"))
        .put(15, 16, "b", unknown())
        .in(Phase.WOKEN)
        .get(24, 25, showsMarked(1, "a"))
        .get(24, 25, unknown());

    assertThat(value(Quantity.MARKED)).isEqualTo(2);
    assertThat(value(Quantity.UNKNOWN)).isOne();
    assertThat(value(Quantity.WOKEN)).isOne();
    assertThat(value(Quantity.REQUESTS)).isEqualTo(3);
    assertThat(value(Quantity.DOWNED)).isEqualTo(7);
  }

  @Test
  void takesTheUpperMedianAndTheWorstByWhatIsBetter() {
    assertThat(Quantity.median(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(3);
    assertThat(Quantity.FAILED.worst(List.of(1.0, 3.0, 2.0))).isEqualTo(3);
    assertThat(Quantity.REQUESTS.worst(List.of(1.0, 3.0, 2.0))).isEqualTo(1);
    assertThat(Quantity.WOKEN.worst(List.of(5.0, 3.0))).isEqualTo(3);
  }

  private double value(Quantity quantity) {
    return value(quantity, List.of());
  }

  private double value(Quantity quantity, List<Life> lives) {
    var episode =
        new Episode(
            Faults.of("kill"),
            List.of(3),
            new Episode.Harm(nanos(10), nanos(10)),
            new Fault.Mended(nanos(22), nanos(20)));
    var round = new Round(List.of(episode), 0, nanos(30), OptionalLong.empty());
    var expectations =
        new Expectations(
            List.of(),
            List.of(new Expectations.Away(nanos(12), nanos(12), nanos(14))),
            List.of(new Expectations.Harmed(1, nanos(24), nanos(26))),
            0.999);
    var recovery = new Recovery(nanos(10), Optional.empty(), nanos(10));
    var evidence =
        new Evidence(
            round,
            history.operations(),
            expectations,
            new KnownCopies(history.operations(), lives),
            recovery,
            7);
    return FaultReport.of(evidence).value(quantity);
  }
}
