package io.holdfast.database;

/** The cause of a {@code JournalFailureException}: the database did not do it. */
public final class JournalUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean mayHaveBeenWritten;

  JournalUnavailable(boolean mayHaveBeenWritten, String detail, Throwable cause) {
    super(detail, cause, false, false);
    this.mayHaveBeenWritten = mayHaveBeenWritten;
  }

  /** Whether only reading again tells if it was written. */
  public boolean mayHaveBeenWritten() {
    return mayHaveBeenWritten;
  }
}
