package io.holdfast.resilience;

/** Why a breaker is not closed. */
public enum Reason {
  NONE("closed"),
  FAILURE_RATE("failure-rate"),
  SLOW_RATE("slow-rate"),
  /** Of an instance, while others can be used: it failed so often in a row. */
  FAILURES_IN_A_ROW("consecutive-failures"),
  /** Of an instance, while others can be used: it failed so often. */
  OUTLIER_FAILURE_RATE("ejection-failure-rate"),
  /** Of an instance, while others can be used: who waits there gets no answer. */
  SILENCE("no-answer");

  private final String word;

  Reason(String word) {
    this.word = word;
  }

  /** Whether an instance is left out for it, and not every one of them. */
  public boolean isOutlier() {
    return switch (this) {
      case FAILURES_IN_A_ROW, OUTLIER_FAILURE_RATE, SILENCE -> true;
      case NONE, FAILURE_RATE, SLOW_RATE -> false;
    };
  }

  /** As operators read it. */
  public String word() {
    return word;
  }
}
