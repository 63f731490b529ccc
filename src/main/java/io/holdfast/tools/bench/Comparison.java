package io.holdfast.tools.bench;

import io.holdfast.tools.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The turns of several servers, in a table: medians, and what ours does for a CPU second as a ratio
 * to each of the others, turn by turn, since what else the machine does changes from turn to turn.
 */
final class Comparison {
  private static final List<String> HEADING =
      List.of(
          "", "requests/s", "p50", "p99", "CPU s per 1,000", "requests per CPU s", "ours to it");

  private final List<Turn> ours;
  private final List<List<String>> rows = new ArrayList<>(List.of(HEADING));

  Comparison(String name, List<Turn> ours) {
    this.ours = List.copyOf(ours);
    rows.add(row(name, ours, ""));
  }

  /** Another server's turns, as many as ours. */
  Comparison beside(String name, List<Turn> turns) {
    rows.add(row(name, turns, ratio(turns)));
    return this;
  }

  /** One that could not be measured. */
  Comparison missing(String name, String remedy) {
    rows.add(List.of(name, "not there: " + remedy, "", "", "", "", ""));
    return this;
  }

  private static List<String> row(String name, List<Turn> turns, String ratio) {
    return List.of(
        name,
        text("%,.0f", Turn.median(turns, Turn::perSecond)),
        text("%.2f ms", Turn.median(turns, Turn::p50Millis)),
        text("%.2f ms", Turn.median(turns, Turn::p99Millis)),
        text("%.4f", Turn.median(turns, Turn::cpuPerThousand)),
        text("%,.0f", Turn.median(turns, Turn::perCpuSecond)),
        ratio);
  }

  private String ratio(List<Turn> theirs) {
    var ratios =
        IntStream.range(0, ours.size())
            .mapToDouble(i -> ours.get(i).perCpuSecond() / theirs.get(i).perCpuSecond())
            .sorted()
            .toArray();
    return text(
        "%.2f (%.2f to %.2f)", ratios[ratios.length / 2], ratios[0], ratios[ratios.length - 1]);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public String toString() {
    return Table.of(rows);
  }
}
