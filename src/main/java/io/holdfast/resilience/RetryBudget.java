package io.holdfast.resilience;

import java.time.Duration;

/**
 * How many retries may be made: a share of the requests of the last seconds, and a few for a
 * service that is seldom asked. So retries can never multiply the load of a service that fails
 * under it. One thread at a time.
 */
public final class RetryBudget {
  /** Over which requests and retries are counted. */
  static final Duration WINDOW = Duration.ofSeconds(10);

  /** So many retries are always allowed in the window. */
  static final int RETRIES_MIN = 10;

  private double share;
  private final SlidingWindow requests;
  private final SlidingWindow retries;

  /**
   * @param share of the requests, 0.2 for 20 %
   */
  public RetryBudget(double share, long nowNanos) {
    this.share = share;
    this.requests = new SlidingWindow(WINDOW, nowNanos);
    this.retries = new SlidingWindow(WINDOW, nowNanos);
  }

  /** Another share from now on; what was counted counts. */
  public void share(double next) {
    share = next;
  }

  /** A request has come, whatever becomes of it. */
  public void requested(long nowNanos) {
    requests.ended(false, false, nowNanos);
  }

  /** Whether one more retry may be made; if so, it is spent. */
  public boolean spend(long nowNanos) {
    int allowed = (int) (share * requests.tally(nowNanos).calls());
    if (share <= 0 || retries.tally(nowNanos).calls() >= Math.max(RETRIES_MIN, allowed)) {
      return false;
    }
    retries.ended(false, false, nowNanos);
    return true;
  }
}
