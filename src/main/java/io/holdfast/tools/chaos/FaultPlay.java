package io.holdfast.tools.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Does the harm of one fault, and mends it. */
final class FaultPlay {
  private static final double POLL_SECONDS = 0.002;
  private static final double LEAVE_SECONDS = 2;

  /** Within the recovery from the first kill, which takes longer. */
  private static final double SECOND_KILL_SECONDS = 0.5;

  private static final double KILL_WHILE_AWAY_SECONDS = 2;

  /**
   * Between the database's return and the killed node's, so that one is not taken for the other.
   */
  private static final double WITHOUT_THE_KILLED_SECONDS = 5;

  private final Fault fault;
  private final ClusterScript cluster;
  private final RunClock clock;
  private final Timeline timeline;
  private final List<ClusterView.Node> victims;

  /** Of the victims; each knows when its process began, and so no later one of the same id. */
  private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();

  private final List<Violation> troubles = new ArrayList<>();

  FaultPlay(
      Fault fault,
      ClusterScript cluster,
      RunClock clock,
      Timeline timeline,
      List<ClusterView.Node> victims) {
    this.fault = fault;
    this.cluster = cluster;
    this.clock = clock;
    this.timeline = timeline;
    this.victims = victims;
    victims.forEach(it -> ProcessHandle.of(it.pid()).ifPresent(p -> processes.put(name(it), p)));
  }

  /**
   * The moment of the harm, as near as can be seen from outside.
   *
   * @param from not before this
   * @param done not after this
   */
  record Harm(long from, long done) {}

  /** Takes away what the fault takes away. */
  Harm harm() {
    return new Harm(clock.now(), harmed());
  }

  private long harmed() {
    return switch (fault) {
      case NONE, ROLL -> clock.now();
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE -> kill(0);
      case KILL_TWICE -> kill(SECOND_KILL_SECONDS);
      case PAUSE -> {
        cluster.run("pause", name(victims.get(0)));
        yield timeline.tell(name(victims.get(0)) + " paused");
      }
      case DB_STOP -> stopDatabase();
      case DB_STOP_KILL -> {
        long stopped = stopDatabase();
        clock.await(stopped + RunClock.nanos(KILL_WHILE_AWAY_SECONDS));
        kill(0);
        yield stopped;
      }
    };
  }

  private long stopDatabase() {
    cluster.run("db", "stop");
    return timeline.tell("database stopped");
  }

  /**
   * What is there again.
   *
   * @param back from then on all that is needed
   * @param restart from then on killed nodes start, and paused ones go on; never, if there are none
   */
  record Mended(long back, long restart) {}

  Mended mend() {
    switch (fault) {
      case NONE, ROLL -> {}
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE, KILL_TWICE -> {
        long restart = clock.now();
        startAgain();
        return new Mended(clock.now(), restart);
      }
      case PAUSE -> {
        long restart = clock.now();
        cluster.run("resume", name(victims.get(0)));
        return new Mended(timeline.tell(name(victims.get(0)) + " resumed"), restart);
      }
      case DB_STOP -> {
        return new Mended(startDatabase(), Long.MAX_VALUE);
      }
      case DB_STOP_KILL -> {
        long back = startDatabase();
        long restart = back + RunClock.nanos(WITHOUT_THE_KILLED_SECONDS);
        clock.await(restart);
        startAgain();
        return new Mended(back, restart);
      }
    }
    return new Mended(clock.now(), Long.MAX_VALUE);
  }

  private long startDatabase() {
    cluster.run("db", "start");
    return timeline.tell("database started");
  }

  /** What did not come back although it should have; empty before {@link #mend}. */
  List<Violation> troubles() {
    return List.copyOf(troubles);
  }

  /** All at once. One that does not start breaks a promise; the history is checked all the same. */
  private void startAgain() {
    var starting = new LinkedHashMap<String, CompletableFuture<Long>>();
    processes.keySet().forEach(node -> starting.put(node, start(node)));
    starting.forEach(
        (node, started) -> {
          try {
            timeline.tell(started.join(), node + " started");
          } catch (CompletionException e) {
            timeline.tell(node + " did not start");
            troubles.add(new Violation(Violation.Kind.NOT_BACK, e.getCause().getMessage()));
          }
        });
  }

  private CompletableFuture<Long> start(String node) {
    return CompletableFuture.supplyAsync(
        () -> {
          cluster.run("start", node);
          return clock.now();
        },
        runnable -> new Thread(runnable, "start " + node).start());
  }

  /**
   * Stops and starts each node in turn.
   *
   * @param targets takes the nodes to be asked from then on, as a balancer would decide
   */
  void roll(List<Integer> nodes, Consumer<List<Integer>> targets) {
    for (int node : nodes) {
      targets.accept(nodes.stream().filter(it -> it != node).toList());
      clock.await(clock.now() + RunClock.nanos(LEAVE_SECONDS));
      cluster.run("stop", "n" + node);
      timeline.tell("n" + node + " stopped");
      cluster.run("start", "n" + node);
      timeline.tell("n" + node + " started");
      targets.accept(nodes);
    }
  }

  /**
   * Returns the moment of the last death. Not by a script: its start takes seconds on a busy
   * machine, and the second kill would miss the recovery from the first.
   */
  private long kill(double secondsBetween) {
    long due = clock.now();
    for (var victim : processes.entrySet()) {
      clock.await(due);
      victim.getValue().destroyForcibly();
      timeline.tell(victim.getKey() + " killed");
      due += RunClock.nanos(secondsBetween);
    }
    while (processes.values().stream().anyMatch(ProcessHandle::isAlive)) {
      clock.await(clock.now() + RunClock.nanos(POLL_SECONDS));
    }
    return clock.now();
  }

  private static String name(ClusterView.Node node) {
    return "n" + node.number();
  }
}
