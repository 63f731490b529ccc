package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;

/** What a fault can reach of a run: its cluster, the time, and whom the load goes to. */
final class Site {
  private static final double POLL_SECONDS = 0.002;

  private final ClusterScript cluster;
  private final RunClock clock;
  private final Timeline timeline;
  private final Targets targets;
  private final Sender sender;
  private final List<Violation> troubles = new ArrayList<>();
  private final List<String> misses = new ArrayList<>();

  /** Each knows when its process began, and so no later one of the same id. */
  private final Map<Integer, ProcessHandle> processes = new TreeMap<>();

  private volatile ClusterView view;

  Site(ClusterScript cluster, RunClock clock, Timeline timeline, Targets targets, Sender sender) {
    this.cluster = cluster;
    this.clock = clock;
    this.timeline = timeline;
    this.targets = targets;
    this.sender = sender;
    this.view = new ClusterView(List.of());
  }

  /** Finds out which nodes there are, and their processes. */
  ClusterView look() {
    view = cluster.view();
    processes.clear();
    view.nodes()
        .forEach(it -> ProcessHandle.of(it.pid()).ifPresent(p -> processes.put(it.number(), p)));
    sender.know(view.addresses());
    return view;
  }

  /** As they were when somebody looked. */
  List<Node> nodes() {
    return view.nodes();
  }

  ClusterScript cluster() {
    return cluster;
  }

  long now() {
    return clock.now();
  }

  void await(long moment) {
    clock.await(moment);
  }

  /** False if it does not hold within that time. */
  boolean await(double secondsMax, BooleanSupplier holds) {
    return clock.await(secondsMax, holds);
  }

  /** Returns so many seconds later. */
  void rest(double seconds) {
    clock.await(clock.now() + RunClock.nanos(seconds));
  }

  /** Tells an event that happens now, and returns its moment. */
  long tell(String event) {
    return timeline.tell(event);
  }

  /** A promise that was broken, which the history cannot show. */
  void trouble(Violation violation) {
    troubles.add(violation);
  }

  List<Violation> troubles() {
    return List.copyOf(troubles);
  }

  /** A goal that was not reached, which no quantity shows. */
  void miss(String text) {
    misses.add(text);
  }

  List<String> misses() {
    return List.copyOf(misses);
  }

  /** There is a node more, which comes in order. */
  void arrives(Node node) {
    targets.move(node.number(), false);
  }

  /** A node has gone for good. */
  void forget(Node node) {
    view =
        new ClusterView(view.nodes().stream().filter(it -> it.number() != node.number()).toList());
    targets.forget(node.number());
  }

  /** Runs the command for each node in turn, and returns when that is done. */
  long each(List<Node> nodes, String command, String done) {
    for (var node : nodes) {
      cluster.run(command, node.name());
      tell(node.name() + " " + done);
    }
    return now();
  }

  /**
   * Returns the moment of the last death. Not by a script: its start takes seconds on a busy
   * machine, and a second kill would miss the recovery from the first.
   */
  long kill(List<Node> victims, double secondsBetween) {
    var dying = victims.stream().filter(it -> processes.containsKey(it.number())).toList();
    long due = clock.now();
    for (var victim : dying) {
      clock.await(due);
      processes.get(victim.number()).destroyForcibly();
      tell(victim.name() + " killed");
      due += RunClock.nanos(secondsBetween);
    }
    while (dying.stream().anyMatch(it -> processes.get(it.number()).isAlive())) {
      rest(POLL_SECONDS);
    }
    return now();
  }

  /** All at once. One that does not start breaks a promise; the history is checked all the same. */
  void startAgain(List<Node> nodes) {
    var starting = nodes.stream().map(this::start).toList();
    for (var start : starting) {
      try {
        start.join();
      } catch (CompletionException e) {
        tell(e.getCause().getMessage());
        trouble(new Violation(Violation.Kind.NOT_BACK, e.getCause().getMessage()));
      }
    }
  }

  /** All that do not run, by one command. */
  void startAll() {
    try {
      cluster.run("start");
      tell("all nodes started");
    } catch (ChaosFailure e) {
      tell(e.getMessage());
      trouble(new Violation(Violation.Kind.NOT_BACK, e.getMessage()));
    }
  }

  private CompletableFuture<Void> start(Node node) {
    return CompletableFuture.runAsync(
        () -> {
          cluster.run("start", node.name());
          tell(node.name() + " started");
        },
        runnable -> new Thread(runnable, "start " + node.name()).start());
  }

  long stopDatabase() {
    cluster.run("db", "stop");
    return tell("database stopped");
  }

  long startDatabase() {
    cluster.run("db", "start");
    return tell("database started");
  }
}
