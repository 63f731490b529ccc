package io.holdfast.cluster;

import java.time.Duration;

/** How an incarnation that can be a member no more makes room for the next one. */
public enum Departure {
  /** Another one begins in the same process. */
  START_ANEW(Duration.ofSeconds(40)),

  /** The same; but what does not answer may not end either, and then the process ends. */
  CANNOT_SERVE(Duration.ofSeconds(5)),

  /** The process lacks what no new beginning in it gives back: it ends. */
  END_PROCESS(Duration.ofSeconds(5));

  private final Duration endsWithin;

  Departure(Duration endsWithin) {
    this.endsWithin = endsWithin;
  }

  /** Whether clients keep their connections: the port itself is well. */
  public boolean keepsPort() {
    return this == START_ANEW;
  }

  /**
   * How long the incarnation's parts may take to end; after that the process ends, however they
   * stand. For a node that was written off the limits of all phases of an orderly shutdown, for it
   * may hang in each of them in a partition.
   */
  public Duration endsWithin() {
    return endsWithin;
  }
}
