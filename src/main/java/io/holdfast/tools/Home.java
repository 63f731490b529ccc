package io.holdfast.tools;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where the programs are, and how the processes of a cluster are run.
 *
 * @param root the directory with {@code scripts/} in it
 * @param command what the person typed to get here, for advice
 * @param classPath of all processes
 * @param nodeMain the class that is a node
 * @param nodeOptions options of a node's JVM beyond the usual ones
 * @param build the jars of the class path; empty where it is not made of jars
 * @param network where the processes are
 */
record Home(
    Path root,
    String command,
    String classPath,
    String nodeMain,
    List<String> nodeOptions,
    Optional<Build> build,
    Network network) {
  /**
   * With fewer, all nodes of a machine start in about half the time with the first compiler alone,
   * and serve their first requests in milliseconds, not in seconds; later they do two thirds of
   * what the second compiler would reach. {@code HOLDFAST_NODE_OPTIONS=-XX:TieredStopAtLevel=4}
   * brings it back.
   */
  private static final int PROCESSORS_FOR_BOTH_COMPILERS = 8;

  /**
   * A tenth of the calls after which methods are compiled otherwise: the first compiler gains
   * nothing by waiting, and the interpreter is what makes first requests slow.
   */
  private static final List<String> COMPILE_EARLY =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:Tier3InvocationThreshold=20",
          "-XX:Tier3MinInvocationThreshold=10",
          "-XX:Tier3CompileThreshold=150",
          "-XX:Tier3BackEdgeThreshold=3000");

  /** From what {@code scripts/cluster} passes on. */
  static Home ofThisProcess() {
    return new Home(
        Path.of(System.getProperty("holdfast.home", ".")).toAbsolutePath().normalize(),
        System.getProperty("holdfast.command", "scripts/cluster"),
        absolute(System.getProperty("java.class.path")),
        System.getProperty("holdfast.node-main", "io.holdfast.Main"),
        words(System.getProperty("holdfast.node-options", System.getenv("HOLDFAST_NODE_OPTIONS"))),
        Optional.ofNullable(System.getProperty("holdfast.lib"))
            .flatMap(lib -> Build.in(Path.of(lib).toAbsolutePath().normalize())),
        Network.ofThisProcess());
  }

  Home withNodeOptions(List<String> options) {
    return new Home(root, command, classPath, nodeMain, options, build, network);
  }

  /** The same, but for where the processes are. */
  Home on(Network other) {
    return new Home(root, command, classPath, nodeMain, nodeOptions, build, other);
  }

  /**
   * The same, but for what the processes run.
   *
   * @param copy in the cluster's directory
   */
  Home running(Build copy) {
    return new Home(
        root, command, copy.classPath(), nodeMain, nodeOptions, Optional.of(copy), network);
  }

  Path dataDefault() {
    return root.resolve("data");
  }

  /** The configuration that counts when none is named. */
  Optional<Path> configDefault() {
    return Optional.of(root.resolve("conf").resolve("holdfast.conf")).filter(Files::isRegularFile);
  }

  /** The command line of a node. */
  List<String> node(int number, Path config) {
    var command = java();
    command.addAll(
        List.of(
            // Documents (256 MiB) and copies (64 MiB) by default, and as much again for the rest.
            "-Xmx1g",
            // Three nodes' long pauses would look like deaths; G1's are short.
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=100",
            "-XX:+ExitOnOutOfMemoryError",
            // On 2 cores the common pool would have one thread, and start a thread per stage.
            "-Djava.util.concurrent.ForkJoinPool.common.parallelism=4",
            "-Dholdfast.node.name=n" + number));
    network.lab().ifPresent(it -> command.add("-Dholdfast.node.host=" + network.host(number, "")));
    command.addAll(compilers());
    command.addAll(nodeOptions);
    command.addAll(List.of("-cp", classPath, nodeMain, "--config", config.toString()));
    return network.atNode(number, command);
  }

  /** The command line that checks a configuration and ends. */
  List<String> check(Path config) {
    var command = java();
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath, nodeMain));
    command.addAll(List.of("--config", config.toString(), "--check-config"));
    return command;
  }

  /** The command line of the embedded database. */
  List<String> database(Path directory, int port) {
    var command = java();
    command.addAll(List.of("-Xmx512m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(compilers());
    network
        .lab()
        .ifPresent(it -> command.add("-D" + DatabaseServer.HOST + "=" + network.databaseHost()));
    command.addAll(List.of("-cp", classPath, DatabaseServer.class.getName()));
    command.addAll(List.of(directory.toString(), Integer.toString(port)));
    return network.atDatabase(command);
  }

  /** The command line of the supervisor. */
  List<String> supervisor(Path data) {
    var command = java();
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dholdfast.home=" + root);
    command.add("-Dholdfast.command=" + this.command);
    command.add("-Dholdfast.node-main=" + nodeMain);
    command.add("-Dholdfast.node-options=" + String.join(" ", nodeOptions));
    command.addAll(List.of("-cp", classPath, Supervisor.class.getName(), data.toString()));
    return command;
  }

  private static List<String> compilers() {
    return Runtime.getRuntime().availableProcessors() < PROCESSORS_FOR_BOTH_COMPILERS
        ? COMPILE_EARLY
        : List.of();
  }

  private List<String> java() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Dfile.encoding=UTF-8", "-Xshare:auto"));
    build
        .map(Build::archive)
        .filter(Files::isReadable)
        .ifPresent(
            it ->
                command.addAll(
                    List.of(
                        "-XX:SharedArchiveFile=" + it, "-Xlog:cds=off", "-Xlog:cds+dynamic=off")));
    return command;
  }

  private static String absolute(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static List<String> words(String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.trim().split("\\s+"));
  }
}
