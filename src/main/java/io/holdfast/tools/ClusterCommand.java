package io.holdfast.tools;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code scripts/cluster}: runs a cluster on this machine. */
@Command(
    name = "cluster",
    description = "Runs a Holdfast cluster on this machine: a database and some nodes.",
    mixinStandardHelpOptions = true,
    subcommands = {
      StartCommand.class,
      NodeCommands.Status.class,
      NodeCommands.Kill.class,
      StopCommand.class,
      AddCommand.class,
      RollCommand.class,
      ReloadCommand.class,
      NodeCommands.Pause.class,
      NodeCommands.Resume.class,
      NodeCommands.Logs.class,
      DatabaseCommands.Db.class,
      DatabaseCommands.BackUp.class,
      DatabaseCommands.Restore.class,
      SharedClasses.Prepare.class
    },
    footer = {
      "",
      "A node is named by its number or its name: 2 or n2.",
      "Only processes that were started by these commands are ever touched.",
      "HOLDFAST_NODE_OPTIONS in the environment is added to the options of each node's JVM.",
      "Exit codes: 0 done, 1 failed, 2 used wrongly or cannot start."
    })
public final class ClusterCommand implements Runnable {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "The cluster's directory (default: data/ beside scripts/).")
  private Path data;

  @Spec private CommandSpec spec;

  private final Home home;

  ClusterCommand(Home home) {
    this.home = home;
  }

  /** Runs one command. */
  public static void main(String[] args) {
    System.exit(commandLine(Home.ofThisProcess()).execute(args));
  }

  /** The command line, ready to be executed. */
  static CommandLine commandLine(Home home) {
    return new CommandLine(new ClusterCommand(home))
        .setParameterExceptionHandler(ClusterCommand::usedWrongly)
        .setExecutionExceptionHandler(ClusterCommand::notDone);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
  }

  Home home() {
    return home;
  }

  DataDirectory data() {
    return new DataDirectory(
        (data == null ? home.dataDefault() : data).toAbsolutePath().normalize());
  }

  Cluster cluster() {
    return Cluster.open(home, data());
  }

  /** What a person would type for another command on the same cluster. */
  String typed(String rest) {
    return home.command() + (data == null ? "" : " --data " + data) + " " + rest;
  }

  private static int usedWrongly(CommandLine.ParameterException e, String[] args) {
    var command = e.getCommandLine();
    return line(
        command.getErr(),
        "%s: %s; see %s --help"
            .formatted(
                command.getCommandName(),
                e.getMessage().strip(),
                command.getCommandSpec().qualifiedName()),
        Refusal.UNUSABLE);
  }

  private static int notDone(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof Refusal refusal) {
      return line(command.getErr(), refusal.getMessage(), refusal.exitCode());
    }
    return line(command.getErr(), command.getCommandName() + " failed: " + e, Refusal.FAILED);
  }

  private static int line(PrintWriter err, String line, int exitCode) {
    err.println(line);
    err.flush();
    return exitCode;
  }
}
