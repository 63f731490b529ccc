package io.holdfast.upstream;

import java.time.Instant;
import java.util.Optional;

/**
 * What the table says of a request under a key.
 *
 * @param fingerprint tells another request under the same key from the same again
 * @param token of whoever carries it out, or has
 * @param runsUntil after that it is carried out no more
 * @param runnerGone whoever carries it out belongs to a node that was written off
 * @param answer where there is one
 */
public record KeyedRow(
    String fingerprint,
    State state,
    String token,
    Instant runsUntil,
    boolean runnerGone,
    Optional<StoredAnswer> answer) {

  /** How far it has come. */
  public enum State {
    RUNNING,
    ANSWERED,
    /** Answered, but the answer was larger than what is kept. */
    NOT_KEPT,
    /** Whether it was carried out nobody knows. */
    UNKNOWN
  }
}
