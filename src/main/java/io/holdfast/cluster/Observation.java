package io.holdfast.cluster;

import java.time.Instant;
import java.util.Set;

/** What this node found out beside membership. Published on the event stream for the arbiter. */
sealed interface Observation {
  /**
   * A process has ended, beyond doubt.
   *
   * @param at when that was known
   */
  record CertainDeath(long incarnation, String who, Instant at) implements Observation {}

  /**
   * @param since every question since then was answered
   * @param heard members that the database has heard of lately
   * @param silent members that it has not heard of for too long
   */
  record DatabaseAnswers(Instant since, Set<Long> heard, Set<Long> silent) implements Observation {}

  record DatabaseAway() implements Observation {}
}
