package io.holdfast.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process logs, by logger: seen and changed while it runs. A change lasts until the
 * process ends.
 */
public final class LogLevels {
  private final LoggerContext loggers;

  LogLevels(LoggerContext loggers) {
    this.loggers = loggers;
  }

  /** Those of the logging that is configured in {@code logback.xml}. */
  public static LogLevels ofThisProcess() {
    return new LogLevels((LoggerContext) LoggerFactory.getILoggerFactory());
  }

  /** The loggers that have a level of their own; all others have that of the nearest above them. */
  public Map<String, String> own() {
    var levels = new TreeMap<String, String>();
    loggers
        .getLoggerList()
        .forEach(
            logger ->
                Optional.ofNullable(logger.getLevel())
                    .ifPresent(level -> levels.put(logger.getName(), level.toString())));
    return levels;
  }

  /** Sets one logger's level, and with it that of those below it without their own. */
  public void set(String logger, LogLevel level) {
    loggers.getLogger(logger).setLevel(Level.toLevel(level.name()));
  }

  /** Takes a logger's own level away. Not the root's: all others rest on it. */
  public void inherit(String logger) {
    loggers.getLogger(logger).setLevel(null);
  }

  /** What a logger lets through, by its own level or by that of one above it. */
  public String effective(String logger) {
    return loggers.getLogger(logger).getEffectiveLevel().toString();
  }

  public static boolean isRoot(String logger) {
    return logger.toUpperCase(Locale.ROOT).equals(Logger.ROOT_LOGGER_NAME);
  }
}
