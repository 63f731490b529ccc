package io.holdfast.tools;

import io.holdfast.testing.NodeClasses;
import io.holdfast.testing.TestPorts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Runs the commands in this JVM on a directory of its own, over processes that are real. */
public final class TestCluster implements AutoCloseable {
  private static final int NODES_MAX = 5;

  private final Path root;
  private final int basePort;
  private final Optional<Build> build;

  /** What a command printed, and how it ended. */
  record Result(int exitCode, String out, String err) {}

  TestCluster(Path root) {
    this(root, freeBlock(), Optional.empty());
  }

  private TestCluster(Path root, int basePort, Optional<Build> build) {
    this.root = root;
    this.basePort = basePort;
    this.build = build;
  }

  /** The same cluster by commands of that build. */
  TestCluster by(Build build) {
    return new TestCluster(root, basePort, Optional.of(build));
  }

  Home home() {
    return new Home(
        root,
        "scripts/cluster",
        System.getProperty("java.class.path"),
        FakeNode.class.getName(),
        List.of("-XX:TieredStopAtLevel=1", "-Xmx64m"),
        build,
        Network.OWN);
  }

  Path data() {
    return root.resolve("data");
  }

  DataDirectory directory() {
    return new DataDirectory(data());
  }

  Ports ports() {
    return new Ports(basePort);
  }

  Path config(String text) throws IOException {
    return Files.writeString(root.resolve("operator.conf"), text);
  }

  Result run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    var code =
        ClusterCommand.commandLine(home())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    return new Result(code, out.toString(), err.toString());
  }

  /** {@code start} with this test's ports. */
  Result start(String... more) {
    var args = new java.util.ArrayList<>(List.of("start", "--base-port", "" + basePort));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  long pid(int node) {
    return directory().node(node).running().orElseThrow().pid();
  }

  boolean runs(int node) {
    return directory().node(node).running().isPresent();
  }

  boolean databaseRuns() {
    return directory().database().running().isPresent();
  }

  /** Kills what the test left. */
  @Override
  public void close() {
    directory().supervisor().signal(Signal.KILL);
    IntStream.rangeClosed(1, NODES_MAX)
        .mapToObj(directory()::node)
        .forEach(process -> process.signal(Signal.KILL));
    directory().database().signal(Signal.KILL);
  }

  /** The commands of this build, which is not yet a distribution when it is tested. */
  public static Path script(Path root) throws IOException {
    return script(root, List.of("-cp", System.getProperty("java.class.path")));
  }

  /** The same, of nodes that start as quickly as those of other tests do. */
  public static Path quickScript(Path root) throws IOException {
    var classes = NodeClasses.options();
    var archive = classes.stream().filter(it -> it.startsWith("-XX:SharedArchiveFile")).findAny();
    var options = archive.orElseThrow() + " -Dholdfast.node.rehearsal-rounds=0";
    var all = new ArrayList<>(List.of("-Dholdfast.node-options=" + options));
    all.addAll(classes);
    return script(root, all);
  }

  private static Path script(Path root, List<String> options) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-Dholdfast.home=" + root);
    command.addAll(options);
    command.add(ClusterCommand.class.getName());
    var line = command.stream().map("'%s'"::formatted).collect(Collectors.joining(" "));
    var script =
        Files.writeString(root.resolve("cluster"), "#!/bin/sh\nexec " + line + " \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  /** A base port whose block is free, below the ports that the system gives to clients. */
  public static int freeBlock() {
    return TestPorts.base(base -> isFree(new Ports(base)));
  }

  private static boolean isFree(Ports ports) {
    return IntStream.concat(
            IntStream.of(ports.database()),
            IntStream.rangeClosed(1, NODES_MAX)
                .flatMap(n -> ports.of(n).values().stream().mapToInt(port -> port)))
        .allMatch(TestPorts::isFree);
  }
}
