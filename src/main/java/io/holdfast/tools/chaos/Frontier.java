package io.holdfast.tools.chaos;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The greatest of the numbers that were known before a given moment. */
final class Frontier {

  /** A number, and the moment from which on it is known. */
  record Known(long at, long number) {}

  private final long[] moments;
  private final long[] greatest;

  private Frontier(long[] moments, long[] greatest) {
    this.moments = moments;
    this.greatest = greatest;
  }

  static Frontier of(List<Known> known) {
    var sorted = known.stream().sorted(Comparator.comparingLong(Known::at)).toList();
    var moments = new long[sorted.size()];
    var greatest = new long[sorted.size()];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = sorted.get(i).at();
      greatest[i] = Math.max(sorted.get(i).number(), i == 0 ? 0 : greatest[i - 1]);
    }
    return new Frontier(moments, greatest);
  }

  /** Known strictly before the moment; 0 if nothing was. */
  long before(long moment) {
    int found = Arrays.binarySearch(moments, moment);
    int at = found < 0 ? -found - 1 : found;
    while (at > 0 && moments[at - 1] == moment) {
      at--;
    }
    return at == 0 ? 0 : greatest[at - 1];
  }
}
