package io.holdfast.resilience;

import java.util.List;

/**
 * How many calls to an instance came to nothing one after the other, as one node sees it. With
 * several nodes nobody knows in what order their calls ended: what they saw is one row only while
 * none of them was answered.
 *
 * @param failures that ended badly since the last answer
 * @param silent that waited longer than a call may while nobody on this node was answered
 * @param answered whether there was an answer lately
 */
public record Row(int failures, int silent, boolean answered) {
  public static final Row NONE = new Row(0, 0, false);

  /** One call may be slow by itself. When another one gets no answer either, nobody does. */
  static final int SILENT_MIN = 2;

  /**
   * What the nodes saw together: nothing, if too few saw anything; the last failure alone, if one
   * of them was answered.
   */
  public static Row merged(List<Row> rows, int observersMin) {
    var sum = NONE;
    int observers = 0;
    for (var row : rows) {
      sum = sum.plus(row);
      observers += row.failures + row.silent > 0 ? 1 : 0;
    }
    if (observers < observersMin) {
      return NONE;
    }
    return sum.answered ? new Row(Math.min(1, sum.failures), 0, true) : sum;
  }

  private Row plus(Row other) {
    return new Row(failures + other.failures, silent + other.silent, answered || other.answered);
  }

  boolean isSilence() {
    return silent >= SILENT_MIN;
  }
}
