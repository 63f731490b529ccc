package io.holdfast.database;

/** The cause of an {@code EventRejectedException}: the event was certainly not written. */
public final class JournalRejected extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final WriteOutcome.Reason reason;

  JournalRejected(WriteOutcome.Reason reason) {
    super("not written: " + reason, null, false, false);
    this.reason = reason;
  }

  public WriteOutcome.Reason reason() {
    return reason;
  }
}
