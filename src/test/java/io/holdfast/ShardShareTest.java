package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardShareTest {

  @ParameterizedTest
  @CsvSource({
    "64, 64, 1, true",
    "62, 64, 1, false",
    "21, 64, 3, true",
    "20, 64, 3, true",
    "19, 64, 3, false",
    "0, 64, 3, false",
    "0, 1, 3, true",
    "64, 64, 0, true",
  })
  void isThereWhenEvenedOut(int owned, int shards, int members, boolean isThere) {
    assertThat(ShardShare.isShare(owned, shards, members)).isEqualTo(isThere);
  }
}
