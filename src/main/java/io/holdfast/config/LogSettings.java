package io.holdfast.config;

/**
 * What the log looks like.
 *
 * @param format of each line
 */
public record LogSettings(Format format) {

  /** How a line is written. */
  public enum Format {
    /** For people: time, level, node, logger, message. */
    PLAIN,
    /** For programs: one JSON object. */
    JSON
  }

  /** Reads {@code holdfast.log}. */
  public static LogSettings read(ConfigReader log) {
    return new LogSettings(log.choice("format", Format.class));
  }
}
