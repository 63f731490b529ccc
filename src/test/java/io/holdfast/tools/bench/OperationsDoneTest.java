package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OperationsDoneTest {
  @Test
  void thoseThatSucceededCountAndNoOthers() {
    var told =
        """
        # TYPE holdfast_operations_written_total counter
        holdfast_operations_written_total{state="failed"} 7.0
        holdfast_operations_written_total{state="succeeded"} 12345.0
        holdfast_operations_in_flight 3.0
        """;
    assertThat(OperationsDone.told(told)).isEqualTo(12345);
    assertThat(OperationsDone.told("")).isZero();
  }
}
