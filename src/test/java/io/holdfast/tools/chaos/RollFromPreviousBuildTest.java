package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.PreviousBuild;
import io.holdfast.tools.TestCluster;
import io.holdfast.tools.chaos.Operation.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of the previous build is rolled to this one under load, as {@code scripts/cluster roll}
 * does it, behind a balancer that asks whether nodes are ready: no request fails, nothing is lost.
 * While one node is of each build, the edge of each asks the owners of the other.
 */
@Timeout(600)
class RollFromPreviousBuildTest {
  private static final int RATE = 40;
  private static final int KEYS = 200;
  private static final int HOT = 20;
  private static final Duration BALANCER_LOOKS_EVERY = Duration.ofMillis(500);

  @TempDir Path root;

  private final RunClock clock = new RunClock();
  private final Queue<Operation> history = new ConcurrentLinkedQueue<>();

  @Test
  void noRequestFailsWhileTheNodesAreRolledToThisBuild() throws Exception {
    var previous = PreviousBuild.distribution();
    var data = root.resolve("data");
    var cluster = new ClusterScript(TestCluster.script(root), data, Map.of());
    try {
      cluster.run(
          "start",
          "--nodes",
          "2",
          "--build",
          previous.toString(),
          "--timeout",
          "240",
          "--base-port",
          Integer.toString(TestCluster.freeBlock()));
      var view = cluster.view();
      assertThat(commandLines(view)).allMatch(it -> it.contains("/builds/"));
      var sender = new Sender(clock, view.addresses());
      roll(cluster, view, sender);
      assertThat(commandLines(cluster.view())).allMatch(it -> it.contains("target/classes"));
      var aftermath = new Aftermath(sender, view.numbers());
      history.addAll(aftermath.repeatUnknown(history));
      history.addAll(aftermath.readAll(history));
    } finally {
      cluster.attempt("stop");
    }
    var expectations = new Expectations(List.of(), List.of(), List.of(), 1.0);
    var operations = List.copyOf(history);
    assertThat(HistoryChecker.failed(operations, expectations, Phase.MEASURED)).isEmpty();
    assertThat(HistoryChecker.check(operations, expectations)).isEmpty();
    assertThat(history).filteredOn(Operation::isSuccess).hasSizeGreaterThan(RATE * 10);
  }

  private void roll(ClusterScript cluster, ClusterView view, Sender sender) throws Exception {
    var workload = new Workload(clock.now(), KEYS, HOT);
    var targets = new AtomicReference<>(view.numbers());
    try (var balancer = new Balancer(view, targets);
        var load = new Load(sender, workload, clock, history)) {
      balancer.start();
      load.start(RATE, () -> Optional.of(workload.next(Phase.MEASURED, targets.get())));
      await().atMost(Duration.ofMinutes(1)).until(() -> history.size() > RATE * 5);
      cluster.run("roll", "--timeout", "240");
      int rolled = history.size();
      await().atMost(Duration.ofMinutes(1)).until(() -> history.size() > rolled + RATE * 2);
    }
  }

  private static List<String> commandLines(ClusterView view) throws IOException {
    return view.nodes().stream()
        .map(node -> Path.of("/proc", Long.toString(node.pid()), "cmdline"))
        .map(RollFromPreviousBuildTest::text)
        .toList();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  /** Sends requests to the nodes that say that they are up; to all, if none does. */
  private static final class Balancer extends Thread implements AutoCloseable {
    private final ClusterPoll poll = new ClusterPoll("");
    private final ClusterView view;
    private final AtomicReference<List<Integer>> targets;
    private volatile boolean closed;

    Balancer(ClusterView view, AtomicReference<List<Integer>> targets) {
      super("balancer");
      this.view = view;
      this.targets = targets;
    }

    @Override
    public void run() {
      var clock = new RunClock();
      while (!closed) {
        var up = poll.look(view).nodes().stream().filter(ClusterView.Node::isUp);
        var numbers = up.map(ClusterView.Node::number).toList();
        if (!numbers.isEmpty()) {
          targets.set(numbers);
        }
        clock.await(clock.now() + BALANCER_LOOKS_EVERY.toNanos());
      }
    }

    @Override
    public void close() throws InterruptedException {
      closed = true;
      join();
    }
  }
}
