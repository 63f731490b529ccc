package io.holdfast.telemetry;

/** How much a logger lets through, most first. */
public enum LogLevel {
  TRACE,
  DEBUG,
  INFO,
  WARN,
  ERROR,
  OFF
}
