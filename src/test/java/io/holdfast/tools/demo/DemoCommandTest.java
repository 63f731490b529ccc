package io.holdfast.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code scripts/demo --auto} lets pass; what it does is in {@link DemoTest}. */
class DemoCommandTest {
  @ParameterizedTest(name = "{0}: {1} refused, {2} failed, {3} ms")
  @CsvSource({
    "nothing, 0, 0, 900, true",
    "nothing, 1, 0, 900, false",
    "kill a node, 0, 0, 10000, true",
    "kill a node, 1, 0, 900, false",
    "kill a node, 0, 0, 10001, false",
    "pause a node for 6 s, 180, 0, 7820, true",
    "pause a node for 6 s, 0, 1, 900, false",
    "pause a node for 6 s, 0, 0, 10001, false",
    "stop the database for 5 s, 346, 0, 2440, true",
    "stop the database for 5 s, 0, 0, 10001, false",
    "make a service slow, 0, 0, 3070, true",
    "make a service slow, 1, 0, 900, false",
    "make a service slow, 0, 0, 10001, false",
    "'kill everything, start again', 0, 0, 2440, true",
    "'kill everything, start again', 1, 0, 900, false",
    "'kill everything, start again', 0, 1, 900, false"
  })
  void refusesOnlyWhatNoNodeCanAnswerAndNeverLate(
      String step, int refused, int failed, int longestMillis, boolean isAsPromised) {
    var counts = new DemoLoad.Counts();
    counts.refused.set(refused);
    counts.failed.set(failed);
    counts.longestNanos.set(Duration.ofMillis(longestMillis).toNanos());
    assertThat(new DemoCommand.Row(step, counts).isAsPromised()).isEqualTo(isAsPromised);
  }
}
