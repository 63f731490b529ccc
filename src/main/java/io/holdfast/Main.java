package io.holdfast;

import io.holdfast.config.ConfigLayers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command line of one node. Exit codes: 0 done, 1 failed, 2 used wrongly or configured badly.
 */
@Command(
    name = "holdfast",
    description = "Runs one node of Holdfast, an API server that does not go down.",
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "A system property is stronger than the file: -Dholdfast.node.name=n2.",
      "One line for each request: -Dholdfast.access-log=INFO.",
      "Each line a JSON object: -Dholdfast.log.format=json.",
      "Exit codes: 0 done, 1 failed or cannot serve any more, 2 must not be started like this."
    })
public final class Main implements Callable<Integer> {
  /** The system property by which the log lines know the node's name. */
  static final String NODE_NAME_FOR_LOGS = "holdfast.node";

  /** The one by which they know how they are written: the key in the configuration. */
  static final String LOG_FORMAT = "holdfast.log.format";

  private static final Set<String> PROPERTIES_OF_LOGS =
      Set.of(NODE_NAME_FOR_LOGS, "holdfast.access-log");
  private static final Path USUAL_FILE = Path.of("conf", "holdfast.conf");
  private static final int FAULTY = 2;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration; without it conf/holdfast.conf, if there is one.")
  private Path file;

  @Option(
      names = "--check-config",
      description = "Print the values that are in force, secrets masked, and end.")
  private boolean checkOnly;

  @Spec private CommandSpec command;

  private final Properties properties;
  private final Start start;

  /** Runs a node and returns the exit code. */
  @FunctionalInterface
  interface Start {
    /**
     * @param again reads the same configuration once more
     */
    int run(HoldfastSettings.Result.Loaded loaded, Supplier<HoldfastSettings.Result> again);
  }

  private Main(Properties properties, Start start) {
    this.properties = properties;
    this.start = start;
  }

  /** Runs a node until it ends. */
  public static void main(String[] args) {
    var main = command(System.getProperties(), Main::startNode);
    System.exit(main.execute(args));
  }

  /** The command, ready to be executed. */
  static CommandLine command(Properties properties, Start start) {
    return new CommandLine(new Main(properties, start));
  }

  @Override
  public Integer call() {
    var overrides = ConfigLayers.systemProperties(properties, "holdfast.", PROPERTIES_OF_LOGS);
    var chosen = chosenFile();
    Supplier<HoldfastSettings.Result> read = () -> HoldfastSettings.load(chosen, overrides);
    var result = read.get();
    if (result instanceof HoldfastSettings.Result.Loaded loaded) {
      return checkOnly ? print(loaded.effective()) : start.run(loaded, read);
    }
    return refuse((HoldfastSettings.Result.Refused) result);
  }

  private Optional<Path> chosenFile() {
    return Optional.ofNullable(file).or(() -> Optional.of(USUAL_FILE).filter(Files::isRegularFile));
  }

  private int print(List<String> lines) {
    PrintWriter out = command.commandLine().getOut();
    lines.forEach(out::println);
    out.flush();
    return 0;
  }

  private int refuse(HoldfastSettings.Result.Refused refused) {
    PrintWriter err = command.commandLine().getErr();
    refused.faults().forEach(err::println);
    err.flush();
    return FAULTY;
  }

  /** From here on there are log lines, and they bear the node's name, in the format asked for. */
  private static int startNode(
      HoldfastSettings.Result.Loaded loaded, Supplier<HoldfastSettings.Result> again) {
    System.setProperty(NODE_NAME_FOR_LOGS, loaded.settings().node().name());
    System.setProperty(
        LOG_FORMAT, loaded.settings().log().format().name().toLowerCase(Locale.ROOT));
    return new Node(loaded.settings(), loaded.config(), again).run();
  }

  /** Says which version the jar was built as. */
  static final class Version implements IVersionProvider {
    private static final String POM = "/META-INF/maven/io.holdfast/holdfast/pom.properties";

    @Override
    public String[] getVersion() throws IOException {
      var pom = new Properties();
      try (var in = Main.class.getResourceAsStream(POM)) {
        if (in != null) {
          pom.load(in);
        }
      }
      return new String[] {"Holdfast " + pom.getProperty("version", "(not from a jar)")};
    }
  }
}
