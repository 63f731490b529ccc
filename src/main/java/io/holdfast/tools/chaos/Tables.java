package io.holdfast.tools.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Prints what runs showed, a line for each quantity. */
final class Tables {
  private static final int SHOWN_PER_KIND = 5;
  private static final int FAILURES_SHOWN = 10;

  private interface Quantity {
    double of(RunReport report);
  }

  private record Row(String name, String format, boolean lessIsBetter, Quantity quantity) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("requests to survivors", "%.0f", false, RunReport::requests),
          new Row("failed", "%.0f", true, RunReport::failed),
          new Row("failed in the warm-up", "%.0f", true, RunReport::failedWarmingUp),
          new Row("refused as promised", "%.0f", true, RunReport::excused),
          new Row("success %", "%.3f", false, RunReport::successPercent),
          new Row("longest gap of reads, s", "%.2f", true, RunReport::readGapSeconds),
          new Row("longest gap of writes, s", "%.2f", true, RunReport::writeGapSeconds),
          new Row("recovery, s", "%.2f", true, RunReport::recoverySeconds),
          new Row("marked answers", "%.0f", true, RunReport::marked),
          new Row("answers of the woken node", "%.0f", false, RunReport::woken),
          new Row("unknown outcomes", "%.0f", true, RunReport::unknown),
          new Row("violations", "%.0f", true, it -> it.violations().size()));

  private Tables() {}

  /** One column a run; of several, the median and the worst as well. */
  static String of(List<RunReport> reports) {
    var lines = new ArrayList<String>();
    var head = new StringBuilder("%-26s".formatted(""));
    IntStream.rangeClosed(1, reports.size())
        .forEach(it -> head.append("%10s".formatted("run " + it)));
    lines.add(head + (reports.size() > 1 ? "%10s%10s".formatted("median", "worst") : ""));
    ROWS.forEach(it -> lines.add(line(it, reports)));
    return String.join("\n", lines);
  }

  private static String line(Row row, List<RunReport> reports) {
    var values = reports.stream().mapToDouble(row.quantity()::of).toArray();
    var line = new StringBuilder("%-26s".formatted(row.name()));
    for (double value : values) {
      line.append(cell(row, value));
    }
    if (values.length > 1) {
      var sorted = Arrays.stream(values).sorted().toArray();
      line.append(cell(row, sorted[sorted.length / 2]))
          .append(cell(row, sorted[row.lessIsBetter() ? sorted.length - 1 : 0]));
    }
    return line.toString();
  }

  private static String cell(Row row, double value) {
    return "%10s".formatted(String.format(Locale.ROOT, row.format(), value));
  }

  /** How many of each kind, and some of each. */
  static List<String> violations(List<Violation> violations) {
    var kinds = new TreeMap<Violation.Kind, List<Violation>>();
    violations.forEach(it -> kinds.computeIfAbsent(it.kind(), kind -> new ArrayList<>()).add(it));
    var lines = new ArrayList<String>();
    kinds.forEach(
        (kind, all) -> {
          lines.add("%s: %d".formatted(kind, all.size()));
          all.stream().limit(SHOWN_PER_KIND).forEach(it -> lines.add("  " + it.text()));
        });
    return lines;
  }

  /** How often each failure, the most frequent first. */
  static List<String> failures(Map<String, Long> failures) {
    return failures.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(FAILURES_SHOWN)
        .map(it -> "%6d  %s".formatted(it.getValue(), it.getKey()))
        .toList();
  }
}
