package io.holdfast.tools.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Prints what runs showed. */
final class Tables {
  private static final int SHOWN_PER_KIND = 5;
  private static final int FAILURES_SHOWN = 10;
  private static final int FAULT_WIDTH = 28;

  private Tables() {}

  /** All of it: the table, failures, goals that were missed, violations. */
  static List<String> of(List<RunReport> reports) {
    var faults = reports.stream().flatMap(it -> it.faults().stream()).toList();
    var lines = new ArrayList<>(table(faults));
    reports.forEach(it -> lines.addAll(failures(it)));
    var missed = new ArrayList<>(missed(faults));
    reports.forEach(it -> missed.addAll(it.misses()));
    section(lines, "goals missed", missed);
    section(
        lines,
        "violations",
        violations(reports.stream().flatMap(it -> it.violations().stream()).toList()));
    return lines;
  }

  private static void section(List<String> lines, String name, List<String> found) {
    lines.add(name + ": " + (found.isEmpty() ? "none" : ""));
    found.forEach(it -> lines.add("  " + it));
  }

  /** A line for each round; of several with the same fault, the median and the worst as well. */
  static List<String> table(List<FaultReport> faults) {
    var lines = new ArrayList<String>();
    lines.add(line("fault", Quantity::heading));
    faults.forEach(it -> lines.add(line(it.fault(), q -> q.text(it.value(q)))));
    byFault(faults)
        .forEach(
            (fault, same) -> {
              if (same.size() > 1) {
                lines.add(line(fault + ", median", q -> q.text(Quantity.median(values(same, q)))));
                lines.add(line(fault + ", worst", q -> q.text(q.worst(values(same, q)))));
              }
            });
    return lines;
  }

  private static Map<String, List<FaultReport>> byFault(List<FaultReport> faults) {
    var same = new LinkedHashMap<String, List<FaultReport>>();
    faults.forEach(it -> same.computeIfAbsent(it.fault(), fault -> new ArrayList<>()).add(it));
    return same;
  }

  private static List<Double> values(List<FaultReport> reports, Quantity quantity) {
    return reports.stream().map(it -> it.value(quantity)).toList();
  }

  private static String line(String name, Function<Quantity, String> cell) {
    var line = new StringBuilder(("%-" + FAULT_WIDTH + "s").formatted(name));
    for (var quantity : Quantity.values()) {
      line.append("%9s".formatted(cell.apply(quantity)));
    }
    return line.toString();
  }

  /** Goals that the plays of a fault, all together, do not reach. */
  static List<String> missed(List<FaultReport> faults) {
    var lines = new ArrayList<String>();
    byFault(faults)
        .forEach(
            (fault, same) ->
                same.get(0)
                    .goals()
                    .forEach(
                        goal ->
                            goal.missed(values(same, goal.quantity()))
                                .ifPresent(it -> lines.add(fault + ": " + it))));
    return lines;
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
  private static List<String> failures(RunReport report) {
    var lines = new ArrayList<String>();
    report.failures().entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(FAILURES_SHOWN)
        .forEach(it -> lines.add("%6d  %s".formatted(it.getValue(), it.getKey())));
    if (report.failedWarmingUp() > 0) {
      lines.add("failed in the warm-up: " + report.failedWarmingUp());
    }
    return lines;
  }
}
