package io.holdfast.resilience;

import java.time.Duration;
import java.util.List;

/**
 * How many calls a service may have in flight, found from its latency: what TCP Vegas does with
 * segments. Its lowest latency is what a call takes that does not queue; as long as calls take not
 * much more, the limit grows by a root of itself; when they take longer it falls in proportion, by
 * half at most at a time. It stays as it is while less than half of it is used. Immutable.
 *
 * <p>The lowest latency is forgotten after some time, so that a service that has become slower for
 * good is not held down for ever: at a low limit nothing queues, and what is measured then is what
 * a call takes by itself.
 *
 * @param min the limit never falls below it
 * @param max the limit never exceeds it
 * @param limit now
 * @param baseNanos the lowest median of the span before this one and of this one; 0: not known yet
 * @param lowestNanos the lowest median of this span; 0: none yet
 * @param spanEndsNanos when the next span begins
 */
public record ConcurrencyLimit(
    int min, int max, double limit, long baseNanos, long lowestNanos, long spanEndsNanos) {
  /** What a limit begins with, between its bounds. */
  static final int INITIAL = 20;

  /** A latency within so many times the lowest one is no sign of a queue. */
  static final double TOLERANCE = 2;

  /** For how long a lowest latency is believed, and once more. */
  static final Duration SPAN = Duration.ofSeconds(30);

  private static final double FALLS_TO = 0.5;

  /**
   * What was seen in a little time, a hundred milliseconds say.
   *
   * @param medianNanos of the latencies of the calls that ended, successfully or slowly
   * @param inFlightMax how many calls were in flight at once
   * @param failedUnderLoad a good part was refused or timed out
   */
  public record Sample(long medianNanos, int inFlightMax, boolean failedUnderLoad) {}

  public static ConcurrencyLimit between(int min, int max, long nowNanos) {
    double first = Math.max(min, Math.min(max, INITIAL));
    return new ConcurrencyLimit(min, max, first, 0, 0, nowNanos + SPAN.toNanos());
  }

  /** The same with other bounds. */
  public ConcurrencyLimit between(int least, int most) {
    int lower = Math.min(least, most);
    double bounded = Math.max(lower, Math.min(most, limit));
    return new ConcurrencyLimit(lower, most, bounded, baseNanos, lowestNanos, spanEndsNanos);
  }

  /**
   * Half the way to what it and others come to in the mean, who call the same service and use their
   * limits too. What each finds by itself depends on who came first: one that never saw the service
   * without a queue takes the queue for normal, and crowds out those that know better.
   *
   * @param others their limits
   */
  public ConcurrencyLimit among(List<Double> others) {
    double sum = limit + others.stream().mapToDouble(it -> it).sum();
    return withLimit((limit + sum / (1 + others.size())) / 2);
  }

  /** The limit as a number of calls. */
  public int permits() {
    return (int) limit;
  }

  /** Takes in what was seen. */
  public ConcurrencyLimit sampled(Sample sample, long nowNanos) {
    var based = based(sample.medianNanos(), nowNanos);
    if (sample.inFlightMax() * 2 < limit) {
      return based; // Whatever is wrong, it does not come from so few calls.
    }
    double slower = (double) sample.medianNanos() / based.baseNanos;
    if (slower > TOLERANCE || sample.failedUnderLoad()) {
      double share =
          sample.failedUnderLoad() ? Math.min(0.9, TOLERANCE / slower) : TOLERANCE / slower;
      return based.withLimit(limit * Math.max(FALLS_TO, share));
    }
    return based.withLimit(limit + Math.sqrt(limit));
  }

  private ConcurrencyLimit based(long medianNanos, long nowNanos) {
    if (nowNanos - spanEndsNanos < 0) {
      return withBase(
          lower(baseNanos, medianNanos), lower(lowestNanos, medianNanos), spanEndsNanos);
    }
    return withBase(lower(lowestNanos, medianNanos), medianNanos, nowNanos + SPAN.toNanos());
  }

  private static long lower(long known, long median) {
    return known == 0 ? Math.max(1, median) : Math.max(1, Math.min(known, median));
  }

  private ConcurrencyLimit withBase(long base, long lowest, long spanEnds) {
    return new ConcurrencyLimit(min, max, limit, base, lowest, spanEnds);
  }

  private ConcurrencyLimit withLimit(double next) {
    double bounded = Math.max(min, Math.min(max, next));
    return new ConcurrencyLimit(min, max, bounded, baseNanos, lowestNanos, spanEndsNanos);
  }
}
