package io.holdfast.resilience;

/**
 * How calls ended within some time.
 *
 * @param calls all of them, those in flight only once they are slow
 * @param failures those that failed
 * @param slow those that took longer than a slow call does, or already do
 */
public record Tally(int calls, int failures, int slow) {
  public static final Tally NONE = new Tally(0, 0, 0);

  public Tally plus(Tally other) {
    return new Tally(calls + other.calls, failures + other.failures, slow + other.slow);
  }

  /** 0 to 1; 0 when there were no calls. */
  public double failureRate() {
    return rate(failures);
  }

  /** 0 to 1; 0 when there were no calls. */
  public double slowRate() {
    return rate(slow);
  }

  private double rate(int part) {
    return calls == 0 ? 0 : Math.min(1, (double) part / calls);
  }
}
