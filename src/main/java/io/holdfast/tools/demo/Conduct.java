package io.holdfast.tools.demo;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How the service behaves.
 *
 * @param latency before each answer
 * @param failShare 0 to 1: so many of its answers are 500
 * @param hangs it takes requests and never answers
 */
record Conduct(Duration latency, double failShare, boolean hangs) {
  private static final Pattern TIME = Pattern.compile("([0-9]{1,7})(ms|s)?");
  private static final Pattern SHARE = Pattern.compile("([0-9]{1,3})%?");
  private static final long LATENCY_MAX_MILLIS = 600_000;

  /** The same, but for what is named: {@code latency}, {@code fail}, {@code hang}. */
  Conduct with(Map<String, String> changes) {
    var next = this;
    for (var change : changes.entrySet()) {
      next =
          switch (change.getKey()) {
            case "latency" -> new Conduct(time(change.getValue()), next.failShare, next.hangs);
            case "fail" -> new Conduct(next.latency, share(change.getValue()), next.hangs);
            case "hang" -> new Conduct(next.latency, next.failShare, flag(change.getValue()));
            default ->
                throw new IllegalArgumentException(
                    "\"%s\" is none of latency, fail, hang".formatted(change.getKey()));
          };
    }
    return next;
  }

  static Duration time(String text) {
    var match = TIME.matcher(text);
    if (match.matches()) {
      long number = Long.parseLong(match.group(1));
      long millis = "s".equals(match.group(2)) ? number * 1000 : number;
      if (millis <= LATENCY_MAX_MILLIS) {
        return Duration.ofMillis(millis);
      }
    }
    throw new IllegalArgumentException(
        "\"%s\" is not a time up to 600s; write 20ms or 2s".formatted(text));
  }

  static double share(String text) {
    var match = SHARE.matcher(text);
    if (match.matches() && Integer.parseInt(match.group(1)) <= 100) {
      return Integer.parseInt(match.group(1)) / 100.0;
    }
    throw new IllegalArgumentException("\"%s\" is not a share; write 0%% to 100%%".formatted(text));
  }

  private static boolean flag(String text) {
    if (text.equals("true") || text.equals("false")) {
      return text.equals("true");
    }
    throw new IllegalArgumentException("\"%s\" is neither true nor false".formatted(text));
  }

  String words() {
    return "latency %d ms, %.0f %% failures%s"
        .formatted(latency.toMillis(), failShare * 100, hangs ? ", hangs" : "");
  }
}
