package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TablesTest {
  @Test
  void showMedianAndWorstOfSeveralRunsInEachColumn() {
    var lines =
        Tables.table(List.of(report("kill", 1, 3), report("kill", 0, 1), report("kill", 0, 2)));

    assertThat(lines).hasSize(6);
    assertThat(cells(lines.get(4)))
        .startsWith("kill,", "median", "100", "0")
        .contains("2.00", "0.50");
    assertThat(cells(lines.get(5)))
        .startsWith("kill,", "worst", "100", "1")
        .contains("3.00", "0.50");
  }

  @Test
  void haveALineForEachFaultOfARun() {
    var lines = Tables.table(List.of(report("kill", 0, 1), report("pause", 0, 4)));

    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("kill ");
    assertThat(lines.get(2)).startsWith("pause ");
  }

  @Test
  void nameTheGoalsThatWereMissed() {
    var goals =
        List.of(
            Goal.worst(Quantity.FAILED, 0),
            Goal.median(Quantity.WRITE_GAP, 1.5),
            Goal.worst(Quantity.WRITE_GAP, 2.5));
    var runs =
        List.of(1.0, 2.0, 3.0).stream()
            .map(it -> new FaultReport("kill", goals, values(0, it)))
            .toList();

    assertThat(Tables.missed(runs))
        .containsExactly(
            "kill: longest gap of writes, s: median 2.00, at most 1.50",
            "kill: longest gap of writes, s: worst 3.00, at most 2.50");
    assertThat(Tables.missed(runs.subList(0, 1))).isEmpty();
  }

  @Test
  void showSomeViolationsOfEachKind() {
    var violation = new Violation(Violation.Kind.TWICE, "one write, two versions");

    assertThat(Tables.violations(Collections.nCopies(9, violation)))
        .hasSize(6)
        .startsWith("TWICE: 9", "  one write, two versions");
  }

  @Test
  void sayWhatIsWrongAndThatNothingIs() {
    var good = new RunReport(List.of(report("kill", 0, 1)), 0, Map.of(), List.of(), List.of());
    var bad =
        new RunReport(
            List.of(report("kill", 0, 1)),
            3,
            Map.of("GET at node 1: 503 shed", 3L),
            List.of(new Violation(Violation.Kind.LOST_WRITE, "gone")),
            List.of("n2 says nothing of its clock"));

    assertThat(Tables.of(List.of(good))).contains("goals missed: none", "violations: none");
    assertThat(Tables.of(List.of(bad)))
        .contains(
            "     3  GET at node 1: 503 shed",
            "failed in the warm-up: 3",
            "  n2 says nothing of its clock",
            "  LOST_WRITE: 1");
  }

  private static List<String> cells(String line) {
    return List.of(line.split(" +"));
  }

  private static FaultReport report(String fault, double failed, double writeGap) {
    return new FaultReport(fault, List.of(), values(failed, writeGap));
  }

  private static Map<Quantity, Double> values(double failed, double writeGap) {
    var values = new EnumMap<Quantity, Double>(Quantity.class);
    for (var quantity : Quantity.values()) {
      values.put(quantity, 0.5);
    }
    values.put(Quantity.REQUESTS, 100.0);
    values.put(Quantity.FAILED, failed);
    values.put(Quantity.WRITE_GAP, writeGap);
    return values;
  }
}
