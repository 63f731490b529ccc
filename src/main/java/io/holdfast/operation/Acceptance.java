package io.holdfast.operation;

/** What became of a request that was to be accepted. */
public sealed interface Acceptance {

  /** It is there, durably; perhaps since an earlier request of the same id. */
  record Accepted(Operation operation) implements Acceptance {}

  /** Another request has its id. Nothing was accepted. */
  record Reused() implements Acceptance {}

  /** It was accepted long ago, and nothing but its name is left. Nothing was accepted. */
  record Expired() implements Acceptance {}

  /** As many of its route wait as may. Nothing was accepted. */
  record Full() implements Acceptance {}

  /** The database does not answer. Nothing was accepted. */
  record NotNow() implements Acceptance {}

  /** The database stopped answering in the middle: it may have been accepted. */
  record Unknown() implements Acceptance {}
}
