package io.holdfast.edge;

import java.time.Duration;

/**
 * How long to wait for an answer before the command is taken for lost and sent again: what TCP does
 * with its segments (RFC 6298, sections 2 and 5.5), between two bounds. Owners that are slow get no
 * faster by being asked again: the slower they answer, the later that is done.
 *
 * <p>Unlike there, an answer counts from the first time that its command was sent, whichever time
 * it answers: that can only make the wait longer, and needs no second measure for a load under
 * which everything is sent twice.
 */
final class ResendTimeout {
  private static final int GAIN_OF_MEAN = 8;
  private static final int GAIN_OF_DEVIATION = 4;
  private static final int DEVIATIONS = 4;

  private final long minNanos;
  private final long maxNanos;
  private long meanNanos = -1;
  private long deviationNanos;

  ResendTimeout(Duration min, Duration max) {
    this.minNanos = min.toNanos();
    this.maxNanos = max.toNanos();
  }

  /** An answer came so long after its command was first sent. */
  void answered(long nanos) {
    if (meanNanos < 0) {
      meanNanos = nanos;
      deviationNanos = nanos / 2;
    } else {
      deviationNanos += (Math.abs(meanNanos - nanos) - deviationNanos) / GAIN_OF_DEVIATION;
      meanNanos += (nanos - meanNanos) / GAIN_OF_MEAN;
    }
  }

  /**
   * @param unanswered how often the command has been taken for lost already: each time doubles it
   */
  long nanos(int unanswered) {
    long once = meanNanos < 0 ? minNanos : meanNanos + DEVIATIONS * deviationNanos;
    long bounded = Math.max(minNanos, Math.min(maxNanos, once));
    return Math.min(maxNanos, bounded << Math.min(unanswered, 8));
  }
}
