package io.holdfast.resource;

/** Whether an answer from memory may be given as current, and if not, why not. */
public enum Standing {
  /** Proved to be the newest. */
  CURRENT,
  /** The owner moves, or does not answer. */
  OWNER_MOVING,
  /** The database cannot confirm it. */
  DATABASE_AWAY,
  /** This node cannot prove that it still owns the document. */
  CUT_OFF;

  /** The value of {@code detail} in {@code Cache-Status}. */
  public String detail() {
    return switch (this) {
      case CURRENT -> "";
      case OWNER_MOVING -> "owner-moving";
      case DATABASE_AWAY -> "database-away";
      case CUT_OFF -> "cut-off";
    };
  }
}
