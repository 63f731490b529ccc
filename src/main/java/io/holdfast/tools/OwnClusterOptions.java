package io.holdfast.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a command that starts a cluster of its own with {@code scripts/cluster}. */
public final class OwnClusterOptions {
  private static final int NODES_MAX = 9;
  private static final int PORT_MAX = 65535;

  /** The highest of a cluster's ports is its database's, 1090 above the base port. */
  private static final int PORTS_ABOVE = 1090;

  /** The lowest is the lifelines', 2000 below. */
  private static final int PORTS_BELOW = 2000;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "Default: ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      defaultValue = "28080",
      description = "As of scripts/cluster (default: ${DEFAULT-VALUE}).")
  private int basePort;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "The cluster's directory, absent or empty (default: a new one among the temporary"
              + " files).")
  private Path data;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A configuration, as of scripts/cluster: for PostgreSQL.")
  private Path config;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  public int nodes() {
    return nodes;
  }

  public int basePort() {
    return basePort;
  }

  /** Where it shall live: as was said, or in a new directory. */
  public Path directory(String prefix) throws IOException {
    return isTemporary() ? Files.createTempDirectory(prefix) : data.toAbsolutePath();
  }

  /** Nobody has said where it shall live. */
  public boolean isTemporary() {
    return data == null;
  }

  public Optional<Path> config() {
    return Optional.ofNullable(config).map(Path::toAbsolutePath);
  }

  /** How nodes reach the database: of the one that the configuration names, else of our own. */
  public String databaseUrl() {
    return isDatabaseEmbedded()
        ? DatabaseServer.url(Network.ofThisProcess().databaseHost(), new Ports(basePort).database())
        : operator().databaseUrl();
  }

  public boolean isDatabaseEmbedded() {
    return operator().usesEmbeddedDatabase();
  }

  /** The configuration that was given names a PostgreSQL. */
  public boolean isOnPostgres() {
    return OperatorFile.read(config()).databaseKind().equals("postgresql");
  }

  private OperatorFile operator() {
    return OperatorFile.read(config().or(Home.ofThisProcess()::configDefault));
  }

  /** {@code scripts/cluster} beside the script that was called. */
  public static Path script() {
    return Path.of(System.getProperty("holdfast.home", "."), "scripts", "cluster")
        .toAbsolutePath()
        .normalize();
  }

  /** Refuses what cannot be, as wrong use of the command. */
  public void requireSense() throws IOException {
    require(nodes >= 1 && nodes <= NODES_MAX, "--nodes is 1 to " + NODES_MAX);
    require(
        basePort > PORTS_BELOW && basePort + PORTS_ABOVE <= PORT_MAX,
        "--base-port is %d to %d".formatted(PORTS_BELOW + 1, PORT_MAX - PORTS_ABOVE));
    require(config == null || Files.isReadable(config), config + " cannot be read");
    require(
        data == null || isEmptyOrAbsent(data),
        data + " is not an empty directory: name another --data");
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), otherwise);
    }
  }

  /** What is there is somebody's; a cluster that begins afresh would take it away. */
  private static boolean isEmptyOrAbsent(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return !Files.exists(directory);
    }
    try (var files = Files.list(directory)) {
      return files.findAny().isEmpty();
    }
  }
}
