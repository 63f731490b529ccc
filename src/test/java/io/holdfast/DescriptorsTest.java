package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.HttpSettings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescriptorsTest {
  private static HttpSettings taking(int connectionsMax) {
    return new HttpSettings(
        1024,
        256,
        8,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ZERO,
        List.of(),
        connectionsMax,
        20,
        10);
  }

  @ParameterizedTest(name = "{0} wanted, {1} descriptors: {2}")
  @CsvSource({
    "10000, 1048576, 10000",
    "10000, 10400, 10000",
    "10000, 10399, 9999",
    "10000, 1024, 624",
    "10000, 400, 16",
    "10000, 64, 16",
    "5, 64, 5",
    "10000, -1, 10000",
  })
  void takesNoMoreConnectionsThanTheSystemLetsItBesidesWhatItNeeds(
      int wanted, long descriptors, int taken) {
    assertThat(Descriptors.fitting(taking(wanted), descriptors)).isEqualTo(taking(taken));
  }

  @Test
  void aProcessThatIsWellHasDescriptorsLeft() {
    assertThat(Descriptors.areLeft()).isTrue();
    assertThat(Descriptors.fitting(taking(1))).isEqualTo(taking(1));
  }
}
