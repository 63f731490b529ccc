package io.holdfast.telemetry;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.regex.Pattern;

/**
 * {@code %trace} in {@code logback.xml}: an exception on lines of its own, of which its message
 * makes none.
 */
public final class TraceConverter extends ThrowableProxyConverter {
  private static final Pattern LINE_OF_A_MESSAGE =
      Pattern.compile("\\R(?!\\t|Caused by: |Wrapped by: |\\z)");

  private static final Pattern CONTROLS = Pattern.compile("[\\p{Cc}&&[^\\t\\r\\n]]+");

  @Override
  public String convert(ILoggingEvent event) {
    var trace = super.convert(event);
    return CONTROLS.matcher(LINE_OF_A_MESSAGE.matcher(trace).replaceAll(" | ")).replaceAll(" | ");
  }
}
