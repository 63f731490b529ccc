package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StoryTest {
  @Test
  void tellsTheLinesAfterANumberTheOldestFirst() {
    var story = new Story();
    story.tell(5, "INFO", "Life", "one");
    story.tell(5, "WARN", "Life", "two");
    story.tell(4, "INFO", "Life", "the clock went back");
    var all = story.after(0, 10);
    assertThat(all)
        .extracting(Story.Line::text)
        .containsExactly("one", "two", "the clock went back");
    assertThat(all).extracting(Story.Line::number).isSorted().doesNotHaveDuplicates();
    assertThat(story.after(all.get(0).number(), 10)).isEqualTo(all.subList(1, 3));
    assertThat(story.after(0, 1)).isEqualTo(all.subList(2, 3));
  }

  @Test
  void keepsTheLastFiveHundred() {
    var story = new Story();
    for (int i = 0; i < 600; i++) {
      story.tell(i, "INFO", "Life", "line " + i);
    }
    assertThat(story.after(0, 1000)).hasSize(500).last().extracting("text").isEqualTo("line 599");
  }

  @Test
  void aLineIsOneLineAndNotLong() {
    var story = new Story();
    story.tell(1, "INFO", "Life", "a\r\nb\u0007" + "c".repeat(600));
    assertThat(story.after(0, 1).get(0).text()).startsWith("a b c").hasSize(503);
  }

  @Test
  void ofThisProcessAreTheLinesOfItsOwnLoggersFromInfoOn() {
    var story = Story.ofThisProcess();
    LoggerFactory.getLogger("io.holdfast.test.StoryTest").info("told {}", "here");
    LoggerFactory.getLogger("io.holdfast.test.StoryTest").debug("not told");
    LoggerFactory.getLogger("org.elsewhere.StoryTest").info("not told");
    assertThat(story.after(0, 1000))
        .filteredOn(it -> it.part().equals("StoryTest"))
        .extracting(Story.Line::text)
        .contains("told here")
        .doesNotContain("not told");
  }
}
