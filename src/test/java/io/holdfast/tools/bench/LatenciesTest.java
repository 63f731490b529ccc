package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenciesTest {
  @Test
  void tellsWithinWhatAShareStayed() {
    var latencies = new Latencies();
    for (int i = 200_000; i > 0; i--) {
      latencies.add(i);
    }
    assertThat(latencies.count()).isEqualTo(200_000);
    assertThat(latencies.atShare(0.5)).isEqualTo(100_000);
    assertThat(latencies.atShare(0.99)).isEqualTo(198_000);
    assertThat(latencies.atShare(1)).isEqualTo(200_000);
    assertThat(new Latencies().atShare(0.5)).isZero();
  }
}
