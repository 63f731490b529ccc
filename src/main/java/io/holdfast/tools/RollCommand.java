package io.holdfast.tools;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code roll}: one node after another, with the build of now or another. The directory's lock is
 * held while a node is stopped and started, not between: commands about other nodes find room.
 */
@Command(
    name = "roll",
    description = {
      "Stops and starts one node after another, each in order, waiting for the cluster's health.",
      "They come back with what is built now, or with the build that is named."
    },
    mixinStandardHelpOptions = true)
final class RollCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /** A balancer that looks every two seconds has seen by then that a node is back. */
  private static final Duration NOTICED_AFTER = Duration.ofSeconds(2);

  @Option(
      names = "--build",
      paramLabel = "DIR",
      description = {
        "A distribution, as target/holdfast of another checkout; its jars are copied.",
        "The cluster keeps to it until a roll without --build."
      })
  private Path directory;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description =
          "How long to wait for each node to stop, to be ready, and to have its shards (default:"
              + " ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @ParentCommand private ClusterCommand parent;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var progress = new Progress(out(), System.console() != null);
    try {
      return parent.cluster().data().asOnlyRoll(() -> roll(progress));
    } finally {
      progress.end();
    }
  }

  private int roll(Progress progress) {
    var began = System.nanoTime();
    var before = parent.cluster();
    requireHealth(before, progress);
    var after = withBuild(before);
    var nodes = stopping(before).inOrder();
    new Starter(after, progress).checkConfig(1);
    var rolled = new ArrayList<String>();
    for (var node : nodes) {
      replace(node, before, after, rolled, progress);
      rolled.add(node.name());
      after.data().exclusively(() -> remember(after));
    }
    after.data().exclusively(() -> BuildChoice.removeUnused(after.data()));
    print(
        progress,
        "%d nodes rolled in %s",
        rolled.size(),
        Starter.seconds(Duration.ofNanos(System.nanoTime() - began)));
    return 0;
  }

  private OrderlyStop stopping(Cluster cluster) {
    return new OrderlyStop(cluster, timeout());
  }

  private Duration timeout() {
    return Duration.ofSeconds(timeoutSeconds);
  }

  /** A node that is missing already is one that the others cannot do without another. */
  private void requireHealth(Cluster cluster, Progress progress) {
    var unfit = Health.of(cluster).unfit();
    if (unfit.isPresent()) {
      throw Refusal.failed(
          "%s: a roll begins when all nodes are up (see %s)", unfit.get(), parent.typed("status"));
    }
    awaitHealth(cluster, progress)
        .ifPresent(
            it -> {
              throw Refusal.failed("%s after %d s: nothing was stopped", it, timeoutSeconds);
            });
    if (cluster.remembered().nodes() == 1) {
      print(progress, "there is one node only: while it starts nobody answers");
    }
  }

  private Cluster withBuild(Cluster cluster) {
    var data = cluster.data();
    var choice = new BuildChoice(parent.home(), data);
    var build =
        data.exclusively(() -> directory == null ? choice.ofNow() : choice.named(directory));
    return Cluster.of(parent.home(), data, cluster.remembered().withBuild(build));
  }

  /** Only a build with which a node came back is the cluster's; others may have been added. */
  private static int remember(Cluster after) {
    var data = after.data();
    data.remember(data.remembered().withBuild(after.remembered().build()));
    return 0;
  }

  private void replace(
      OwnProcess node, Cluster before, Cluster after, List<String> rolled, Progress progress) {
    var began = System.nanoTime();
    try {
      progress.show(
          "%s: stopping (%d of %d)".formatted(node.name(), rolled.size() + 1, all(after)));
      var data = after.data();
      var stopped = data.exclusively(() -> stopping(before).stop(node));
      var starter = new Starter(after, Progress.silent());
      progress.show("%s: starting".formatted(node.name()));
      var number = after.number(node.name());
      data.exclusively(() -> start(starter, number));
      var ready = starter.awaitReady(timeout()).get(number);
      progress.show("%s: ready; waiting for its shards".formatted(node.name()));
      var unfit = awaitHealth(after, progress);
      if (unfit.isPresent()) {
        throw Refusal.failed("%s after %d s", unfit.get(), timeoutSeconds);
      }
      OwnProcess.rest(NOTICED_AFTER);
      print(
          progress,
          "%s rolled in %s (stopped in %s, ready in %s)",
          node.name(),
          Starter.seconds(Duration.ofNanos(System.nanoTime() - began)),
          Starter.seconds(stopped),
          Starter.seconds(ready));
    } catch (Refusal e) {
      throw brokenOff(node, rolled, e);
    }
  }

  private static int all(Cluster cluster) {
    return cluster.remembered().nodes();
  }

  private static int start(Starter starter, int number) {
    starter.prepare(List.of(number), false);
    starter.start(List.of(number), false);
    return number;
  }

  private Refusal brokenOff(OwnProcess node, List<String> rolled, Refusal why) {
    return Refusal.failed(
        "the roll ended at %s: %s%nrolled before: %s; the other nodes were not touched. Mend it and"
            + " roll again, or start it with the build that the cluster has: %s",
        node.name(),
        why.getMessage(),
        rolled.isEmpty() ? "none" : String.join(", ", rolled),
        parent.typed("start " + node.name()));
  }

  /** Waits until all nodes are up and have their shares; returns what is missing at the end. */
  private Optional<String> awaitHealth(Cluster cluster, Progress progress) {
    var deadline = System.nanoTime() + timeout().toNanos();
    while (true) {
      var missing = Health.of(cluster).missing();
      if (missing.isEmpty() || System.nanoTime() - deadline > 0) {
        return missing;
      }
      progress.show("waiting: " + missing.get());
      OwnProcess.rest(LOOK_EVERY);
    }
  }

  private void print(Progress progress, String line, Object... values) {
    progress.end();
    out().println(line.formatted(values));
    out().flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
