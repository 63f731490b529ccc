package io.holdfast.ownership;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * How long a successor waits before it serves a slot that it has just taken, pure.
 *
 * <p>The predecessor may answer as current until the guard's time after its last proof, which it
 * cannot have sent after our take-over committed. So the guard's whole time, from our commit, is
 * always enough, and nothing else is needed: no clock of another machine, no list of who is away.
 * For one that is dead, other nodes may still give what it vouched for just before its end.
 *
 * @param predecessor who held the row before
 * @param awaited the one incarnation that may still answer: once it is known to answer no more, the
 *     wait is over; empty when there is none, or may be several
 */
public record TakeOver(Predecessor predecessor, OptionalLong awaited) {
  /**
   * What was vouched for while a slot was one's own must have run out before it is another's:
   * longer than any lease that a document gives.
   */
  static final Duration VOUCHED_MAX = Duration.ofMillis(40);

  /** Who held the row before. */
  public enum Predecessor {
    /** Nobody: the row was released, once nothing was vouched for any more, or never held. */
    NOBODY("nobody"),
    /** This very incarnation, which may not have waited yet for a dead one before it. */
    MYSELF("itself"),
    /** A process that has certainly ended: it answers nothing, and vouches for nothing new. */
    DEAD("a node that has certainly ended"),
    /**
     * Another incarnation which may be alive, paused or cut off; or somebody who had not yet waited
     * for such a one.
     */
    PERHAPS_ALIVE("a node that may be alive");

    private final String words;

    Predecessor(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }

    Duration wait(Duration guardTtl) {
      return switch (this) {
        case NOBODY -> Duration.ZERO;
        case MYSELF, DEAD -> VOUCHED_MAX;
        case PERHAPS_ALIVE -> guardTtl;
      };
    }
  }

  /** Whether the row says that somebody may be alive, until the end of the wait is noted in it. */
  boolean isUnsettled() {
    return predecessor == Predecessor.PERHAPS_ALIVE;
  }

  /** The wait, counted from the commit of the take-over. */
  public Duration wait(Duration guardTtl) {
    return predecessor.wait(guardTtl);
  }
}
