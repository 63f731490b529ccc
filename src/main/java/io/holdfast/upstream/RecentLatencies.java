package io.holdfast.upstream;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.TimeWindowPercentileHistogram;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How long calls took in the last seconds, ten to fifteen of them. */
final class RecentLatencies {
  private static final double[] SHARES = {0.5, 0.99};
  private static final DistributionStatisticConfig CONFIG =
      DistributionStatisticConfig.builder()
          .percentiles(SHARES)
          .percentilePrecision(2)
          .expiry(Duration.ofSeconds(15))
          .bufferLength(3)
          .build()
          .merge(DistributionStatisticConfig.DEFAULT);

  private final TimeWindowPercentileHistogram histogram;

  /**
   * @param p50Millis so long took half of them, at most; 0 if there were none
   * @param p99Millis the same of 99 in 100
   */
  record Quantiles(double p50Millis, double p99Millis) {}

  RecentLatencies(Clock clock) {
    histogram = new TimeWindowPercentileHistogram(clock, CONFIG, false);
  }

  void add(long nanos) {
    histogram.recordLong(nanos);
  }

  Quantiles quantiles() {
    var values = histogram.takeSnapshot(0, 0, 0).percentileValues();
    return new Quantiles(
        values[0].value(TimeUnit.MILLISECONDS), values[1].value(TimeUnit.MILLISECONDS));
  }
}
