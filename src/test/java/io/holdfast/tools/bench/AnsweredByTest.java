package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnsweredByTest {
  @ParameterizedTest
  @CsvSource({
    "SERVICE, 1000, 1000, true",
    "SERVICE, 1000, 1003, true",
    "SERVICE, 1000,  999, false",
    "STORE,   1000,    0, true",
    "STORE,   1001,    1, true",
    "STORE,   1000,    1, false",
    "STORE,      0,    0, false"
  })
  void tellsAStoreFromAService(AnsweredBy by, long answers, long atService, boolean fits) {
    assertThat(by.fits(answers, atService)).isEqualTo(fits);
  }
}
