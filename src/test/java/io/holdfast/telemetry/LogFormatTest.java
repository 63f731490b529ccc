package io.holdfast.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.event.KeyValuePair;

/** The log as {@code logback.xml} writes it, whatever is in an event. */
class LogFormatTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.FAIL_ON_EMPTY_BEANS);
  private static final String PLAIN_LINE =
      "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ (INFO |WARN ) n7 i\\.h\\S* .*";

  private static String written(String format, LoggingEvent event) throws Exception {
    var context = new LoggerContext();
    context.putProperty("holdfast.node", "n7");
    context.putProperty("holdfast.log.format", format);
    var configurator = new JoranConfigurator();
    configurator.setContext(context);
    configurator.doConfigure(LogFormatTest.class.getResource("/logback.xml"));
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    var appender = (OutputStreamAppender<ILoggingEvent>) root.iteratorForAppenders().next();
    assertThat(appender.getName()).isEqualTo(format);
    return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
  }

  private static LoggingEvent event(Optional<Throwable> failure, String text, Object... values) {
    var logger = new LoggerContext().getLogger("io.holdfast.edge.Courier");
    return new LoggingEvent(
        LogFormatTest.class.getName(), logger, Level.INFO, text, failure.orElse(null), values);
  }

  /** Of text on which a line might break, or in which an object might end. */
  static Stream<String> evil() {
    return Stream.of(
        "a\n2026-01-01T00:00:00.000Z INFO  n1 i.h.Life n1 is ready",
        "a\r\nb",
        "a\rb",
        "a\u000bb\u000cc",
        "a\u0000b\u001b[2Jc\u007fd",
        "a\u0085b\u2028c\u2029d",
        "a\",\"level\":\"ERROR\"}{\"b\":\"",
        "a\\",
        "\ud800 alone",
        "{} {} {}",
        "\u00fc\u20ac");
  }

  @ParameterizedTest
  @MethodSource("evil")
  void aPlainEventIsOneLine(String evil) throws Exception {
    var line = written("plain", event(Optional.empty(), "Of {}", evil));
    assertThat(line).endsWith("\n");
    assertThat(line.substring(0, line.length() - 1))
        .matches(PLAIN_LINE)
        .doesNotMatch("(?s).*[\\p{Cc}\\u2028\\u2029].*");
  }

  @ParameterizedTest
  @MethodSource("evil")
  void aJsonEventIsOneLineWithOneObject(String evil) throws Exception {
    var event = event(Optional.empty(), "Of {}", evil);
    event.addKeyValuePair(new KeyValuePair("path", evil));
    event.addKeyValuePair(new KeyValuePair(evil, 7));
    var line = written("json", event);
    assertThat(line).endsWith("}\n");
    assertThat(line.substring(0, line.length() - 1)).matches("[\\x20-\\x7f]+");
    var object = parsed(line);
    assertThat(object.size()).isEqualTo(7);
    assertThat(object.get("level").asText()).isEqualTo("INFO");
    if (!evil.startsWith("\ud800")) {
      assertThat(object.get("message").asText()).isEqualTo("Of " + evil);
      assertThat(object.get("path").asText()).isEqualTo(evil);
      assertThat(object.get(evil).asInt()).isEqualTo(7);
    }
  }

  private static JsonNode parsed(String line) throws Exception {
    try (var values = JSON.readerFor(JsonNode.class).<JsonNode>readValues(line)) {
      var all = values.readAll();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  @Test
  void aJsonEventSaysWhatAPlainOneSaysAndWhatItIsAbout() throws Exception {
    var event = event(Optional.empty(), "{} is dead", "n3");
    event.setTimeStamp(1_000);
    List.of(
            new KeyValuePair("step", "noticed"),
            new KeyValuePair("millis", 38L),
            new KeyValuePair("ratio", 0.5),
            new KeyValuePair("nan", Double.NaN),
            new KeyValuePair("sure", true),
            new KeyValuePair("nothing", null),
            new KeyValuePair("level", "mine"),
            new KeyValuePair("millis", 39L))
        .forEach(event::addKeyValuePair);
    assertThat(written("json", event))
        .isEqualTo(
            "{\"time\":\"1970-01-01T00:00:01.000Z\",\"level\":\"INFO\",\"node\":\"n7\","
                + "\"logger\":\"io.holdfast.edge.Courier\",\"message\":\"n3 is dead\","
                + "\"step\":\"noticed\",\"millis\":39,\"ratio\":0.5,\"nan\":\"NaN\",\"sure\":true,"
                + "\"nothing\":null,\"level_\":\"mine\"}\n");
  }

  @Test
  void theMessageOfAnExceptionMakesNoLine() throws Exception {
    var evil = "bad\n2026-01-01T00:00:00.000Z INFO  n1 i.h.Life n1 is ready\u001b[2J\nmore\n";
    var failure = new IllegalStateException(evil, new IllegalArgumentException(evil));
    var plain = written("plain", event(Optional.of(failure), "It failed"));
    var lines = plain.lines().toList();
    assertThat(lines.get(0)).matches(PLAIN_LINE);
    assertThat(lines.get(1)).startsWith("java.lang.IllegalStateException: bad | 2026-01-01T");
    assertThat(lines.subList(1, lines.size()))
        .noneMatch(it -> it.matches(PLAIN_LINE))
        .anyMatch(it -> it.startsWith("Caused by: java.lang.IllegalArgumentException: bad | "))
        .anyMatch(it -> it.startsWith("\tat io.holdfast.telemetry.LogFormatTest"));
    assertThat(plain).endsWith("\n").doesNotContain("\u001b");
    var json = written("json", event(Optional.of(failure), "It failed"));
    assertThat(json.lines()).hasSize(1);
    assertThat(parsed(json).get("exception").asText())
        .startsWith("java.lang.IllegalStateException: bad\n2026")
        .contains("Caused by: ");
  }

  @Test
  void anEventWithoutAnExceptionIsOneLineAndNoMore() throws Exception {
    assertThat(written("plain", event(Optional.empty(), "n1 is ready")))
        .endsWith(" n7 i.holdfast.edge.Courier n1 is ready\n");
  }
}
