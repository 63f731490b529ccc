package io.holdfast.resilience;

/**
 * Lets through a number of things a second, and so many at once after a rest. Immutable.
 *
 * @param capacity how many at once
 * @param perSecond how many come back each second
 * @param tokens how many there were at {@code atNanos}
 */
public record TokenBucket(double capacity, double perSecond, double tokens, long atNanos) {

  public static TokenBucket full(double capacity, double perSecond, long nowNanos) {
    return new TokenBucket(capacity, perSecond, capacity, nowNanos);
  }

  /** Whether there is one now. */
  public boolean hasOne(long nowNanos) {
    return tokensAt(nowNanos) >= 1;
  }

  /** With one less. */
  public TokenBucket taken(long nowNanos) {
    return new TokenBucket(capacity, perSecond, tokensAt(nowNanos) - 1, nowNanos);
  }

  private double tokensAt(long nowNanos) {
    return Math.min(capacity, tokens + Math.max(0, nowNanos - atNanos) / 1e9 * perSecond);
  }
}
