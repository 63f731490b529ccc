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

  /** Which nodes it is done to. */
  Victims victims();

  /** What it may cost. */
  Limits limits();

  /** How many of so many nodes it takes away. */
  default int takes(int nodes) {
    return switch (asked()) {
      case NEVER, BESIDES -> victims().count(nodes);
      case WHILE_READY, ALWAYS -> 0;
    };
  }

  /** What it does to the database. */
  default Database database() {
    return Database.THERE;
  }

  /**
   * It leaves so little of the machine or of the database that a request may miss its deadline.
   * Where not, each request to a survivor that fails is a violation.
   */
  default boolean starves() {
    return false;
  }

  /** Nothing is harmed: all of the time is without a fault. */
  default boolean isHarmless() {
    return false;
  }

  /** Whether its victims get requests. */
  default Asked asked() {
    return Asked.NEVER;
  }

  /** When in a run of so many seconds of load. */
  default Stretch stretch(double seconds) {
    return new Stretch(seconds / 3, seconds / 3);
  }

  /** Whether the nodes have to be in network namespaces. */
  default boolean needsLab() {
    return false;
  }

  /** Why it cannot be done here, in a line; empty if it can. */
  default Optional<String> obstacle(DatabaseAddress database) {
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

  /** Whether the victims of a fault get requests. */
  enum Asked {
    /** Not until they are well again: they cannot answer. */
    NEVER,
    /**
     * They may still answer: until they are well again they are asked to read, besides the load.
     * That counts for no floor; but they may not lie.
     */
    BESIDES,
    /**
     * They come and go in order: as a balancer would, for as long as they say that they are ready.
     * Not one request may fail.
     */
    WHILE_READY,
    /** It is no reason not to serve. */
    ALWAYS
  }

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
