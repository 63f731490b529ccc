package io.holdfast.tools;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of one node from outside.
 *
 * @param pid empty when it does not run
 * @param shards empty when it runs and does not say
 * @param documents in its memory; empty when it runs and does not say
 */
record NodeStatus(
    int node,
    String name,
    Optional<Long> pid,
    State state,
    boolean oldest,
    URI http,
    URI admin,
    Optional<Long> shards,
    Optional<Long> documents,
    long uptimeSeconds) {

  enum State {
    UP,
    STARTING,
    DRAINING,
    PAUSED,
    DOWN;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * @param said the state in the node's own answer; empty when it gave none
     */
    static State of(ProcessMark.RunState process, Optional<String> said) {
      return switch (process) {
        case ENDED -> DOWN;
        case PAUSED -> PAUSED;
        case RUNNING -> said.map(State::ofWord).orElse(STARTING);
      };
    }

    private static State ofWord(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "up", "ready" -> UP;
        case "draining", "leaving", "exiting", "stopping" -> DRAINING;
        default -> STARTING;
      };
    }
  }

  /** Where a node listens, for people and for us. */
  record Addresses(URI http, URI admin) {}

  /**
   * @param answer the members of its {@code GET /cluster}; empty when it gave none
   */
  static NodeStatus of(
      int node, OwnProcess process, Addresses addresses, Optional<Map<String, String>> answer) {
    var mark = process.running();
    var state =
        State.of(
            mark.map(ProcessMark::state).orElse(ProcessMark.RunState.ENDED),
            answer.map(members -> members.getOrDefault("state", "")));
    return new NodeStatus(
        node,
        process.name(),
        mark.map(ProcessMark::pid),
        state,
        answer.map(members -> "true".equals(members.get("oldest"))).orElse(false),
        addresses.http(),
        addresses.admin(),
        count(state, answer, "shards"),
        count(state, answer, "documents"),
        mark.map(it -> it.age().toSeconds()).orElse(0L));
  }

  /** A node that is down owns nothing, for certain. */
  private static Optional<Long> count(
      State state, Optional<Map<String, String>> answer, String member) {
    return state == State.DOWN
        ? Optional.of(0L)
        : answer.map(members -> members.get(member)).flatMap(NodeStatus::number);
  }

  /** A node says -1 of what it could not find out. */
  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.parseLong(text)).filter(number -> number >= 0);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
