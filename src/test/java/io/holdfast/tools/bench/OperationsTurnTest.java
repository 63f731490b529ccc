package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.bench.OperationsTurn.Accepted;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperationsTurnTest {
  private static OperationsTurn turn(double value) {
    var accepted = new Accepted(value, value, value, value);
    return new OperationsTurn(accepted, accepted, value, value);
  }

  @Test
  void theTableHasTheMediansOfTheTurns() {
    var table = OperationsTurn.table(Map.of("", List.of(turn(1), turn(3000), turn(7))));
    assertThat(table.lines()).hasSize(5);
    assertThat(table.lines().skip(1)).allMatch(line -> line.contains("  7"));
  }
}
