package io.holdfast.tools.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A cluster for one measurement, run by {@code scripts/cluster}; it ends with it, or on Ctrl-C. */
final class BenchCluster implements AutoCloseable {
  /** A busy machine takes longer than one at rest. */
  private static final String START_TIMEOUT_SECONDS = "180";

  private final Path script;
  private final Place place;
  private final PrintWriter out;
  private List<ProcessHandle> started = List.of();

  /** Something may run that would not without us. */
  private volatile boolean begun;

  private boolean closed;

  /**
   * Where it lives.
   *
   * @param temporary the directory is removed at the end
   * @param keep the cluster is left running
   */
  record Place(Path directory, boolean temporary, int basePort, boolean keep) {}

  /** A command that did not do what it was asked to. */
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With more than this it was ended, with less it ended by itself. */
    private static final int UNUSABLE = 2;

    private final int exitCode;

    Failed(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }

    int exitCode() {
      return exitCode;
    }

    boolean isBrokenOff() {
      return exitCode > UNUSABLE;
    }
  }

  private BenchCluster(Path script, Place place, PrintWriter out) {
    this.script = script;
    this.place = place;
    this.out = out;
  }

  /** Returns when all nodes are ready; what had begun is ended again when that fails. */
  static BenchCluster start(
      Path script, Place place, int nodes, Optional<Path> config, PrintWriter out) {
    var cluster = new BenchCluster(script, place, out);
    // Not removed again: it does nothing once the cluster is closed.
    Runtime.getRuntime().addShutdownHook(new Thread(cluster::close, "end of the cluster"));
    out.printf("starting %d nodes in %s%n", nodes, place.directory());
    out.flush();
    try {
      var command =
          new ArrayList<>(List.of("start", "--fresh", "--timeout", START_TIMEOUT_SECONDS));
      command.addAll(List.of("--nodes", "" + nodes, "--base-port", "" + place.basePort()));
      config.ifPresent(file -> command.addAll(List.of("--config", file.toString())));
      cluster.begin(command);
      cluster.remember();
      return cluster;
    } catch (Failed e) {
      cluster.close();
      throw e;
    }
  }

  /** Ends all nodes and starts them again, on what they have written. */
  void startAgain() {
    run(List.of("stop"));
    begin(List.of("start", "--timeout", START_TIMEOUT_SECONDS));
    remember();
  }

  /** A start that fails by itself leaves nothing running of what it began. */
  private void begin(List<String> command) {
    begun = true;
    try {
      run(command);
    } catch (Failed e) {
      begun = e.isBrokenOff();
      throw e;
    }
  }

  /** A handle stands for one process, not for whoever has its number later. */
  private void remember() {
    started =
        Stream.concat(nodePids().stream(), databasePid().stream())
            .flatMap(pid -> ProcessHandle.of(pid).stream())
            .toList();
  }

  /** The nodes' public ports. */
  static List<InetSocketAddress> addresses(int basePort, int nodes) {
    return IntStream.rangeClosed(1, nodes)
        .mapToObj(node -> new InetSocketAddress(InetAddress.getLoopbackAddress(), basePort + node))
        .toList();
  }

  /** The first node's. */
  int adminPort() {
    return nodes().map(BenchCluster::admin).findFirst().orElseThrow().getPort();
  }

  /** Those of all nodes. */
  List<InetSocketAddress> admins() {
    return nodes()
        .map(BenchCluster::admin)
        .map(it -> new InetSocketAddress(it.getHost(), it.getPort()))
        .toList();
  }

  private static URI admin(JsonNode node) {
    return URI.create(node.path("admin").asText());
  }

  List<Long> nodePids() {
    return nodes().mapToLong(node -> node.path("pid").asLong()).boxed().toList();
  }

  /** The process of the embedded database. */
  Optional<Long> databasePid() {
    return Optional.of(status().path("database").path("pid").asLong()).filter(pid -> pid > 0);
  }

  /** How many documents the nodes hold in memory, as far as they know. */
  long documents() {
    return nodes().mapToLong(node -> Math.max(0, node.path("documents").asLong())).sum();
  }

  private Stream<JsonNode> nodes() {
    return StreamSupport.stream(status().path("nodes").spliterator(), false);
  }

  /** The longest time that a node took from its process's start until it was ready. */
  double startSeconds(String adminToken) throws IOException {
    double longest = 0;
    for (var node : (Iterable<JsonNode>) nodes()::iterator) {
      longest = Math.max(longest, startSeconds(admin(node), adminToken));
    }
    return longest;
  }

  private static double startSeconds(URI admin, String token) throws IOException {
    var answer =
        Probe.get(
            new InetSocketAddress(admin.getHost(), admin.getPort()),
            "/cluster",
            "Authorization: Bearer " + token + "\r\n");
    return new ObjectMapper().readTree(answer.content()).path("startSeconds").asDouble();
  }

  private JsonNode status() {
    try {
      return new ObjectMapper().readTree(run(List.of("status", "--json")));
    } catch (IOException e) {
      throw new Failed(1, "status --json printed no JSON: " + e.getMessage());
    }
  }

  private String run(List<String> words) {
    var command = new ArrayList<>(List.of(script.toString()));
    command.addAll(words);
    command.addAll(List.of("--data", place.directory().toString()));
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      if (exit != 0) {
        throw new Failed(exit, String.join(" ", words) + ": " + text.strip());
      }
      return text;
    } catch (IOException e) {
      throw new Failed(1, script + " does not run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failed(1, "interrupted");
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (begun && place.keep()) {
      out.printf("left running: scripts/cluster status --data %s%n", place.directory());
      out.flush();
      return;
    }
    if (begun) {
      stop();
    }
    if (place.temporary()) {
      Scratch.remove(place.directory());
    }
  }

  private void stop() {
    try {
      run(List.of("stop"));
    } catch (Failed e) {
      // Nothing was started, or its directory is gone: then by the handles of what was.
      started.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    }
  }
}
