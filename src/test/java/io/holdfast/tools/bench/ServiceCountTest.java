package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServiceCountTest {
  @Test
  void readsTheThirdNumber() {
    var told =
        """
        Active connections: 2\s
        server accepts handled requests
         7 7 31\s
        Reading: 0 Writing: 1 Waiting: 1\s
        """;
    assertThat(ServiceCount.told(told)).isEqualTo(31);
  }

  @Test
  void failsOnAnythingElse() {
    assertThatThrownBy(() -> ServiceCount.told("xxx"))
        .isInstanceOf(BenchCluster.Failed.class)
        .hasMessageContaining("xxx");
  }
}
