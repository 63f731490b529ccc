package io.holdfast.cluster;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** The one line by which a lifeline port says whose it is. */
record Greeting(String cluster, long incarnation) {
  static final int OCTETS_MAX = 128;
  private static final Pattern LINE =
      Pattern.compile("holdfast-lifeline 1 (\\S{1,64}) (-?\\d{1,19})\n");

  byte[] octets() {
    return ("holdfast-lifeline 1 " + cluster + " " + incarnation + "\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Empty for whatever is not exactly such a line. */
  static Optional<Greeting> parse(String text) {
    var line = LINE.matcher(text);
    try {
      return line.matches()
          ? Optional.of(new Greeting(line.group(1), Long.parseLong(line.group(2))))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
