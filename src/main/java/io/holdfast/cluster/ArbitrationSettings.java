package io.holdfast.cluster;

import java.time.Duration;

/**
 * The arbiter's times. None of them decides correctness; they decide who tries first.
 *
 * @param stableAfter for how long the picture must not change before a decision
 * @param restlessAfter when a picture that never rests is decided on by what lasts in it
 * @param othersDelay how long the preferred side's other members let its oldest go first
 * @param minorityDelay how long the other sides let the preferred side go first
 * @param patientAfter how long a cut must last when a member is to be removed of which the database
 *     has heard lately: it lives, and is slow or behind a broken network
 * @param heardWithin when the database has heard of a member lately
 * @param retry while the database does not answer
 * @param silentAfter when the database counts as not reached by a member
 * @param confessedAfter the same for a member that says so itself
 */
public record ArbitrationSettings(
    Duration stableAfter,
    Duration restlessAfter,
    Duration othersDelay,
    Duration minorityDelay,
    Duration patientAfter,
    Duration heardWithin,
    Duration retry,
    Duration silentAfter,
    Duration confessedAfter) {

  /**
   * Stable after 1 s: false marks of the tuned failure detector on a busy machine heal sooner.
   * Those of a machine whose processors cannot keep up last longer, but such a node still gives its
   * sign of life each second: it has 3.5 s. The delays leave a slow database a second to answer
   * whose turn it is.
   */
  public static ArbitrationSettings defaults() {
    return new ArbitrationSettings(
        Duration.ofSeconds(1),
        Duration.ofSeconds(4),
        Duration.ofSeconds(1),
        Duration.ofMillis(1500),
        Duration.ofMillis(3500),
        Duration.ofMillis(2500),
        Duration.ofMillis(200),
        Duration.ofSeconds(5),
        Duration.ofMillis(2500));
  }
}
