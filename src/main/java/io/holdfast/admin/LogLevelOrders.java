package io.holdfast.admin;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.LogLevel;
import io.holdfast.telemetry.LogLevels;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads what {@code PUT /log-levels/LOGGER} asks for: pure. */
final class LogLevelOrders {
  /** Every content that can be meant is shorter. */
  static final int CONTENT_MAX = 1024;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._$-]{1,200}");
  private static final String EXAMPLE =
      "Send {\"level\":\"DEBUG\"}, one of %s, or null for that of the nearest logger above"
          .formatted(Arrays.toString(LogLevel.values()));
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private LogLevelOrders() {}

  /** What was asked for. */
  sealed interface Order {
    record Set(String logger, LogLevel level) implements Order {}

    /** The logger shall have the level of the nearest above it again. */
    record Inherit(String logger) implements Order {}

    record Refused(ProblemType type, String detail) implements Order {}
  }

  /**
   * @param logger its name, decoded
   * @param content {@code {"level":"DEBUG"}}, or {@code {"level":null}}
   */
  static Order parse(String logger, byte[] content) {
    if (!NAME.matcher(logger).matches()) {
      return refused("A logger's name has letters, digits and . _ $ -, and is up to 200 long");
    }
    try {
      return ofContent(logger, JSON.readTree(content));
    } catch (IOException e) {
      return new Order.Refused(ProblemType.INVALID_JSON, "The content is not JSON. " + EXAMPLE);
    }
  }

  private static Order ofContent(String logger, JsonNode content) {
    var level = content.get("level");
    if (level == null || content.size() != 1) {
      return refused(EXAMPLE);
    }
    if (level.isNull()) {
      return LogLevels.isRoot(logger)
          ? refused("No logger is above " + logger + ": give it a level")
          : new Order.Inherit(logger);
    }
    return level(level)
        .<Order>map(it -> new Order.Set(logger, it))
        .orElseGet(() -> refused(EXAMPLE));
  }

  private static Optional<LogLevel> level(JsonNode text) {
    var name = text.isTextual() ? text.textValue().toUpperCase(Locale.ROOT) : "";
    return Arrays.stream(LogLevel.values()).filter(it -> it.name().equals(name)).findAny();
  }

  private static Order refused(String detail) {
    return new Order.Refused(ProblemType.BAD_REQUEST, detail);
  }
}
