package io.holdfast.tools.chaos;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Random;

/** What is done to the cluster. */
enum Fault {
  /** Nothing. */
  NONE,
  /** SIGKILL to a node that is not the oldest; started again later. */
  KILL,
  /** SIGKILL to the oldest node, which has the cluster's singletons. */
  KILL_OLDEST,
  /** SIGKILL to all nodes but one in the same instant. */
  KILL_ALL_BUT_ONE,
  /** SIGKILL to the oldest node and, in the recovery from that, to another one. */
  KILL_TWICE,
  /** SIGSTOP to a node that is not the oldest, SIGCONT after 6 s. */
  PAUSE,
  /** The database is stopped for 10 s. */
  DB_STOP,
  /** The database is stopped for 10 s, and meanwhile a node is killed. */
  DB_STOP_KILL,
  /** Each node in turn is stopped in order and started again. */
  ROLL;

  private static final double PAUSE_SECONDS = 6;
  private static final double DATABASE_AWAY_SECONDS = 10;
  private static final double KILLED_SECONDS_MAX = 5;
  private static final double PAUSED_SECONDS_MAX = 8;

  /** From the database's return. */
  static final double DATABASE_BACK_SECONDS_MAX = 3;

  /** As it is typed. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Fault ofWord(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  /** The nodes that it takes away, all at once; none where it is not of that kind. */
  List<ClusterView.Node> victims(ClusterView view, Random random) {
    var younger = view.nodes().stream().filter(it -> !it.oldest()).toList();
    return switch (this) {
      case NONE, DB_STOP, ROLL -> List.of();
      case KILL, PAUSE, DB_STOP_KILL -> List.of(any(younger, random));
      case KILL_OLDEST -> List.of(oldest(view));
      case KILL_TWICE -> List.of(oldest(view), any(younger, random));
      case KILL_ALL_BUT_ONE -> {
        var survivor = any(view.nodes(), random);
        yield view.nodes().stream().filter(it -> !it.equals(survivor)).toList();
      }
    };
  }

  private static ClusterView.Node oldest(ClusterView view) {
    return view.nodes().stream()
        .filter(ClusterView.Node::oldest)
        .findFirst()
        .orElseThrow(() -> new ChaosFailure(1, "no node says that it is the oldest"));
  }

  private static ClusterView.Node any(List<ClusterView.Node> nodes, Random random) {
    return nodes.get(random.nextInt(nodes.size()));
  }

  /** Takes the database away for a while. */
  boolean stopsDatabase() {
    return this == DB_STOP || this == DB_STOP_KILL;
  }

  /**
   * Within which every document must be writable again: from the last kill, from the pause, from
   * the database's return.
   */
  OptionalDouble recoverySecondsMax() {
    return switch (this) {
      case NONE, ROLL -> OptionalDouble.empty();
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE, KILL_TWICE -> OptionalDouble.of(KILLED_SECONDS_MAX);
      case PAUSE -> OptionalDouble.of(PAUSED_SECONDS_MAX);
      case DB_STOP, DB_STOP_KILL -> OptionalDouble.of(DATABASE_BACK_SECONDS_MAX);
    };
  }

  /** How long the harm lasts, within a run of so many seconds. */
  double harmSeconds(double seconds) {
    return switch (this) {
      case NONE, KILL, KILL_OLDEST, KILL_ALL_BUT_ONE, KILL_TWICE, ROLL -> seconds / 3;
      case PAUSE -> Math.min(PAUSE_SECONDS, seconds / 3);
      case DB_STOP, DB_STOP_KILL -> Math.min(DATABASE_AWAY_SECONDS, seconds / 3);
    };
  }
}
