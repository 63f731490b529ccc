package io.holdfast.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Durations and sizes as people write them: a number and a unit. */
final class Units {
  private static final Pattern NUMBER_AND_UNIT =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)\\s*([A-Za-zµ%]*)");
  private static final Map<String, Long> NANOS = new LinkedHashMap<>();
  private static final Map<String, Long> BYTES = new LinkedHashMap<>();
  private static final Map<String, String> SIZES_OF_TWO_MEANINGS =
      Map.of(
          "k", "KiB", "K", "KiB", "KB", "KiB", "kb", "KiB", "m", "MiB", "M", "MiB", "mb", "MiB",
          "g", "GiB", "G", "GiB");

  static {
    unit(NANOS, 1L, "ns", "nanosecond", "nanoseconds");
    unit(NANOS, 1_000L, "us", "microsecond", "microseconds");
    unit(NANOS, 1_000_000L, "ms", "millisecond", "milliseconds", "millis");
    unit(NANOS, 1_000_000_000L, "s", "second", "seconds");
    unit(NANOS, 60_000_000_000L, "m", "minute", "minutes");
    unit(NANOS, 3_600_000_000_000L, "h", "hour", "hours");
    unit(NANOS, 86_400_000_000_000L, "d", "day", "days");
    unit(BYTES, 1L, "B", "byte", "bytes");
    unit(BYTES, 1L << 10, "KiB", "kibibyte", "kibibytes");
    unit(BYTES, 1L << 20, "MiB", "mebibyte", "mebibytes");
    unit(BYTES, 1L << 30, "GiB", "gibibyte", "gibibytes");
    unit(BYTES, 1_000L, "kB", "kilobyte", "kilobytes");
    unit(BYTES, 1_000_000L, "MB", "megabyte", "megabytes");
    unit(BYTES, 1_000_000_000L, "GB", "gigabyte", "gigabytes");
  }

  private Units() {}

  static Parsed<Duration> duration(String text) {
    return count(text, NANOS, "s", "a duration", "ns, us, ms, s, m, h or d")
        .then(nanos -> new Parsed.Good<>(Duration.ofNanos(nanos)));
  }

  static Parsed<Long> bytes(String text) {
    return count(text, BYTES, "KiB", "a size", "B, KiB, MiB, GiB, kB, MB or GB");
  }

  /** {@code 20%} is 0.2. */
  static Parsed<Double> percent(String text) {
    var match = NUMBER_AND_UNIT.matcher(text.strip());
    if (!match.matches() || !(match.group(2).isEmpty() || match.group(2).equals("%"))) {
      return new Parsed.Bad<>("\"%s\" is no percentage; write one as in \"50%%\"".formatted(text));
    }
    if (match.group(2).isEmpty()) {
      return new Parsed.Bad<>("\"%s\" has no unit; write \"%s%%\"".formatted(text, match.group(1)));
    }
    var share = new BigDecimal(match.group(1)).movePointLeft(2).doubleValue();
    return Parsed.within(share, 0.0, 1.0, text, s -> Math.round(s * 100) + "%");
  }

  static String print(Duration duration) {
    return print(duration.toNanos(), NANOS, List.of("d", "h", "m", "s", "ms", "us"), "ns");
  }

  static String print(long bytes) {
    return print(bytes, BYTES, List.of("GiB", "MiB", "KiB"), "B");
  }

  private static Parsed<Long> count(
      String text, Map<String, Long> units, String usual, String kind, String known) {
    var match = NUMBER_AND_UNIT.matcher(text.strip());
    if (!match.matches()) {
      return new Parsed.Bad<>(
          "\"%s\" is not %s; write a number and a unit (%s)".formatted(text, kind, known));
    }
    var number = match.group(1);
    var unit = match.group(2);
    if (unit.isEmpty()) {
      return new Parsed.Bad<>("\"%s\" has no unit; write \"%s%s\"".formatted(text, number, usual));
    }
    var size = units.get(unit);
    if (size == null) {
      return new Parsed.Bad<>(unknownUnit(text, number, unit, units, known));
    }
    var total = new BigDecimal(number).multiply(BigDecimal.valueOf(size));
    return total.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? new Parsed.Bad<>("\"%s\" is more than can be counted; give less".formatted(text))
        : new Parsed.Good<>(total.longValue());
  }

  private static String unknownUnit(
      String text, String number, String unit, Map<String, Long> units, String known) {
    if (units == BYTES && SIZES_OF_TWO_MEANINGS.containsKey(unit)) {
      return "\"%s\": %s can mean two things; write \"%s%s\""
          .formatted(text, unit, number, SIZES_OF_TWO_MEANINGS.get(unit));
    }
    return "\"%s\" has the unknown unit %s; write %s".formatted(text, unit, known);
  }

  private static String print(long count, Map<String, Long> units, List<String> down, String one) {
    return down.stream()
        .filter(unit -> count != 0 && count % units.get(unit) == 0)
        .findFirst()
        .map(unit -> count / units.get(unit) + unit)
        .orElse(count + one);
  }

  private static void unit(Map<String, Long> units, long size, String... names) {
    for (var name : names) {
      units.put(name, size);
    }
  }
}
