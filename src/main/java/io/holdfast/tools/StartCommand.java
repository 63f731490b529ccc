package io.holdfast.tools;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code start}: begins a cluster, or starts what is missing of it. */
@Command(
    name = "start",
    description = {
      "Starts the cluster, or what is missing of it, and waits until it is ready.",
      "With N, starts one node that was stopped or killed."
    },
    mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {
  private static final int NODES_TO_TRY = 3;

  @Parameters(paramLabel = "N", arity = "0..1", description = "One node: its number or name.")
  private String node;

  @Option(names = "--nodes", paramLabel = "COUNT", description = "How many nodes (default: 3).")
  private Integer nodes;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration of all nodes; remembered.")
  private Path config;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      description =
          "HTTP ports are PORT+1, PORT+2, ...; admin 1000 above, remoting 1000 below (default:"
              + " 8080); remembered.")
  private Integer basePort;

  @Option(names = "--fresh", description = "Begin without the documents of last time.")
  private boolean fresh;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until all are ready (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @ParentCommand private ClusterCommand parent;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var data = parent.data();
    if (node != null) {
      return startOne(data);
    }
    data.prepare();
    var before = before(data);
    try {
      var plan = data.exclusively(() -> spawn(data));
      var took = plan.starter().awaitReady(Duration.ofSeconds(timeoutSeconds));
      print(plan, took);
      return 0;
    } catch (Refusal e) {
      forgetWishes(data, before);
      throw e;
    }
  }

  private static Remembered before(DataDirectory data) {
    return data.exists() ? data.remembered() : Remembered.defaults();
  }

  /** What could not be started shall not be what the next start tries. */
  private static void forgetWishes(DataDirectory data, Remembered before) {
    if (data.exists() && data.running(data.remembered()).isEmpty()) {
      data.remember(before);
    }
  }

  /** What was found and what was started. */
  private record Plan(Cluster cluster, Starter starter, List<Integer> started, boolean database) {
    boolean isEmpty() {
      return started.isEmpty() && !database;
    }
  }

  private Plan spawn(DataDirectory data) {
    var before = before(data);
    var wanted = wanted(before);
    requireCompatible(data, before, wanted);
    if (fresh) {
      data.clear();
    }
    var cluster = Cluster.of(parent.home(), data, wanted);
    var starter = new Starter(cluster, progress());
    var missing = starter.missing(cluster.numbers());
    var database = starter.isDatabaseMissing();
    starter.check(missing, database);
    data.remember(wanted);
    starter.start(missing, database);
    return new Plan(cluster, starter, missing, database);
  }

  private Remembered wanted(Remembered before) {
    var file = Optional.ofNullable(config).map(path -> path.toAbsolutePath().normalize());
    file.ifPresent(StartCommand::requireReadable);
    return new Remembered(
        nodes != null ? nodes : fresh ? Remembered.NODES_DEFAULT : before.nodes(),
        basePort != null ? new Ports(basePort) : before.ports(),
        file.or(before::config));
  }

  private static void requireReadable(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw Refusal.unusable("%s cannot be read: give --config a file that exists", file);
    }
  }

  /** What runs keeps its ports and its configuration. */
  private void requireCompatible(DataDirectory data, Remembered before, Remembered wanted) {
    var running = data.running(before).stream().map(OwnProcess::name).toList();
    if (running.isEmpty()) {
      return;
    }
    var clash =
        fresh
            ? "--fresh would take their documents away"
            : !wanted.ports().equals(before.ports())
                ? "they run on base port " + before.ports().base()
                : !wanted.config().equals(before.config())
                    ? "they run with "
                        + before.config().map(Path::toString).orElse("no configuration file")
                    : data.running(before).stream()
                            .anyMatch(it -> isBeyond(data, it, wanted.nodes(), before.nodes()))
                        ? "there are more than " + wanted.nodes()
                        : "";
    if (!clash.isEmpty()) {
      throw Refusal.unusable(
          "%s already run in %s, and %s: stop them first with %s",
          String.join(", ", running), data.root(), clash, parent.typed("stop"));
    }
  }

  private static boolean isBeyond(DataDirectory data, OwnProcess process, int wanted, int before) {
    for (var number = wanted + 1; number <= before; number++) {
      if (data.node(number).equals(process)) {
        return true;
      }
    }
    return false;
  }

  private Integer startOne(DataDirectory data) {
    if (nodes != null || config != null || basePort != null || fresh) {
      throw Refusal.unusable(
          "start %s takes no --nodes, --config, --base-port or --fresh: they are the cluster's",
          node);
    }
    var cluster = parent.cluster();
    var number = cluster.number(node);
    var own = cluster.data().node(number);
    if (own.running().isPresent()) {
      out().printf("%s already runs (%s)%n", own.name(), cluster.status(number).state().text());
      return 0;
    }
    var launched = data.exclusively(() -> launch(cluster, number, out()));
    return await(launched, parent, out(), timeoutSeconds);
  }

  /**
   * A node that was started.
   *
   * @param waits it cannot become ready before the database is back
   */
  private record Launched(Cluster cluster, Starter starter, int number, boolean waits) {}

  /**
   * Starts one node; called exclusively. The database is started with it if nothing else of the
   * cluster runs; if it was stopped while other nodes run, that was meant, and the node comes up
   * when it is back.
   */
  private static Launched launch(Cluster cluster, int number, PrintWriter out) {
    var starter = new Starter(cluster, progressTo(out));
    var alone = cluster.data().running(cluster.remembered()).isEmpty();
    var database = alone && starter.isDatabaseMissing();
    starter.check(List.of(number), database);
    starter.start(List.of(number), database);
    return new Launched(cluster, starter, number, !database && starter.isDatabaseMissing());
  }

  /** Waits until the node is ready, unless the database is away. */
  private static int await(Launched it, ClusterCommand parent, PrintWriter out, int timeout) {
    if (it.waits()) {
      out.printf(
          "n%d started; it becomes ready when the database is back: %s%n",
          it.number(), parent.typed("db start"));
      return 0;
    }
    var took = it.starter().awaitReady(Duration.ofSeconds(timeout));
    out.println(nodeTable(List.of(it.cluster().status(it.number())), took));
    return 0;
  }

  private void print(Plan plan, Map<Integer, Duration> took) {
    var cluster = plan.cluster();
    var status = cluster.status();
    if (plan.isEmpty()) {
      out().printf("already running in %s:%n", cluster.data().root());
    }
    if (fresh && !cluster.operator().usesEmbeddedDatabase()) {
      out()
          .println(
              "The documents in " + cluster.operator().databaseUrlShown() + " were not touched.");
    }
    out().println(nodeTable(status.nodes(), took));
    var paused =
        status.nodes().stream().filter(it -> it.state() == NodeStatus.State.PAUSED).toList();
    paused.forEach(
        it -> out().printf("%s is paused: %s%n", it.name(), parent.typed("resume " + it.node())));
    if (!cluster.operator().documentsPath().isEmpty()) {
      out().println();
      out().println("Try:");
      tries(cluster).forEach(line -> out().println("  " + line));
    }
  }

  private static String nodeTable(List<NodeStatus> nodes, Map<Integer, Duration> took) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("node", "state", "http", "admin", "pid", "ready in"));
    nodes.forEach(
        it ->
            rows.add(
                List.of(
                    it.name(),
                    it.state().text(),
                    it.http().toString(),
                    it.admin().toString(),
                    it.pid().map(String::valueOf).orElse("-"),
                    Optional.ofNullable(took.get(it.node())).map(Starter::seconds).orElse("-"))));
    return Table.of(rows);
  }

  /** Write to one node, read from another, kill the first and read from a third. */
  private List<String> tries(Cluster cluster) {
    var count = cluster.remembered().nodes();
    var target = cluster.operator().documentsPath() + "/hello";
    var urls = new ArrayList<String>();
    for (var i = 0; i < NODES_TO_TRY; i++) {
      urls.add(cluster.addresses(i % count + 1).http() + target);
    }
    var put =
        "curl -i -X PUT -H 'Content-Type: application/json' -d '{\"greeting\":\"hello\"}' "
            + urls.get(0);
    var kill = count > 1 ? parent.typed("kill 1") + " && " : "";
    return List.of(put, "curl -i " + urls.get(1), kill + "curl -i " + urls.get(2));
  }

  private Progress progress() {
    return progressTo(out());
  }

  private static Progress progressTo(PrintWriter out) {
    return new Progress(out, System.console() != null);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** {@code add}: one more node. */
  @Command(
      name = "add",
      description = "Starts one more node, and remembers it.",
      mixinStandardHelpOptions = true)
  static final class Add implements Callable<Integer> {
    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "60",
        description = "How long to wait until it is ready (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var data = parent.data();
      var out = spec.commandLine().getOut();
      var launched = data.exclusively(() -> launchOneMore(data, out));
      try {
        return await(launched, parent, out, timeoutSeconds);
      } catch (RuntimeException | Error e) {
        data.exclusively(() -> forget(data, launched.number()));
        throw e;
      }
    }

    private Launched launchOneMore(DataDirectory data, PrintWriter out) {
      var before = data.remembered();
      var wanted = before.withNodes(before.nodes() + 1);
      data.remember(wanted);
      try {
        return launch(Cluster.of(parent.home(), data, wanted), wanted.nodes(), out);
      } catch (RuntimeException | Error e) {
        data.remember(before);
        throw e;
      }
    }

    /** Unless another was added after it: that one runs, and keeps its number. */
    private static boolean forget(DataDirectory data, int number) {
      var now = data.remembered();
      boolean isLast = now.nodes() == number;
      if (isLast) {
        data.remember(now.withNodes(number - 1));
      }
      return isLast;
    }
  }
}
