package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import org.junit.jupiter.api.Test;

class LogLevelsTest {
  private final LoggerContext context = new LoggerContext();
  private final LogLevels levels = new LogLevels(context);

  @Test
  void showsOnlyLoggersWithALevelOfTheirOwn() {
    context.getLogger("io.holdfast.quiet");
    levels.set("io.holdfast", LogLevel.WARN);
    assertThat(levels.own())
        .containsOnly(
            org.assertj.core.api.Assertions.entry("ROOT", "DEBUG"),
            org.assertj.core.api.Assertions.entry("io.holdfast", "WARN"));
  }

  @Test
  void aLevelCountsForTheLoggersBelowUntilItIsTakenAway() {
    levels.set("io.holdfast", LogLevel.OFF);
    assertThat(levels.effective("io.holdfast.cluster")).isEqualTo("OFF");
    assertThat(context.getLogger("io.holdfast.cluster").isErrorEnabled()).isFalse();
    levels.inherit("io.holdfast");
    assertThat(levels.effective("io.holdfast.cluster")).isEqualTo("DEBUG");
    assertThat(levels.own()).containsOnlyKeys("ROOT");
  }

  @Test
  void namesThatNobodyUsesAreTakenAThousandTimesAndNoMore() {
    context.getLogger("io.holdfast.Known");
    levels.inherit("nobody");
    assertThat(levels.effective("nobody.at.all")).isEqualTo(levels.effective("ROOT"));
    assertThat(context.exists("nobody")).isNull();
    for (int i = 0; i < LogLevels.MADE_HERE_MAX; i++) {
      assertThat(levels.set("made-up." + i, LogLevel.DEBUG)).isTrue();
    }
    int before = context.getLoggerList().size();
    for (int i = 0; i < 100; i++) {
      assertThat(levels.set("one-more." + i, LogLevel.DEBUG)).isFalse();
    }
    assertThat(context.getLoggerList()).hasSize(before);
    assertThat(levels.set("io.holdfast.Known", LogLevel.TRACE)).isTrue();
    assertThat(levels.set("made-up.7", LogLevel.TRACE)).isTrue();
    assertThat(levels.effective("made-up.7.below")).isEqualTo("TRACE");
  }
}
