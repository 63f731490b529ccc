package io.holdfast.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
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
  static ProcessMark runningOf(OwnProcess process) {
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
      description = {
        "Kills a node at once (SIGKILL), as a crash would.",
        "Under a supervisor it comes back by itself."
      },
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
      if (!OwnProcess.awaitDeath(mark, KILL_MAX)) {
        throw Refusal.failed(
            "%s (pid %d) was sent SIGKILL and is still there", process.name(), mark.pid());
      }
      boolean supervised = parent.data().supervisor().running().isPresent();
      spec.commandLine()
          .getOut()
          .printf(
              "%s killed (pid %d)%s%n",
              process.name(), mark.pid(), supervised ? "; the supervisor starts it again" : "");
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

  /** {@code logs}. */
  @Command(
      name = "logs",
      description = "Prints what a node printed since it was started.",
      mixinStandardHelpOptions = true)
  static final class Logs implements Callable<Integer> {
    @Parameters(
        paramLabel = "N",
        description = "The node's number or name, or: database, supervisor.")
    private String node;

    @Option(names = "-f", description = "And what comes to it, until Ctrl-C.")
    private boolean follow;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      var process =
          switch (node) {
            case "database", "db" -> parent.cluster().data().database();
            case "supervisor" -> parent.cluster().data().supervisor();
            default -> process(parent, node);
          };
      if (!Files.exists(process.log())) {
        throw Refusal.failed("%s has printed nothing: it was never started", process.name());
      }
      LogFile.print(process.log(), follow, spec.commandLine().getOut());
      return 0;
    }
  }
}
