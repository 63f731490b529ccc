package io.holdfast.tools.chaos;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Does the harm of one fault, and mends it. */
final class FaultPlay {
  private static final double POLL_SECONDS = 0.002;
  private static final double LEAVE_SECONDS = 2;

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
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE -> kill();
      case PAUSE -> {
        cluster.run("pause", name(victims.get(0)));
        yield timeline.tell(name(victims.get(0)) + " paused");
      }
      case DB_STOP -> {
        cluster.run("db", "stop");
        yield timeline.tell("database stopped");
      }
    };
  }

  /** Returns the moment from which on all that is needed is there again. */
  long mend() {
    switch (fault) {
      case NONE, ROLL -> {}
      case KILL, KILL_OLDEST, KILL_ALL_BUT_ONE ->
          begin("start").forEach((node, done) -> timeline.tell(done.join(), node + " started"));
      case PAUSE -> {
        cluster.run("resume", name(victims.get(0)));
        timeline.tell(name(victims.get(0)) + " resumed");
      }
      case DB_STOP -> {
        cluster.run("db", "start");
        timeline.tell("database started");
      }
    }
    return clock.now();
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

  private long kill() {
    var killing = begin("kill");
    long dead = 0;
    while (dead == 0 && !killing.values().stream().allMatch(Future::isDone)) {
      clock.await(clock.now() + RunClock.nanos(POLL_SECONDS));
      dead = victims.stream().anyMatch(it -> isGone(it.pid())) ? clock.now() : 0;
    }
    killing.values().forEach(CompletableFuture::join);
    long moment = dead == 0 ? clock.now() : dead;
    victims.forEach(it -> timeline.tell(moment, name(it) + " killed"));
    return moment;
  }

  private static boolean isGone(long pid) {
    return ProcessHandle.of(pid).map(it -> !it.isAlive()).orElse(true);
  }

  /** Runs one command for each victim, all in the same moment; gives when each was done. */
  private Map<String, CompletableFuture<Long>> begin(String command) {
    return victims.stream()
        .map(FaultPlay::name)
        .collect(
            Collectors.toMap(
                it -> it,
                it ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          cluster.run(command, it);
                          return clock.now();
                        },
                        runnable -> new Thread(runnable, command + " " + it).start())));
  }

  private static String name(ClusterView.Node node) {
    return "n" + node.number();
  }
}
