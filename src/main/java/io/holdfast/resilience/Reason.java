package io.holdfast.resilience;

/** Why a breaker is not closed. */
public enum Reason {
  NONE("closed"),
  FAILURE_RATE("failure-rate"),
  SLOW_RATE("slow-rate");

  private final String word;

  Reason(String word) {
    this.word = word;
  }

  /** As operators read it. */
  public String word() {
    return word;
  }
}
