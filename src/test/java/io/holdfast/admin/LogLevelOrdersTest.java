package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.admin.LogLevelOrders.Order;
import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.LogLevel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogLevelOrdersTest {
  private static Order parse(String logger, String content) {
    return LogLevelOrders.parse(logger, content.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void readsALevelInAnyCase() {
    assertThat(parse("io.holdfast.cluster", "{\"level\":\"debug\"}"))
        .isEqualTo(new Order.Set("io.holdfast.cluster", LogLevel.DEBUG));
  }

  @Test
  void readsNullAsTheLevelOfTheLoggerAbove() {
    assertThat(parse("io.holdfast", "{\"level\":null}"))
        .isEqualTo(new Order.Inherit("io.holdfast"));
  }

  @Test
  void nobodyIsAboveTheRoot() {
    assertThat(parse("root", "{\"level\":null}")).isInstanceOf(Order.Refused.class);
    assertThat(parse("ROOT", "{\"level\":\"WARN\"}"))
        .isEqualTo(new Order.Set("ROOT", LogLevel.WARN));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a/b", "a\nb", "é"})
  void refusesANameThatNoLoggerHas(String name) {
    assertThat(parse(name, "{\"level\":\"INFO\"}"))
        .isInstanceOfSatisfying(
            Order.Refused.class, it -> assertThat(it.type()).isEqualTo(ProblemType.BAD_REQUEST));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                    | BAD_REQUEST",
        "DEBUG                                 | INVALID_JSON",
        "{\"level\":\"DEBUG\"                  | INVALID_JSON",
        "{\"level\":\"DEBUG\"} x               | INVALID_JSON",
        "{\"level\":\"INFO\",\"level\":\"OFF\"}| INVALID_JSON",
        "\"DEBUG\"                             | BAD_REQUEST",
        "[\"DEBUG\"]                           | BAD_REQUEST",
        "{}                                    | BAD_REQUEST",
        "{\"level\":\"LOUD\"}                  | BAD_REQUEST",
        "{\"level\":1}                         | BAD_REQUEST",
        "{\"level\":\"INFO\",\"more\":1}       | BAD_REQUEST",
      })
  void refusesAContentThatNamesNoLevel(String content, ProblemType type) {
    assertThat(parse("io.holdfast", content))
        .isInstanceOfSatisfying(Order.Refused.class, it -> assertThat(it.type()).isEqualTo(type));
  }
}
