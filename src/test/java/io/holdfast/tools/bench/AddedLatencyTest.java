package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.bench.AddedLatency.Quantiles;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddedLatencyTest {
  private final StringWriter printed = new StringWriter();

  @Test
  void tellsTheMedianOfWhatEachTurnAdded() {
    var straight = List.of(new Quantiles(1, 2), new Quantiles(1, 9), new Quantiles(2, 3));
    var through = List.of(new Quantiles(1.5, 4), new Quantiles(1.2, 8), new Quantiles(2.3, 3));

    assertThat(AddedLatency.summary(1000, straight, through))
        .isEqualTo(
            "added at 1000/s, medians of the turns: p50 0.300 ms (0.200 to 0.500),"
                + " p99 0.000 ms (-1.000 to 2.000)");
  }

  @Test
  void measuresBothInTurnsAndCountsRefusals() throws Exception {
    try (var store = new PlainStore()) {
      var requests = new Requests(1);
      var latency =
          new AddedLatency(requests::getOne, 20, 1, new PrintWriter(printed, true), 2, 0.1);

      assertThat(latency.measure(store.address(), store.address())).isEqualTo(4 * 22);
      assertThat(printed.toString()).hasLineCount(5).contains("through holdfast at 20/s");
    }
  }
}
