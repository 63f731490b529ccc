package io.holdfast.tools.chaos;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.holdfast.tools.FilledDatabase;
import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scripts/chaos}: breaks a cluster of its own under load and looks for lies. */
@Command(
    name = "chaos",
    description = {
      "Starts a cluster of its own, breaks it under load, and checks each answer.",
      "Prints what happened and what it cost."
    },
    mixinStandardHelpOptions = true)
public final class ChaosCommand implements Callable<Integer> {
  @Option(
      names = "--fault",
      paramLabel = "FAULT",
      defaultValue = "kill",
      description = "One of those below, or walk (default: ${DEFAULT-VALUE}).")
  private String fault;

  @Option(
      names = "--rate",
      defaultValue = "200",
      description = "Requests a second (default: ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "Of measured load, at least, in each round (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description =
          "How often the fault is played in one run, in the same cluster; a walk has as many as"
              + " there is time for (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--keys",
      defaultValue = "10000",
      description =
          "Documents; each is written and read through each node first (default:"
              + " ${DEFAULT-VALUE}).")
  private int keys;

  @Option(
      names = "--documents",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "As many more in the PostgreSQL that --config names, which nobody asks for; in a schema of"
              + " the run's own, which is removed at the end (default: ${DEFAULT-VALUE}).")
  private int documents;

  @Option(
      names = "--hot",
      defaultValue = "64",
      description = "Documents that get half of the requests (default: ${DEFAULT-VALUE}).")
  private int hot;

  @Mixin private OwnClusterOptions cluster;

  @Option(
      names = "--runs",
      defaultValue = "1",
      description =
          "Each with a cluster of its own. Of more than one, as of more than one round, median and"
              + " worst of each column are printed (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(names = "--seed", description = "Repeats the choices of an earlier run.")
  private Long seed;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description = "Write each request and its answer to this file, by document and time.")
  private Path history;

  @Option(names = "--keep", description = "Leave the cluster's directory, with its logs.")
  private boolean keep;

  @Spec private CommandSpec spec;

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command line, ready to be executed. */
  static CommandLine commandLine() {
    var command = new CommandLine(new ChaosCommand());
    command.getCommandSpec().usageMessage().footer(footer());
    return command
        .setParameterExceptionHandler(
            (e, args) -> line(e.getCommandLine().getErr(), e.getMessage(), ChaosFailure.UNUSABLE))
        .setExecutionExceptionHandler(ChaosCommand::notDone);
  }

  private static String[] footer() {
    var lines = new ArrayList<>(List.of("", "Faults:"));
    Faults.all().forEach(it -> lines.add("  %-18s%s".formatted(it.word(), it.what())));
    lines.add("  %-18s%s".formatted(Walk.WORD, "many of these at random, some two at once"));
    lines.addAll(
        List.of(
            "",
            "The harm comes at a third of the time; what was taken away comes back later.",
            "The table has a line for each run, or for each round of a walk. Gaps are the",
            "longest waits: of reads for which the node has a copy, of others (cold), of",
            "writes; then the same while all is mended.",
            "Exit codes: 0 all promises kept (goals may be missed), 1 a violation or a",
            "failure, 2 used wrongly or cannot start."));
    return lines.toArray(new String[0]);
  }

  @Override
  public Integer call() throws Exception {
    requireSense();
    if (faults().stream().anyMatch(Fault::needsLab) && !LabRun.isThis()) {
      return LabRun.run(cluster.nodes(), spec.commandLine().getParseResult().originalArgs());
    }
    long first = seed == null ? System.nanoTime() & 0xffffff : seed;
    var reports = new ArrayList<RunReport>();
    for (int number = 0; number < runs; number++) {
      reports.add(run(first + number));
    }
    out().println();
    print(Tables.of(reports));
    var violations = reports.stream().flatMap(it -> it.violations().stream()).toList();
    return violations.isEmpty() ? 0 : 1;
  }

  private RunReport run(long number) throws InterruptedException, IOException {
    var faults = faults();
    var bystanders = Bystanders.of(documents, cluster.config());
    var settings = settings(number, bystanders);
    out()
        .printf(
            "fault %s, seed %d, directory %s%n",
            settings.fault(), settings.seed(), settings.data());
    var database = bystanders.map(Bystanders::address).orElseGet(this::database);
    var preparation = new Preparation(settings.data(), settings.nodes(), database);
    try (var own = OwnCluster.of(faults, preparation, bystanders, keep)) {
      var run = new Run(settings, own, out());
      try {
        return run.run();
      } finally {
        write(run.history());
      }
    }
  }

  private DatabaseAddress database() {
    return new DatabaseAddress(cluster.databaseUrl(), cluster.isDatabaseEmbedded());
  }

  /** Those of the fault or of the walk; refuses what cannot be done here. */
  private List<Fault> faults() {
    if (fault.equals(Walk.WORD)) {
      return Walk.steps(database());
    }
    var chosen = Faults.of(fault);
    chosen
        .obstacle(database())
        .ifPresent(
            it -> {
              throw new ChaosFailure(ChaosFailure.UNUSABLE, fault + ": " + it);
            });
    return List.of(chosen);
  }

  private void write(List<Operation> operations) throws IOException {
    if (history != null) {
      Files.write(history, operations.stream().map(Operation::toString).toList(), APPEND, CREATE);
    }
  }

  private void print(List<String> lines) {
    lines.forEach(out()::println);
    out().flush();
  }

  /** Where none can be made, nobody is left to close the bystanders. */
  private RunSettings settings(long seed, Optional<Bystanders> bystanders) throws IOException {
    try {
      return new RunSettings(
          fault,
          rate,
          seconds,
          rounds,
          keys,
          hot,
          cluster.nodes(),
          cluster.basePort(),
          cluster.directory("holdfast-chaos-"),
          config(bystanders),
          seed);
    } catch (IOException | RuntimeException e) {
      bystanders.ifPresent(Bystanders::close);
      throw e;
    }
  }

  /** Nobody can have both: a lab has a database of its own. */
  private Optional<Path> config(Optional<Bystanders> bystanders) throws IOException {
    return LabRun.isThis()
        ? Optional.of(LabRun.config(cluster.config()))
        : bystanders.map(Bystanders::config).or(cluster::config);
  }

  private void requireSense() throws IOException {
    require(
        fault.equals(Walk.WORD) || Faults.words().contains(fault),
        "--fault is %s or one of %s".formatted(Walk.WORD, String.join(", ", Faults.words())));
    require(rate >= 1 && rate <= 10_000, "--rate is 1 to 10000");
    require(seconds >= 3 && seconds <= 3600, "--seconds is 3 to 3600");
    require(hot >= 1 && hot <= keys, "--hot is 1 to --keys");
    cluster.requireSense();
    require(
        documents >= 0 && documents <= FilledDatabase.DOCUMENTS_MAX,
        "--documents is 0 to " + FilledDatabase.DOCUMENTS_MAX);
    require(
        documents == 0 || cluster.isOnPostgres(),
        "--documents needs a --config for PostgreSQL, such as conf/postgresql.conf");
    require(
        cluster.nodes() > 1 || !needsSurvivors(),
        "with one node there is no survivor: --nodes is 2 to 9");
    require(rounds >= 1 && rounds <= 200, "--rounds is 1 to 200");
    require(runs >= 1 && runs <= 100, "--runs is 1 to 100");
  }

  private boolean needsSurvivors() {
    if (fault.equals(Walk.WORD)) {
      return true;
    }
    var chosen = Faults.of(fault);
    return switch (chosen.victims()) {
      case NONE -> false;
      case ALL -> chosen.asked() != Fault.Asked.NEVER;
      case ANY, YOUNG, OLDEST, OLDEST_THEN_YOUNG, ALL_BUT_ONE -> true;
    };
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static int notDone(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    return e instanceof ChaosFailure failure
        ? line(command.getErr(), failure.getMessage(), failure.exitCode())
        : line(command.getErr(), "failed: " + e, 1);
  }

  private static int line(PrintWriter err, String line, int exitCode) {
    err.println("chaos: " + line.lines().collect(Collectors.joining("; ")));
    err.flush();
    return exitCode;
  }
}
