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
import java.util.stream.Stream;
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
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

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

  @Option(
      names = "--build",
      paramLabel = "DIR",
      description = {
        "A distribution to run instead of what is built here; its jars are copied.",
        "Remembered until a roll without --build."
      })
  private Path build;

  @Option(
      names = "--supervise",
      description =
          "Also start a supervisor: it starts nodes and database again when they die, until stop.")
  private boolean supervise;

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
      if (supervise) {
        data.exclusively(() -> supervise(data));
        out().println("supervised; what it does: " + parent.typed("logs supervisor"));
      }
      data.exclusively(() -> BuildChoice.removeUnused(data));
      Launched.tellOutdated(parent, plan.cluster(), out());
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
    wanted = wanted.withBuild(chosen(data, before));
    var cluster = Cluster.of(parent.home(), data, wanted);
    var starter = new Starter(cluster, Launched.progressTo(out()));
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
        file.or(before::config),
        before.build());
  }

  private Optional<Remembered.Chosen> chosen(DataDirectory data, Remembered before) {
    var choice = new BuildChoice(parent.home(), data);
    return build != null ? choice.named(build) : choice.forStart(before);
  }

  private static void requireReadable(Path file) {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw Refusal.unusable("%s cannot be read: give --config a file that exists", file);
    }
  }

  /** What runs keeps its ports and its configuration. */
  private void requireCompatible(DataDirectory data, Remembered before, Remembered wanted) {
    var running =
        Stream.concat(data.running(before).stream(), Stream.of(data.supervisor()))
            .filter(it -> it.running().isPresent())
            .map(OwnProcess::name)
            .toList();
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
                    : build != null
                        ? "they keep their build until " + parent.typed("roll --build " + build)
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
    if (nodes != null
        || config != null
        || basePort != null
        || build != null
        || fresh
        || supervise) {
      throw Refusal.unusable(
          "start %s takes no --nodes, --config, --base-port, --build, --fresh or --supervise: they are"
              + " the cluster's",
          node);
    }
    var cluster = parent.cluster();
    var number = cluster.number(node);
    var own = cluster.data().node(number);
    if (own.running().isPresent()) {
      out().printf("%s already runs (%s)%n", own.name(), cluster.status(number).state().text());
      return 0;
    }
    var launched = data.exclusively(() -> launchOne(data, number));
    var code = launched.await(parent, out(), timeoutSeconds);
    Launched.tellOutdated(parent, launched.cluster(), out());
    return code;
  }

  private Launched launchOne(DataDirectory data, int number) {
    var before = data.remembered();
    var wanted = before.withBuild(new BuildChoice(parent.home(), data).forStart(before));
    data.remember(wanted);
    return Launched.launch(Cluster.of(parent.home(), data, wanted), number, out());
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
    out().println(Launched.table(status.nodes(), took));
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

  /** Starts the supervisor from a copy of its own: the nodes may run another build. */
  private int supervise(DataDirectory data) {
    var own = data.supervisor();
    if (own.running().isEmpty()) {
      var copy = parent.home().build().map(it -> it.copiedTo(data.builds()));
      var home = copy.map(parent.home()::running).orElse(parent.home());
      var process = own.start(home.supervisor(data.root()));
      while (LogFile.lastLines(own.log(), 1).isEmpty() && process.isAlive()) {
        OwnProcess.rest(LOOK_EVERY);
      }
      if (!process.isAlive()) {
        own.forget();
        throw Refusal.failed("the supervisor ended at once: %s", LogFile.lastLine(own.log()));
      }
    }
    return 0;
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

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
