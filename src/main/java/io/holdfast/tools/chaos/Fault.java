package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Optional;

/**
 * One way to break a cluster and to mend it again. Each is a small class of its own, made anew for
 * each run, and listed in {@link Faults}.
 */
interface Fault {
  /** As it is typed. */
  String word();

  /** What is done, in a few words. */
  String what();

  /** Which nodes it takes away; they get none of the load until they are well again. */
  Victims victims();

  /** What it may cost. */
  Limits limits();

  /** What it does to the database. */
  default Database database() {
    return Database.THERE;
  }

  /** Nothing is harmed: all of the time is without a fault. */
  default boolean isHarmless() {
    return false;
  }

  /**
   * Planned change: the nodes that it moves are asked for as long as they say that they are ready,
   * as a balancer would, and no request may fail. It is played alone.
   */
  default boolean isPlanned() {
    return false;
  }

  /**
   * Its victims may still answer: they are asked to read besides the load, from the harm on. That
   * counts for no floor; but they may not lie.
   */
  default boolean asksVictims() {
    return false;
  }

  /** When in a run of so many seconds of load. */
  default Stretch stretch(double seconds) {
    return new Stretch(seconds / 3, seconds / 3);
  }

  /** Why it cannot be done here, in a line; empty if it can. */
  default Optional<String> obstacle(Preparation preparation) {
    return Optional.empty();
  }

  /** Arranges what it needs, before the cluster starts; {@link #close} ends that. */
  default void prepare(Preparation preparation) {}

  /** Does the harm, and returns when it is done. */
  long harm(Site site, List<Node> victims);

  /** Takes the harm away, and returns when that is done. */
  Mended mend(Site site, List<Node> victims);

  /** Called once the cluster is stopped. */
  default void close() {}

  /** What a fault does to the database. */
  enum Database {
    THERE,
    SLOW,
    AWAY
  }

  /**
   * When a fault plays.
   *
   * @param before the harm, seconds of load
   * @param lasts seconds from the harm to its mending
   */
  record Stretch(double before, double lasts) {
    /** Not longer than that. */
    Stretch atMost(double seconds) {
      return new Stretch(before, Math.min(lasts, seconds));
    }
  }

  /**
   * What is there again.
   *
   * @param back from then on all that is needed
   * @param restart from then on killed nodes start, and paused ones go on; never, if there are none
   */
  record Mended(long back, long restart) {
    static final long NEVER = Long.MAX_VALUE;
  }
}
