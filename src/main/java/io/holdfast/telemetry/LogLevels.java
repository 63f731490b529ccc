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
  /** A logger is for ever, and a name is soon made up. */
  static final int MADE_HERE_MAX = 1000;

  private final LoggerContext loggers;
  private int madeHere;

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

  /**
   * Sets one logger's level, and with it that of those below it without their own.
   *
   * @return false if nobody logs under that name yet, and too many such have been asked for
   */
  public synchronized boolean set(String logger, LogLevel level) {
    if (loggers.exists(logger) == null && ++madeHere > MADE_HERE_MAX) {
      madeHere = MADE_HERE_MAX;
      return false;
    }
    loggers.getLogger(logger).setLevel(Level.toLevel(level.name()));
    return true;
  }

  /** Takes a logger's own level away. Not the root's: all others rest on it. */
  public void inherit(String logger) {
    Optional.ofNullable(loggers.exists(logger)).ifPresent(it -> it.setLevel(null));
  }

  /** What a logger lets through, by its own level or by that of one above it. */
  public String effective(String logger) {
    var nearest = logger;
    while (loggers.exists(nearest) == null) {
      int dot = nearest.lastIndexOf('.');
      nearest = dot < 0 ? Logger.ROOT_LOGGER_NAME : nearest.substring(0, dot);
    }
    return loggers.getLogger(nearest).getEffectiveLevel().toString();
  }

  public static boolean isRoot(String logger) {
    return logger.toUpperCase(Locale.ROOT).equals(Logger.ROOT_LOGGER_NAME);
  }
}
