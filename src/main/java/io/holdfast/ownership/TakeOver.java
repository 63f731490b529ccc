package io.holdfast.ownership;

import java.time.Duration;

/**
 * How long a successor waits before it serves a slot that it has just taken, pure.
 *
 * <p>The predecessor may answer as current until the guard's time after its last proof, which it
 * cannot have sent after our take-over committed. So the guard's whole time, from our commit, is
 * always enough, and nothing else is needed: no clock of another machine, no list of who is away.
 */
public record TakeOver(Predecessor predecessor) {
  /** Who held the row before. */
  public enum Predecessor {
    /** Nobody: the row was released, or never held. */
    NOBODY("nobody"),
    /** This very incarnation. */
    MYSELF("itself"),
    /** A process that has certainly ended: nobody answers in its name. */
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
  }

  /** The wait, counted from the commit of the take-over. */
  public Duration wait(Duration guardTtl) {
    return switch (predecessor) {
      case NOBODY, MYSELF, DEAD -> Duration.ZERO;
      case PERHAPS_ALIVE -> guardTtl;
    };
  }
}
