package io.holdfast.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The commands that look at nodes and send them signals. */
final class NodeCommands {
  private static final Duration KILL_MAX = Duration.ofSeconds(5);
  private static final Duration REDRAW_EVERY = Duration.ofSeconds(1);
  private static final String CLEAR_SCREEN = "\033[H\033[2J";

  private NodeCommands() {}

  /** A node's process that runs; refuses when it does not. */
  private static ProcessMark runningOf(OwnProcess process) {
    return process.running().orElseThrow(() -> Refusal.failed("%s does not run", process.name()));
  }

  private static OwnProcess process(ClusterCommand parent, String node) {
    var cluster = parent.cluster();
    return cluster.data().node(cluster.number(node));
  }

  /** {@code status}. */
  @Command(
      name = "status",
      description = "Shows the nodes and the database.",
      mixinStandardHelpOptions = true)
  static final class Status implements Callable<Integer> {
    @Option(names = "--json", description = "For programs.")
    private boolean json;

    @Option(names = "--watch", description = "Again each second, until Ctrl-C.")
    private boolean watch;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var out = spec.commandLine().getOut();
      while (true) {
        var status = parent.cluster().status();
        out.println((watch && !json ? CLEAR_SCREEN : "") + (json ? status.json() : status.table()));
        out.flush();
        if (!watch) {
          return 0;
        }
        OwnProcess.rest(REDRAW_EVERY);
      }
    }
  }

  /** {@code kill}. */
  @Command(
      name = "kill",
      description = "Kills a node at once (SIGKILL), as a crash would.",
      mixinStandardHelpOptions = true)
  static final class Kill implements Callable<Integer> {
    @Parameters(paramLabel = "N", description = "The node's number or name.")
    private String node;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var process = process(parent, node);
      var mark = runningOf(process);
      process.signal(Signal.KILL);
      if (!process.awaitEnd(KILL_MAX)) {
        throw Refusal.failed(
            "%s (pid %d) was sent SIGKILL and is still there", process.name(), mark.pid());
      }
      spec.commandLine().getOut().printf("%s killed (pid %d)%n", process.name(), mark.pid());
      return 0;
    }
  }

  /** {@code pause}. */
  @Command(
      name = "pause",
      description = "Freezes a node (SIGSTOP), as a long pause of its machine would.",
      mixinStandardHelpOptions = true)
  static final class Pause implements Callable<Integer> {
    @Parameters(paramLabel = "N", description = "The node's number or name.")
    private String node;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var process = process(parent, node);
      var mark = runningOf(process);
      process.signal(Signal.STOP);
      spec.commandLine().getOut().printf("%s paused (pid %d)%n", process.name(), mark.pid());
      return 0;
    }
  }

  /** {@code resume}. */
  @Command(
      name = "resume",
      description = "Lets a paused node go on (SIGCONT).",
      mixinStandardHelpOptions = true)
  static final class Resume implements Callable<Integer> {
    @Parameters(paramLabel = "N", description = "The node's number or name.")
    private String node;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var process = process(parent, node);
      var mark = runningOf(process);
      if (mark.state() != ProcessMark.RunState.PAUSED) {
        throw Refusal.failed("%s (pid %d) is not paused", process.name(), mark.pid());
      }
      process.signal(Signal.CONT);
      spec.commandLine().getOut().printf("%s resumed (pid %d)%n", process.name(), mark.pid());
      return 0;
    }
  }

  /** {@code stop}. */
  @Command(
      name = "stop",
      description = {
        "Stops a node in order (SIGTERM): it hands over, finishes and leaves.",
        "Without N, stops the nodes one after another, then the database."
      },
      mixinStandardHelpOptions = true)
  static final class Stop implements Callable<Integer> {
    @Parameters(paramLabel = "N", arity = "0..1", description = "The node's number or name.")
    private String node;

    /** An orderly leave takes up to 20 s while a request is slow, and then hands over. */
    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "30",
        description = "How long to wait for each node (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var cluster = parent.cluster();
      if (node != null) {
        var process = cluster.data().node(cluster.number(node));
        runningOf(process);
        return cluster.data().exclusively(() -> stop(process));
      }
      return cluster.data().exclusively(() -> stopAll(cluster));
    }

    private int stopAll(Cluster cluster) {
      var running = new ArrayList<>(cluster.data().running(cluster.remembered()));
      if (running.isEmpty()) {
        out().println("nothing runs in " + cluster.data().root());
        return 0;
      }
      var failures = new ArrayList<String>();
      inOrder(cluster).forEach(process -> stopOrNote(process, failures));
      if (!failures.isEmpty()) {
        throw Refusal.failed(
            "%s; the database is left to it: stop again", String.join("; ", failures));
      }
      if (cluster.data().database().running().isPresent()) {
        new Embedded(cluster).stop();
        out().println("database stopped");
      }
      return 0;
    }

    /** The youngest first: what moves, moves to nodes that stay; the oldest last. */
    private static List<OwnProcess> inOrder(Cluster cluster) {
      return cluster.status().nodes().stream()
          .filter(it -> it.pid().isPresent())
          .sorted(
              Comparator.comparing(NodeStatus::oldest)
                  .thenComparing(NodeStatus::uptimeSeconds)
                  .thenComparing(NodeStatus::node, Comparator.reverseOrder()))
          .map(it -> cluster.data().node(it.node()))
          .toList();
    }

    /** One that does not end keeps none of the others from being stopped. */
    private void stopOrNote(OwnProcess process, List<String> failures) {
      try {
        if (process.running().isPresent()) {
          stop(process);
        }
      } catch (Refusal e) {
        failures.add(e.getMessage());
      }
    }

    /** A paused process ends when it is let go on. */
    private int stop(OwnProcess process) {
      var began = System.nanoTime();
      var mark = runningOf(process);
      process.signal(Signal.TERM);
      if (mark.state() == ProcessMark.RunState.PAUSED) {
        process.signal(Signal.CONT);
      }
      if (!process.awaitEnd(Duration.ofSeconds(timeoutSeconds))) {
        throw Refusal.failed(
            "%s (pid %d) still runs %d s after SIGTERM: see %s, stop again with a longer --timeout, or"
                + " %s",
            process.name(),
            mark.pid(),
            timeoutSeconds,
            process.log(),
            parent.typed("kill " + process.name()));
      }
      out()
          .printf(
              "%s stopped (%s)%n",
              process.name(), Starter.seconds(Duration.ofNanos(System.nanoTime() - began)));
      out().flush();
      return 0;
    }

    private PrintWriter out() {
      return spec.commandLine().getOut();
    }
  }

  /** {@code logs}. */
  @Command(
      name = "logs",
      description = "Prints what a node printed since it was started.",
      mixinStandardHelpOptions = true)
  static final class Logs implements Callable<Integer> {
    @Parameters(paramLabel = "N", description = "The node's number or name, or: database.")
    private String node;

    @Option(names = "-f", description = "And what comes to it, until Ctrl-C.")
    private boolean follow;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      var isDatabase = node.equals("database") || node.equals("db");
      var process = isDatabase ? parent.cluster().data().database() : process(parent, node);
      if (!Files.exists(process.log())) {
        throw Refusal.failed("%s has printed nothing: it was never started", process.name());
      }
      LogFile.print(process.log(), follow, spec.commandLine().getOut());
      return 0;
    }
  }
}
