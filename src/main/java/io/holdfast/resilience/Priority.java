package io.holdfast.resilience;

/** Who goes first, and who is given up first, when there is not room for all. */
public enum Priority {
  CRITICAL,
  DEFAULT,
  SHEDDABLE;

  /** The lower one of two. */
  public Priority atMost(Priority bound) {
    return ordinal() > bound.ordinal() ? this : bound;
  }

  boolean isBefore(Priority other) {
    return ordinal() < other.ordinal();
  }
}
