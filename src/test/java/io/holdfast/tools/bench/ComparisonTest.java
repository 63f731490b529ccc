package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  private static List<Turn> turns(double... cpuPerThousand) {
    return DoubleStream.of(cpuPerThousand).mapToObj(it -> new Turn(12_000, 1.5, 9, it)).toList();
  }

  @Test
  void tellsMediansAndTheRatioOfEachTurn() {
    var comparison =
        new Comparison("ours", turns(0.05, 0.1, 0.2))
            .beside("theirs", turns(0.1, 0.1, 0.6))
            .missing("caddy", "apt-get install caddy");

    assertThat(comparison.toString().lines().map(it -> it.replaceAll(" {2,}", " | ")))
        .containsExactly(
            " | requests/s | p50 | p99 | CPU s per 1,000 | requests per CPU s | ours to it",
            "ours | 12,000 | 1.50 ms | 9.00 ms | 0.1000 | 10,000",
            "theirs | 12,000 | 1.50 ms | 9.00 ms | 0.1000 | 10,000 | 2.00 (1.00 to 3.00)",
            "caddy | not there: apt-get install caddy");
  }

  @Test
  void tellsOursAlone() {
    assertThat(new Comparison("ours", turns(0.05)).toString()).hasLineCount(2);
  }
}
