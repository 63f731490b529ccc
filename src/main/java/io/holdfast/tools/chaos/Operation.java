package io.holdfast.tools.chaos;

import java.util.OptionalLong;

/** One request to one node, as the client saw it. */
record Operation(Request request, Timing timing, Result result) {

  /** What a request asks for. */
  enum Kind {
    GET,
    PUT,
    DELETE
  }

  /** When in a run a request belongs. */
  enum Phase {
    /**
     * Sent to all nodes of a cluster that has just begun: counts for a success floor of its own.
     */
    WARM_UP,
    /** Writes each document, then reads it through each node: has a floor of its own as well. */
    FILL,
    /** Sent at a fixed rate to nodes that survive the fault: counts for the success floor. */
    MEASURED,
    /**
     * Reads from nodes that are harmed and yet may answer. They may be away, refuse or mark, so it
     * counts for no floor; but they may not lie.
     */
    WOKEN,
    /**
     * Sent to a node that the fault leaves out, while it does: as with a woken one, it counts for
     * no floor. Writes are among them.
     */
    LEFT_OUT,
    /** Asks once more, with the same request key, for an outcome that was not known. */
    REPEATED,
    /** Reads what is left after everything. */
    FINAL
  }

  /**
   * What was asked.
   *
   * @param key names the document
   * @param requestKey of a write, the same in each of its attempts; empty for a read
   * @param value written by a PUT, and by no other write of the run; else empty
   * @param ifMatch the version that a conditional write asks for
   * @param node that was asked
   */
  record Request(
      String key,
      Kind kind,
      String requestKey,
      String value,
      OptionalLong ifMatch,
      int node,
      Phase phase) {}

  /**
   * When, in nanoseconds since the run began.
   *
   * @param intended when it was due; latency counts from here, so that a client that was held up
   *     does not hide it
   * @param start when it was sent: no earlier than that can it have had an effect
   * @param end when its answer was complete, or was given up
   */
  record Timing(long intended, long start, long end) {
    long latency() {
      return end - intended;
    }
  }

  /** What came of it. */
  sealed interface Result {

    /**
     * An answer.
     *
     * @param version from the entity tag; empty where there was none
     * @param value the content read; empty where there was none
     * @param marked it said of itself that it may not be current
     * @param problem the name of the problem type; empty where there was none
     */
    record Answered(int status, OptionalLong version, String value, boolean marked, String problem)
        implements Result {}

    /** No answer: the connection was lost or the time was up. */
    record Unknown(String why) implements Result {}
  }

  /** The status, or 0 without an answer. */
  int status() {
    return result instanceof Result.Answered answered ? answered.status() : 0;
  }

  boolean isMarked() {
    return result instanceof Result.Answered answered && answered.marked();
  }

  boolean isSuccess() {
    return status() >= 200 && status() < 300;
  }

  /** It names the version that it is about. */
  boolean isVersioned() {
    return result instanceof Result.Answered answered && answered.version().isPresent();
  }

  /**
   * Counts against the success floor: no answer, a server's error, or a client's that ours does not
   * make: it is neither slow (408) nor greedy (429).
   */
  boolean isFailed() {
    return switch (status()) {
      case 0, 408, 429 -> true;
      default -> status() >= 500;
    };
  }

  /** Of a write: whether it was carried out is open. A 409 says that its first attempt runs. */
  boolean isOutcomeUnknown() {
    return switch (status()) {
      case 0, 409, 500, 502, 504 -> true;
      default -> false;
    };
  }

  @Override
  public String toString() {
    return "%s %s%s%s at node %d (%.3f to %.3f s): %s"
        .formatted(
            request.kind(),
            request.key(),
            request.value().isEmpty() ? "" : " " + request.value(),
            request.ifMatch().isPresent() ? " if " + request.ifMatch().getAsLong() : "",
            request.node(),
            timing.start() / 1e9,
            timing.end() / 1e9,
            result instanceof Result.Answered answered ? said(answered) : result.toString());
  }

  private static String said(Result.Answered answered) {
    return answered.status()
        + (answered.version().isPresent() ? " version " + answered.version().getAsLong() : "")
        + (answered.value().isEmpty() ? "" : " value " + answered.value())
        + (answered.marked() ? " (marked)" : "")
        + (answered.problem().isEmpty() ? "" : " " + answered.problem());
  }
}
