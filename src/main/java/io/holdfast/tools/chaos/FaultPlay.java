package io.holdfast.tools.chaos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Does the harm of one fault, and mends it. */
final class FaultPlay {
  private static final double POLL_SECONDS = 0.002;
  private static final double LEAVE_SECONDS = 2;

  /** Within the recovery from the first kill, which takes longer. */
  private static final double SECOND_KILL_SECONDS = 0.5;

  private static final double KILL_WHILE_AWAY_SECONDS = 2;

  private final Fault fault;
  private final ClusterScript cluster;
  private final RunClock clock;
  private final Timeline timeline;
  private final List<ClusterView.Node> victims;

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

  /** Returns the moment from which on all that is needed is there again. */
  long mend() {
    switch (fault) {
      case NONE, ROLL -> {}
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE, KILL_TWICE -> startAgain();
      case PAUSE -> {
        cluster.run("resume", name(victims.get(0)));
        timeline.tell(name(victims.get(0)) + " resumed");
      }
      case DB_STOP, DB_STOP_KILL -> {
        cluster.run("db", "start");
        long back = timeline.tell("database started");
        startAgain();
        return back;
      }
    }
    return clock.now();
  }

  /** A node that does not start is told of; the history is checked all the same. */
  private void startAgain() {
    begin("start", victims, 0)
        .forEach(
            (node, done) -> {
              try {
                timeline.tell(done.join(), node + " started");
              } catch (CompletionException e) {
                timeline.tell("%s did not start: %s".formatted(node, e.getCause().getMessage()));
              }
            });
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

  /** Returns the moment of the last death. */
  private long kill(double secondsBetween) {
    var killing = begin("kill", victims, secondsBetween);
    var moments = new LinkedHashMap<String, Long>();
    while (moments.size() < victims.size() && !killing.values().stream().allMatch(Future::isDone)) {
      clock.await(clock.now() + RunClock.nanos(POLL_SECONDS));
      victims.stream()
          .filter(it -> isGone(it.pid()))
          .forEach(it -> moments.computeIfAbsent(name(it), name -> clock.now()));
    }
    killing.values().forEach(CompletableFuture::join);
    victims.forEach(it -> moments.computeIfAbsent(name(it), name -> clock.now()));
    moments.forEach((node, moment) -> timeline.tell(moment, node + " killed"));
    return moments.values().stream().mapToLong(Long::longValue).max().orElse(clock.now());
  }

  private static boolean isGone(long pid) {
    return ProcessHandle.of(pid).map(it -> !it.isAlive()).orElse(true);
  }

  /** Runs one command for each node, one after so long another; gives when each was done. */
  private Map<String, CompletableFuture<Long>> begin(
      String command, List<ClusterView.Node> nodes, double secondsBetween) {
    long first = clock.now();
    var done = new LinkedHashMap<String, CompletableFuture<Long>>();
    for (var node : nodes) {
      var name = name(node);
      long due = first + RunClock.nanos(secondsBetween * done.size());
      done.put(
          name,
          CompletableFuture.supplyAsync(
              () -> {
                clock.await(due);
                cluster.run(command, name);
                return clock.now();
              },
              runnable -> new Thread(runnable, command + " " + name).start()));
    }
    return done;
  }

  private static String name(ClusterView.Node node) {
    return "n" + node.number();
  }
}
