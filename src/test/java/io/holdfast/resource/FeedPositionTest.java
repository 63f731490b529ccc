package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeedPositionTest {
  @Property
  void asTextAndBackItIsTheSame(
      @ForAll @LongRange(min = 0, max = 1L << 40) long at,
      @ForAll @LongRange(min = 0) long generation,
      @ForAll @Size(max = 20) Map<Long, @LongRange(min = 0) Long> positions) {
    var position = new FeedPosition(Instant.ofEpochSecond(at), generation, positions);
    assertThat(position.text()).matches("[0-9a-z.-]+");
    assertThat(FeedPosition.parse(position.text())).contains(position);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "-1", "z z", "1.", "1.a", "1.a-", "1.-a", "1.a--1", "1..a-1", "1.é-1", "1-",
        "1--1", "1-a-1"
      })
  void otherTextIsNone(String text) {
    assertThat(FeedPosition.parse(text)).isEmpty();
  }

  /** As every version before generations wrote it. */
  @Test
  void withinTheFirstHistoryItsGenerationIsNotTold() {
    assertThat(new FeedPosition(Instant.ofEpochSecond(36), 0, Map.of(37L, 38L)).text())
        .isEqualTo("10.11-12");
    assertThat(new FeedPosition(Instant.ofEpochSecond(36), 39, Map.of(37L, 38L)).text())
        .isEqualTo("10-13.11-12");
  }

  @Property
  void noTextMakesItFail(@ForAll String text) {
    assertThat(FeedPosition.parse(text)).isNotNull();
  }

  @Test
  void textWithoutEndIsNone() {
    assertThat(FeedPosition.parse("1" + ".a-1".repeat(5000))).isEmpty();
  }
}
