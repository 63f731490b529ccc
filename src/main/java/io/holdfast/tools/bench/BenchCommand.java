package io.holdfast.tools.bench;

import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code scripts/bench}. */
@Command(
    name = "bench",
    description = "Measures reads, writes and memory of a cluster that it starts for that.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit codes: 0 measured, 1 there were errors or it failed, 2 used wrongly or cannot start."
    })
public final class BenchCommand implements Callable<Integer> {
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private static final double FILL_SECONDS_MAX = 600;
  private static final int ADMIN_ABOVE = 1000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Measured, each (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "15",
      description = "Seconds before that (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "64",
      description = "In all (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--documents",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Default: ${DEFAULT-VALUE}.")
  private int documents;

  private static final List<String> WHAT =
      List.of(
          "get",
          "put",
          "hot",
          "memory",
          "watch",
          "forward",
          "cache",
          "changes",
          "operations",
          "million");

  @Option(
      names = "--only",
      paramLabel = "WHAT",
      description =
          "get, put, hot or memory; or watch: get while the page of each node is open, and while none"
              + " is, in turn; or forward: a service through one node, beside nginx, which has to"
              + " be there, and Caddy, and what that adds to the time of an answer; or cache: the"
              + " same from what is stored, beside nginx and Varnish, and from what another node"
              + " has; or changes: what they cost on a warm route, beside one that is not; or"
              + " operations: requests that are accepted, and carried out later, beside an"
              + " nginx; on PostgreSQL with and without a backlog, in a schema that is removed at"
              + " the end; or million: a million documents in the PostgreSQL that --config"
              + " names, in a schema that is removed at the end.")
  private String only;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "1000000",
      description =
          "Operations that wait in the second part of --only operations, which needs a PostgreSQL;"
              + " 0: there is none (default: ${DEFAULT-VALUE}).")
  private int backlog;

  @Option(
      names = "--beside",
      paramLabel = "NAME=PORT,PID",
      description =
          "Another server on this machine, already running before http://127.0.0.1:<base port + 500>,"
              + " to compare with; of --only forward and cache, as often as wanted.")
  private List<String> beside = new ArrayList<>();

  @Mixin private OwnClusterOptions own;

  @Option(names = "--keep", description = "Leave the cluster running.")
  private boolean keep;

  @Spec private CommandSpec spec;

  private long errors;

  /** Runs it. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new BenchCommand())
        .setExecutionExceptionHandler(BenchCommand::notDone)
        .setParameterExceptionHandler(
            (e, args) -> {
              e.getCommandLine().getErr().println("bench: " + e.getMessage() + "; see --help");
              return 2;
            });
  }

  private static int notDone(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    command.getErr().println("bench: " + e.getMessage());
    return e instanceof BenchCluster.Failed failed && failed.exitCode() == 2 ? 2 : 1;
  }

  @Override
  public Integer call() throws IOException, SQLException {
    require(only == null || WHAT.contains(only), "--only what?");
    require(!isMillion() || own.isOnPostgres(), "--only million needs a --config for PostgreSQL");
    require(!isMillion() || !keep, "--only million cannot be kept");
    var others = beside.stream().flatMap(it -> Contender.parse(it).stream()).toList();
    require(others.size() == beside.size(), "--beside is NAME=PORT,PID");
    require(others.isEmpty() || isBeside(), "--beside is for --only forward and --only cache");
    require(!isBeside() || !keep, "--only forward and --only cache cannot be kept");
    require(!"changes".equals(only) || !keep, "--only changes cannot be kept");
    require(!isOperations() || !keep, "--only operations cannot be kept");
    require(backlog >= 0, "--backlog is at least 0");
    require(seconds > 0 && warmUp >= 0, "--seconds is at least 1, --warm-up 0");
    require(connections > 0 && documents > 0, "--connections and --documents are at least 1");
    own.requireSense();
    out().println(Machine.describe());
    var place =
        new BenchCluster.Place(
            own.directory("holdfast-bench-"), own.isTemporary(), own.basePort(), keep);
    if (isMillion()) {
      var config = own.config().orElseThrow();
      errors += new MillionDocuments(place, own.nodes(), config, out()).measure();
      return errors == 0 ? 0 : 1;
    }
    var load = new Load(connections, seconds, warmUp, others);
    if ("forward".equals(only)) {
      errors += new ForwardBench(place, load, out()).measure();
      return errors == 0 ? 0 : 1;
    }
    if ("cache".equals(only)) {
      errors += new CacheBench(place, own.nodes(), load, out()).measure();
      return errors == 0 ? 0 : 1;
    }
    if ("changes".equals(only)) {
      errors += new ChangeBench(place, own.nodes(), load, out()).measure();
      return errors == 0 ? 0 : 1;
    }
    if (isOperations()) {
      errors += new OperationsBench(place, own.nodes(), load, backlog, out()).measure(own.config());
      return errors == 0 ? 0 : 1;
    }
    try (var cluster =
        BenchCluster.start(OwnClusterOptions.script(), place, own.nodes(), own.config(), out())) {
      measure(cluster);
    }
    return errors == 0 ? 0 : 1;
  }

  private boolean isBeside() {
    return "forward".equals(only) || "cache".equals(only);
  }

  private boolean isOperations() {
    return "operations".equals(only);
  }

  private boolean isMillion() {
    return "million".equals(only);
  }

  private void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), otherwise);
    }
  }

  private void measure(BenchCluster cluster) throws IOException {
    var processes = Processes.of(cluster);
    var addresses = BenchCluster.addresses(own.basePort(), own.nodes());
    var requests = new Requests(documents);
    long heapBefore = wants("memory") ? processes.heapUsed() : 0;
    try (var loop = new ClosedLoop(addresses, connections)) {
      say("writing %d documents of 300 bytes", documents);
      count(loop.run(requests::fill, FILL_SECONDS_MAX, documents));
      if ("watch".equals(only)) {
        watch(addresses, processes, requests);
      }
      if (wants("memory")) {
        memory(cluster, processes, heapBefore);
      }
      if (wants("get")) {
        measure("GET", loop, requests::get, processes);
      }
      if (wants("put")) {
        measure("PUT", loop, requests::put, processes);
      }
      if (wants("hot")) {
        hot(loop, addresses, processes);
      }
    }
  }

  private void watch(List<InetSocketAddress> addresses, Processes processes, Requests requests)
      throws IOException {
    var admins =
        addresses.stream()
            .map(it -> "http://127.0.0.1:" + (it.getPort() + ADMIN_ABOVE))
            .map(URI::create)
            .toList();
    var load = new Load(connections, seconds, warmUp, List.of());
    errors += new WatchBench(addresses, admins, processes, requests::get, load, out()).measure();
  }

  /** Reads of one document through all nodes, to compare with those of many; and its writes. */
  private void hot(ClosedLoop loop, List<InetSocketAddress> addresses, Processes processes)
      throws IOException {
    measure("GET of one document", loop, new Requests(documents)::getOne, processes);
    try (var writer = new ClosedLoop(addresses, 1)) {
      var writes = new HotDocument(writer, new Requests(documents)::putOne).write(seconds);
      count(loop.run(new Requests(documents)::getOne, seconds, NO_LIMIT));
      var written = writes.join();
      count(written);
      say(
          "PUT of that document meanwhile: %.0f/s, p50 %.2f ms, p99 %.2f ms",
          written.perSecond(),
          written.latencies().atShare(0.5) / 1e6,
          written.latencies().atShare(0.99) / 1e6);
    }
  }

  private boolean wants(String what) {
    return only == null || only.equals(what);
  }

  private void memory(BenchCluster cluster, Processes processes, long before) throws IOException {
    long held = cluster.documents();
    long grown = processes.heapUsed() - before;
    if (held == 0) {
      say("memory: the nodes do not tell how many documents they hold");
    } else {
      say("memory: %d documents held, %d bytes of heap for each", held, grown / held);
    }
  }

  private void measure(String what, ClosedLoop loop, Supplier<byte[]> requests, Processes processes)
      throws IOException {
    say("%s: warming up for %d s", what, warmUp);
    count(loop.run(requests, warmUp, NO_LIMIT));
    var before = processes.cpu();
    var result = loop.run(requests, seconds, NO_LIMIT);
    var used = processes.cpu().minus(before);
    count(result);
    say(
        "%s: %.0f/s, p50 %.2f ms, p99 %.2f ms, %d errors (own generator, %d connections, %.1f s)",
        what,
        result.perSecond(),
        result.latencies().atShare(0.5) / 1e6,
        result.latencies().atShare(0.99) / 1e6,
        result.errors(),
        connections,
        result.seconds());
    double thousands = Math.max(1, result.latencies().count()) / 1000.0;
    say(
        "%s: CPU seconds per 1,000: nodes %.3f, database %.3f, load %.3f",
        what, used.nodes() / thousands, used.database() / thousands, used.load() / thousands);
  }

  private void count(ClosedLoop.Result result) {
    errors += result.errors();
  }

  private void say(String format, Object... values) {
    out().println(format.formatted(values));
    out().flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
