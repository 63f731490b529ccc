package io.holdfast.resilience;

import java.time.Duration;

/**
 * What has come to nothing at an instance since it last answered. Immutable; times are those of
 * {@link System#nanoTime}.
 *
 * @param sinceNanos the last answer, or when this began
 */
public record Streak(int failures, int silent, long sinceNanos) {

  public static Streak begin(long nowNanos) {
    return new Streak(0, 0, nowNanos);
  }

  /** A call has ended badly. */
  public Streak failed() {
    return new Streak(failures + 1, silent, sinceNanos);
  }

  /**
   * A call has waited too long. It says something only if no younger one was answered meanwhile.
   */
  public Streak waited(long begunNanos) {
    return begunNanos - sinceNanos >= 0 ? new Streak(failures, silent + 1, sinceNanos) : this;
  }

  /**
   * For others to see.
   *
   * @param lately how long an answer is held in its favour
   */
  public Row row(Duration lately, long nowNanos) {
    return new Row(failures, silent, nowNanos - sinceNanos < lately.toNanos());
  }
}
