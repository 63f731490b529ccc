package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterPoll.Answer;
import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Looks at the nodes all the time, as a balancer and an operator would: since when the cluster is
 * whole, which harmed nodes can be asked again, which moved nodes are ready, and whether the others
 * wrote off a node that was alive.
 */
final class Watch implements AutoCloseable {
  private final ClusterPoll poll;
  private final RunClock clock;
  private final Timeline timeline;
  private final Targets targets;
  private final Pace pace;
  private final Thread thread = new Thread(this::watch, "watch");
  private final Map<Integer, String> lives = new TreeMap<>();
  private final Map<Integer, Long> wellSince = new TreeMap<>();
  private final List<Downed> downed = new ArrayList<>();
  private final Supplier<List<Node>> nodes;
  private volatile ClusterView view;
  private volatile OptionalLong whole = OptionalLong.empty();
  private volatile boolean closed;

  /**
   * How often it looks, and how long a node must be well.
   *
   * @param lookSeconds from one look to the next
   * @param wellSeconds a node that woke up takes a moment until it knows that it was written off
   */
  record Pace(double lookSeconds, double wellSeconds) {
    static final Pace USUAL = new Pace(0.5, 5);
  }

  /** A node that no fault had harmed began anew: it was written off. */
  record Downed(int node, long seen) {}

  /**
   * @param nodes who is to be looked at
   */
  Watch(
      Supplier<List<Node>> nodes,
      ClusterPoll poll,
      RunClock clock,
      Timeline timeline,
      Targets targets,
      Pace pace) {
    this.poll = poll;
    this.pace = pace;
    this.nodes = nodes;
    this.view = new ClusterView(nodes.get());
    this.clock = clock;
    this.timeline = timeline;
    this.targets = targets;
  }

  Watch start() {
    thread.start();
    return this;
  }

  /** As it was when last looked at. */
  ClusterView view() {
    return view;
  }

  /** Since when all nodes are up and have their share; empty if they are not. */
  OptionalLong whole() {
    return whole;
  }

  synchronized List<Downed> downed() {
    return List.copyOf(downed);
  }

  private void watch() {
    while (!closed) {
      long due = clock.now() + RunClock.nanos(pace.lookSeconds());
      var answers = poll.ask(nodes.get());
      answers.forEach(this::look);
      view = new ClusterView(answers.stream().map(Answer::node).toList());
      judge(view);
      clock.await(due);
    }
  }

  private synchronized void look(Answer answer) {
    var node = answer.node();
    if (targets.isMoving(node.number())) {
      targets.say(node.number(), node.isUp());
    }
    noteLife(node, answer.life());
    noteWell(node);
  }

  private void noteLife(Node node, String life) {
    if (life.isEmpty()) {
      return;
    }
    var before = lives.put(node.number(), life);
    boolean isLeftAlone =
        targets.unharmed().contains(node.number()) && !targets.isMoving(node.number());
    if (before != null && !before.equals(life) && isLeftAlone) {
      downed.add(new Downed(node.number(), timeline.tell(node.name() + " was written off")));
    }
  }

  private void noteWell(Node node) {
    if (!node.isUp() || !targets.isReturning(node.number())) {
      wellSince.remove(node.number());
      return;
    }
    long since = wellSince.computeIfAbsent(node.number(), it -> clock.now());
    if (clock.now() - since >= RunClock.nanos(pace.wellSeconds())) {
      targets.askAgain(node.number());
      timeline.tell(node.name() + " is asked again");
    }
  }

  private void judge(ClusterView seen) {
    if (!seen.isWhole()) {
      whole = OptionalLong.empty();
    } else if (whole.isEmpty()) {
      whole =
          OptionalLong.of(
              timeline.tell(
                  "all nodes are up and have their share: "
                      + seen.nodes().stream()
                          .map(it -> Long.toString(it.shards()))
                          .collect(Collectors.joining(", "))));
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed = true;
    thread.join();
  }
}
