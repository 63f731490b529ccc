package io.holdfast.tools.demo;

import io.holdfast.tools.OwnClusterOptions;
import io.holdfast.tools.chaos.ClusterScript;
import io.holdfast.tools.chaos.ClusterView;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A cluster with two services and gentle traffic, to be watched while it is broken. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a cluster, two services and 200 requests a second, and says where to watch, and what to"
          + " break.",
      "Everything ends with it: after --minutes, or on Ctrl-C."
    },
    footer = {
      "",
      "Exit codes: 0 nothing was lost, 1 something was, or it failed or was not as promised (with"
          + " --auto), 2 used wrongly or cannot start."
    })
public final class DemoCommand implements Callable<Integer> {
  private static final String NOTHING = "nothing";
  private static final int RATE = 200;

  /** The deadline of its routes, as shipped: {@code routes.R.deadline}. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  private static final int SERVICES_ABOVE = 500;
  private static final int WARM_UP_SECONDS = 6;
  private static final int UP_SECONDS_MAX = 90;
  private static final int SERVICE_SECONDS_MAX = 10;

  @Spec private CommandSpec spec;
  @Mixin private OwnClusterOptions own;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "10",
      description = "Default: ${DEFAULT-VALUE}.")
  private int minutes;

  @Option(names = "--auto", description = "Breaks everything itself, and says what came of it.")
  private boolean auto;

  private final Path script;
  private final double pace;
  private ClusterScript cluster;
  private DemoLoad load;
  private final List<Row> table = new ArrayList<>();

  /** What came of a step. */
  record Row(String step, DemoLoad.Counts counts) {
    /**
     * Each request gets an answer within its deadline; and none is refused, but by a node that is
     * paused, and where the database is away.
     */
    boolean isAsPromised() {
      boolean mayRefuse = step.equals(Step.PAUSE.what) || step.equals(Step.DATABASE.what);
      return counts.failed.get() == 0
          && (mayRefuse || counts.refused.get() == 0)
          && counts.longestNanos.get() <= ANSWER_MAX.toNanos();
    }
  }

  /** What is broken and mended, and what one sees of it. */
  enum Step {
    KILL("kill a node", "its cell goes grey, its shards take the colours of the others"),
    PAUSE("pause a node for 6 s", "it is silent, is written off, and comes back as another"),
    DATABASE("stop the database for 5 s", "reads go on from memory, writes are refused with 503"),
    SLOW("make a service slow", "its instance is left out, the other one answers"),
    ALL("kill everything, start again", "every acknowledged write is there");

    final String what;
    private final String seen;

    Step(String what, String seen) {
      this.what = what;
      this.seen = seen;
    }
  }

  public DemoCommand() {
    this(OwnClusterOptions.script(), 1);
  }

  /**
   * @param script {@code scripts/cluster}
   * @param pace 1: as slow as one can watch; less: quicker
   */
  DemoCommand(Path script, double pace) {
    this.script = script;
    this.pace = pace;
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new DemoCommand()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    own.requireSense();
    var directory = own.directory("holdfast-demo-");
    cluster = new ClusterScript(script, directory, Map.of());
    var end = new Thread(() -> end(directory), "end of the demo");
    Runtime.getRuntime().addShutdownHook(end);
    try {
      start(directory);
      return auto ? breakAll() : letBreak();
    } finally {
      if (load != null) {
        load.close();
      }
      end(directory);
    }
  }

  private void start(Path directory) throws IOException, InterruptedException {
    say("starting %d nodes and two services in %s", own.nodes(), directory);
    for (int service = 1; service <= 2; service++) {
      startService(service);
    }
    Files.createDirectories(directory);
    var config = Files.createTempFile("holdfast-demo-", ".conf");
    config.toFile().deleteOnExit();
    Files.writeString(config, configuration());
    cluster.run(
        "start",
        "--fresh",
        "--timeout",
        "180",
        "--nodes",
        Integer.toString(own.nodes()),
        "--base-port",
        Integer.toString(own.basePort()),
        "--config",
        config.toString());
    var nodes = cluster.view().nodes();
    load = new DemoLoad(nodes.stream().map(ClusterView.Node::http).toList());
    load.start(RATE);
    say("%d requests/s to %s", RATE, nodes.stream().map(it -> it.http().toString()).toList());
    say("watch: %s", nodes.get(0).admin().resolve("/"));
  }

  private String configuration() {
    return """
        holdfast {
          documents { docs {} }
          upstreams.demo {
            instances = ["http://127.0.0.1:%d", "http://127.0.0.1:%d"]
            health { path = "/health", interval = 1s }
          }
          routes {
            docs { path = "/docs", documents = docs, async.mode = allowed }
            demo { path = "/demo", upstream = demo, cache.host = ignored }
          }
        }
        """
        .formatted(port(1), port(2));
  }

  private int port(int service) {
    return own.basePort() + SERVICES_ABOVE + service;
  }

  private void startService(int service) throws InterruptedException {
    var runs =
        new Thread(
            () ->
                new CommandLine(new DemoUpstream())
                    .setOut(new PrintWriter(PrintWriter.nullWriter()))
                    .execute("--port", Integer.toString(port(service))),
            "service " + service);
    runs.setDaemon(true);
    runs.start();
    awaitService(port(service));
  }

  private static void awaitService(int port) throws InterruptedException {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SERVICE_SECONDS_MAX);
    while (true) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (System.nanoTime() - untilNanos >= 0) {
          throw new IllegalStateException(
              "no service listens at port %d; is it taken? Try another --base-port".formatted(port),
              e);
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  // ---- by hand ----

  private int letBreak() throws InterruptedException, IOException {
    var command = "scripts/cluster --data " + cluster.data();
    say("");
    say("Try, in another terminal:");
    say("  %s kill 3     (%s)", command, Step.KILL.seen);
    say("  %s pause 2    (%s; then resume 2)", command, Step.PAUSE.seen);
    say("  %s db stop    (%s; then db start)", command, Step.DATABASE.seen);
    say(
        "  curl -X POST 'http://127.0.0.1:%d/control?latency=4s'    (%s; then latency=0ms)",
        port(1), Step.SLOW.seen);
    say("  %s start      (what was killed is back)", command);
    say(
        "  for n in $(seq %d); do %s kill $n; done    (then start: %s)",
        own.nodes(), command, Step.ALL.seen);
    say("It ends in %d %s, or on Ctrl-C.", minutes, minutes == 1 ? "minute" : "minutes");
    var counts = new DemoLoad.Counts();
    load.count(counts);
    TimeUnit.MINUTES.sleep(minutes);
    load.close();
    if (!cluster.view().isWhole()) {
      say("Not all nodes are up: what they have is not looked at.");
      return 0;
    }
    table.add(new Row("by hand", counts));
    var lost = load.lost();
    show(lost);
    return lost.isEmpty() ? 0 : 1;
  }

  // ---- by itself ----

  private int breakAll() throws Exception {
    step(NOTHING, () -> pause(WARM_UP_SECONDS));
    for (var step : Step.values()) {
      say("%s: %s", step.what, step.seen);
      step(step.what, () -> play(step));
    }
    load.close();
    var lost = load.lost();
    show(lost);
    return lost.isEmpty() && load.written() > 0 && table.stream().allMatch(Row::isAsPromised)
        ? 0
        : 1;
  }

  @FunctionalInterface
  private interface Play {
    void run() throws Exception;
  }

  private void step(String name, Play play) throws Exception {
    var counts = new DemoLoad.Counts();
    load.count(counts);
    play.run();
    table.add(new Row(name, counts));
  }

  private void play(Step step) throws Exception {
    switch (step) {
      case KILL -> {
        cluster.run("kill", "3");
        pause(5);
        cluster.run("start", "3");
      }
      case PAUSE -> {
        cluster.run("pause", "2");
        pause(6);
        cluster.run("resume", "2");
      }
      case DATABASE -> {
        cluster.run("db", "stop");
        pause(5);
        cluster.run("db", "start");
      }
      case SLOW -> {
        control("latency=4s");
        pause(8);
        control("latency=0ms");
      }
      case ALL -> {
        load.rest();
        for (var node : cluster.view().nodes()) {
          cluster.run("kill", node.name());
        }
        cluster.run("start");
        awaitUp();
        load.goOn();
        pause(3);
      }
    }
    awaitUp();
    pause(2);
  }

  private void pause(int seconds) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(Math.round(pace * TimeUnit.SECONDS.toMillis(seconds)));
  }

  private void awaitUp() throws InterruptedException {
    long untilNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(UP_SECONDS_MAX);
    while (!cluster.view().isWhole()) {
      if (System.nanoTime() - untilNanos >= 0) {
        throw new IllegalStateException("not all nodes are up after " + UP_SECONDS_MAX + " s");
      }
      pause(1);
    }
  }

  private void control(String query) throws IOException, InterruptedException {
    var at = URI.create("http://127.0.0.1:" + port(1) + "/control?" + query);
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(at).POST(HttpRequest.BodyPublishers.noBody()).build(),
            BodyHandlers.discarding());
  }

  private void show(List<String> lost) {
    say("");
    say(
        "%-30s %9s %7s %8s %11s %7s %9s",
        "step", "answered", "marked", "refused", "sent again", "failed", "longest");
    for (var row : table) {
      var it = row.counts();
      say(
          "%-30s %9d %7d %8d %11d %7d %7.2f s",
          row.step(),
          it.answered.get(),
          it.marked.get(),
          it.refused.get(),
          it.again.get(),
          it.failed.get(),
          it.longestNanos.get() / 1e9);
    }
    say("");
    say("acknowledged writes lost: %d of %d documents", lost.size(), load.written());
    lost.forEach(it -> say("  %s", it));
  }

  // ---- the end ----

  private synchronized void end(Path directory) {
    if (cluster == null || !Files.exists(directory.resolve("cluster.properties"))) {
      return;
    }
    cluster.attempt("resume", "2");
    if (cluster.attempt("stop") && own.isTemporary()) {
      delete(directory);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(it -> it.delete());
    } catch (IOException e) {
      // the next clean-up of temporary files takes it
    }
  }

  private void say(String format, Object... values) {
    var out = spec.commandLine().getOut();
    out.println(format.formatted(values));
    out.flush();
  }
}
