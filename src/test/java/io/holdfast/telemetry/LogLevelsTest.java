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
}
