package io.holdfast.resilience;

import java.time.Duration;

/**
 * A moving average of latency that is sensitive to peaks: a slower answer counts at once and whole,
 * a faster one by the time that has passed since the last (after Finagle's peak EWMA). So who gets
 * slow is avoided at once and trusted again slowly. Immutable.
 *
 * @param meanNanos 0 as long as nothing was measured
 * @param atNanos when the last answer came
 */
public record PeakLatency(double meanNanos, long atNanos) {
  /** In which the weight of what was falls to 1/e. */
  static final Duration DECAY = Duration.ofSeconds(1);

  public static PeakLatency unknown(long nowNanos) {
    return new PeakLatency(0, nowNanos);
  }

  /** An answer took so long. */
  public PeakLatency measured(long latencyNanos, long nowNanos) {
    if (latencyNanos >= meanNanos) {
      return new PeakLatency(latencyNanos, nowNanos);
    }
    double keeps = keeps(nowNanos);
    return new PeakLatency(meanNanos * keeps + latencyNanos * (1 - keeps), nowNanos);
  }

  private double keeps(long nowNanos) {
    double passed = Math.max(0, nowNanos - atNanos);
    return Math.exp(-passed / DECAY.toNanos());
  }

  /** The mean now: without answers it is forgotten, so that who was avoided is asked again. */
  public double now(long nowNanos) {
    return meanNanos * keeps(nowNanos);
  }
}
