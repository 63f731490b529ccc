package io.holdfast.upstream;

/** What became of a call, as far as it says something about the instance. */
enum CallEnding {
  /** A status below 500. */
  ANSWERED,
  /** A status of 500 or above, or no answer. */
  FAILED,
  /** It says that it has too much to do: 503. */
  OVERLOADED,
  /** There was no answer in time. */
  TIMED_OUT;

  boolean isFailure() {
    return this != ANSWERED;
  }

  /** Whether there may have been more calls than it can take. */
  boolean isOverload() {
    return this == OVERLOADED || this == TIMED_OUT;
  }
}
