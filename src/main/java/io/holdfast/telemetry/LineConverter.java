package io.holdfast.telemetry;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.regex.Pattern;

/** {@code %line} in {@code logback.xml}: a message as one line, whatever is in it. */
public final class LineConverter extends ClassicConverter {
  private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}\\u2028\\u2029]+");

  @Override
  public String convert(ILoggingEvent event) {
    return CONTROLS.matcher(event.getFormattedMessage()).replaceAll(" | ");
  }
}
