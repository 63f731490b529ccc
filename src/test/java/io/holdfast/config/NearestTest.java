package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {

  @ParameterizedTest
  @CsvSource({
    "'', '', 0",
    "a, '', 1",
    "kitten, sitting, 3",
    "idle-timout, idle-timeout, 1",
    "shards, shrads, 2",
    "same, same, 0"
  })
  void countsEdits(String a, String b, int edits) {
    assertThat(Nearest.distance(a, b)).isEqualTo(edits);
  }

  @Property
  void theDistanceIsAMetric(
      @ForAll @Word String a, @ForAll @Word String b, @ForAll @Word String c) {
    assertThat(Nearest.distance(a, b)).isEqualTo(Nearest.distance(b, a));
    assertThat(Nearest.distance(a, b) == 0).isEqualTo(a.equals(b));
    assertThat(Nearest.distance(a, c))
        .isLessThanOrEqualTo(Nearest.distance(a, b) + Nearest.distance(b, c));
  }

  @Property
  void oneWrongLetterStillFindsTheWord(
      @ForAll @IntRange(max = 11) int at, @ForAll @AlphaChars char letter) {
    var typo = new StringBuilder("idle-timeout");
    typo.setCharAt(at, letter);
    assertThat(Nearest.to(typo.toString(), List.of("uri-max", "idle-timeout", "held-max")))
        .contains("idle-timeout");
  }

  @Test
  void nothingIsNearWhereNothingIsKnown() {
    assertThat(Nearest.to("a", List.of())).isEmpty();
  }

  @AlphaChars
  @StringLength(max = 8)
  @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME)
  private @interface Word {}
}
