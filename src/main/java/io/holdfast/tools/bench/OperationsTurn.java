package io.holdfast.tools.bench;

import io.holdfast.tools.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What one turn with operations gave.
 *
 * @param alone requests that were accepted while nothing was carried out
 * @param both requests that were accepted while others were carried out
 * @param doneMeanwhile operations that succeeded in each second of that
 * @param endToEnd all of them, by the time from the first request to the last success
 */
record OperationsTurn(Accepted alone, Accepted both, double doneMeanwhile, double endToEnd) {
  private static final List<String> HEADING = List.of("", "a second", "p50", "p99", "CPU s/1,000");

  /**
   * Requests that were answered with 202, after commit.
   *
   * @param cpuPerThousand seconds of processor time of the nodes for 1,000
   */
  record Accepted(double perSecond, double p50Millis, double p99Millis, double cpuPerThousand) {

    static Accepted of(ClosedLoop.Result result, double cpuSeconds) {
      var turn = Turn.of(result, cpuSeconds);
      return new Accepted(
          turn.perSecond(), turn.p50Millis(), turn.p99Millis(), turn.cpuPerThousand());
    }
  }

  /** Medians of several turns under each heading, as a table. */
  static String table(Map<String, List<OperationsTurn>> turns) {
    var rows = new ArrayList<>(List.of(HEADING));
    turns.forEach(
        (name, its) -> {
          rows.add(accepted(name + "accepted, nothing carried out", its, OperationsTurn::alone));
          rows.add(accepted(name + "accepted, carried out meanwhile", its, OperationsTurn::both));
          rows.add(done(name + "done meanwhile", its, OperationsTurn::doneMeanwhile));
          rows.add(done(name + "from first accepted to last done", its, OperationsTurn::endToEnd));
        });
    return Table.of(rows);
  }

  private interface Part {
    Accepted of(OperationsTurn turn);
  }

  private static List<String> accepted(String name, List<OperationsTurn> turns, Part part) {
    return List.of(
        name,
        text("%,.0f", median(turns, it -> part.of(it).perSecond())),
        text("%.1f ms", median(turns, it -> part.of(it).p50Millis())),
        text("%.1f ms", median(turns, it -> part.of(it).p99Millis())),
        text("%.3f", median(turns, it -> part.of(it).cpuPerThousand())));
  }

  private static List<String> done(
      String name, List<OperationsTurn> turns, ToDoubleFunction<OperationsTurn> of) {
    return List.of(name, text("%,.0f", median(turns, of)), "", "", "");
  }

  /** The middle one; of an even number the upper of the two. */
  static double median(List<OperationsTurn> turns, ToDoubleFunction<OperationsTurn> of) {
    return turns.stream().mapToDouble(of).sorted().toArray()[turns.size() / 2];
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
