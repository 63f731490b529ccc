package io.holdfast.database;

/** What became of a {@link JournalWrite}. */
public sealed interface WriteOutcome {

  /** Committed. */
  record Stored() implements WriteOutcome {}

  /** Certainly not written, and it would not be if it were sent again. */
  record Rejected(Reason reason) implements WriteOutcome {}

  /**
   * The database did not do it.
   *
   * @param mayHaveBeenWritten the failure came while committing: only reading again tells
   */
  record Unavailable(boolean mayHaveBeenWritten, String detail) implements WriteOutcome {}

  /** Why a write was rejected. */
  enum Reason {
    /** The shard's row does not name this node. */
    SHARD_LOST,
    /** The sequence number is taken: by another owner, or by an earlier write that did land. */
    DUPLICATE,
    /** The database's history changed since the entity was read; it has to read again. */
    TIMELINE_CHANGED,
    /** The persistence id names no kind of owner that there is. */
    UNKNOWN_KIND,
    /** The database refuses these values. */
    REFUSED
  }
}
