package io.holdfast.tools.chaos;

/** A promise that was broken, and how one can tell. */
record Violation(Kind kind, String text) {

  /** Which promise. */
  enum Kind {
    /** An unmarked read shows less than was acknowledged before it began. */
    STALE_READ,
    /** A write is acknowledged with a version that was already passed when it began. */
    STALE_WRITE,
    /** What was acknowledged is not there at the end, or vanished without a DELETE. */
    LOST_WRITE,
    /** One version names two values. */
    TWO_VALUES,
    /** One write has two versions. */
    TWICE,
    /** A value that nobody wrote, or that nobody had written yet. */
    INVENTED,
    /** A write that was refused took effect. */
    REFUSED_BUT_DONE,
    /** A conditional write was acknowledged although another change came between. */
    CONDITION_IGNORED,
    /** A conditional write was refused although its version was current all the time. */
    CONDITION_DENIED,
    /** An answer that no request of ours should get. */
    UNEXPECTED_ANSWER,
    /** No write of the whole run was acknowledged: there was nothing to lose. */
    NOTHING_WRITTEN,
    /** A read at the end got no answer, or none that is proved. */
    UNREADABLE,
    /** A node that was killed did not start again, or was not up in time. */
    NOT_BACK,
    /** Documents could not be written again within the time that the fault allows. */
    TOO_SLOW,
    /** A mark in a time without faults. */
    MARK_IN_QUIET,
    /** A request to a node that nothing was done to failed, and no promise allows that. */
    SURVIVOR_FAILED,
    /** A node that nothing was done to was written off. */
    LIVE_NODE_DOWNED,
    /** Too few requests to surviving nodes succeeded. */
    FLOOR
  }

  @Override
  public String toString() {
    return kind + ": " + text;
  }
}
