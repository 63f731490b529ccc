package io.holdfast.tools.bench;

import java.util.Arrays;

/** All latencies of one measurement, in nanoseconds. */
final class Latencies {
  private long[] values = new long[1 << 16];
  private int count;

  void add(long nanos) {
    if (count == values.length) {
      values = Arrays.copyOf(values, count * 2);
    }
    values[count++] = nanos;
  }

  int count() {
    return count;
  }

  /**
   * The least latency that this share of all stayed within; 0 when there is none.
   *
   * @param share 0 to 1
   */
  long atShare(double share) {
    if (count == 0) {
      return 0;
    }
    Arrays.sort(values, 0, count);
    return values[Math.min(count - 1, (int) Math.ceil(share * count) - 1)];
  }
}
