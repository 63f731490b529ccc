package io.holdfast.telemetry;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A place in a trace, as {@code traceparent} names it (W3C Trace Context, section 3.2).
 *
 * @param text two digits of version, thirty-two of the trace, sixteen of the span, two of flags,
 *     with hyphens between them; empty: no place in any trace
 */
public record TraceParent(String text) {
  /** No place in any trace. */
  public static final TraceParent NONE = new TraceParent("");

  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");
  private static final HexFormat HEX = HexFormat.of();
  private static final int LENGTH = 55;
  private static final int SAMPLED = 1;

  /**
   * What a client sent. What is malformed is as if it were not there; of a version to come only
   * what this one knows is kept.
   */
  public static Optional<TraceParent> parse(String sent) {
    if (!SYNTAX.matcher(sent).matches() || sent.startsWith("00") && sent.length() > LENGTH) {
      return Optional.empty();
    }
    return Optional.of(new TraceParent("00" + sent.substring(2, LENGTH)));
  }

  static TraceParent of(String traceId, String spanId, boolean sampled) {
    return new TraceParent("00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00"));
  }

  /** The first place of a new trace, which nobody records. */
  static TraceParent begin() {
    var random = ThreadLocalRandom.current();
    return of(
        HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(random.nextLong() | 1),
        HEX.toHexDigits(random.nextLong() | 1),
        false);
  }

  public boolean isNone() {
    return text.isEmpty();
  }

  /** Thirty-two hexadecimal digits; of {@link #NONE} none. */
  public String traceId() {
    return isNone() ? "" : text.substring(3, 35);
  }

  String spanId() {
    return text.substring(36, 52);
  }

  boolean isSampled() {
    return (Integer.parseInt(text.substring(53, LENGTH), 16) & SAMPLED) != 0;
  }
}
