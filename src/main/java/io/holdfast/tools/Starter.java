package io.holdfast.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Starts what is missing of a cluster: checks first, then the database, then the nodes all at once.
 * What it started it ends again when something of it does not come up.
 */
final class Starter {
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);
  private static final Duration CHECK_MAX = Duration.ofSeconds(30);
  private static final Duration GIVE_UP_MAX = Duration.ofSeconds(5);
  private static final int LINES_OF_LOG = 5;

  private final Cluster cluster;
  private final Progress progress;
  private final Map<Integer, Started> nodes = new TreeMap<>();
  private boolean databaseStarted;

  Starter(Cluster cluster, Progress progress) {
    this.cluster = cluster;
    this.progress = progress;
  }

  /** A node's process, and when it was started ({@link System#nanoTime}). */
  private record Started(OwnProcess own, Process process, long at) {}

  /** Which of these nodes do not run. */
  List<Integer> missing(List<Integer> numbers) {
    return numbers.stream().filter(n -> cluster.data().node(n).running().isEmpty()).toList();
  }

  /** Would the embedded database have to be started? */
  boolean isDatabaseMissing() {
    return cluster.operator().usesEmbeddedDatabase()
        && cluster.data().database().running().isEmpty();
  }

  /** Finds what would keep the nodes from starting, before anything is. */
  void check(List<Integer> numbers, boolean withDatabase) {
    prepare(numbers, withDatabase);
    if (cluster.config().isPresent() && !numbers.isEmpty()) {
      checkConfig(numbers.get(0));
    }
  }

  /** Makes ready what the processes need: their ports, and each node's configuration. */
  void prepare(List<Integer> numbers, boolean withDatabase) {
    for (var node : numbers) {
      cluster
          .remembered()
          .ports()
          .of(node)
          .forEach(
              (kind, port) ->
                  cluster
                      .home()
                      .network()
                      .requireFree(cluster.operator().host(), port, kind + " of n" + node));
    }
    if (withDatabase) {
      new Embedded(cluster).requireFree();
    }
    numbers.forEach(this::writeConfig);
  }

  /** Starts the database and the nodes; does not wait for the nodes. */
  void start(List<Integer> numbers, boolean withDatabase) {
    try {
      if (withDatabase) {
        progress.show("database: starting");
        databaseStarted = true;
        new Embedded(cluster).start();
      }
      if (!numbers.isEmpty()) {
        databaseAway().ifPresent(progress::show);
      }
      for (var node : numbers) {
        var own = cluster.data().node(node);
        var at = System.nanoTime();
        nodes.put(node, new Started(own, own.start(cluster.home().node(node, config(node))), at));
      }
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    }
  }

  /** Waits until all that were started are ready, and returns how long each took. */
  Map<Integer, Duration> awaitReady(Duration atMost) {
    var ready = new TreeMap<Integer, Duration>();
    try {
      while (ready.size() < nodes.size()) {
        nodes.forEach((number, node) -> look(number, node, ready));
        progress.show(line(ready));
        var waited = nodes.values().stream().mapToLong(n -> System.nanoTime() - n.at()).max();
        if (ready.size() < nodes.size() && waited.orElse(0) > atMost.toNanos()) {
          throw notReady(ready, atMost);
        }
        OwnProcess.rest(LOOK_EVERY);
      }
    } catch (RuntimeException | Error e) {
      giveUp();
      throw e;
    } finally {
      progress.end();
    }
    return ready;
  }

  private void look(int number, Started node, Map<Integer, Duration> ready) {
    if (ready.containsKey(number)) {
      return;
    }
    if (!node.process().isAlive()) {
      throw ended(node);
    }
    if (cluster.client().isReady(cluster.addresses(number).admin())) {
      ready.put(number, Duration.ofNanos(System.nanoTime() - node.at()));
    }
  }

  private String line(Map<Integer, Duration> ready) {
    var words = new ArrayList<String>();
    nodes.forEach(
        (number, node) ->
            words.add(
                node.own().name()
                    + (ready.containsKey(number)
                        ? " ready in " + seconds(ready.get(number))
                        : " starting")));
    return String.join(", ", words);
  }

  static String seconds(Duration duration) {
    return "%.1f s".formatted(duration.toMillis() / 1000.0);
  }

  private static Refusal ended(Started node) {
    var lines = LogFile.lastLines(node.own().log(), LINES_OF_LOG);
    return Refusal.unusable(
        "%s ended with exit code %d before it was ready; nothing that was started is left running; %s"
            + " ends with:%n  %s",
        node.own().name(),
        node.process().exitValue(),
        node.own().log(),
        lines.isEmpty() ? "(nothing)" : String.join("\n  ", lines));
  }

  private Refusal notReady(Map<Integer, Duration> ready, Duration atMost) {
    var late = nodes.keySet().stream().filter(n -> !ready.containsKey(n)).findFirst().orElseThrow();
    return Refusal.unusable(
        "n%d was not ready after %d s%s; nothing that was started is left running; see %s, or give"
            + " it longer with --timeout",
        late,
        atMost.toSeconds(),
        databaseAway().map(it -> " (" + it + ")").orElse(""),
        nodes.get(late).own().log());
  }

  private Optional<String> databaseAway() {
    var database = cluster.databaseStatus();
    return database.up()
        ? Optional.empty()
        : Optional.of("the database " + database.url() + " does not answer");
  }

  /** Ends what this start began: politely, and what does not listen for certain. */
  private void giveUp() {
    if (cluster.data().supervisor().running().isPresent()) {
      nodes.values().forEach(node -> node.own().dismiss());
    }
    nodes.values().forEach(node -> node.process().destroy());
    nodes.values().forEach(node -> end(node.own(), node.process()));
    var database = cluster.data().database();
    if (databaseStarted && !othersRun() && database.running().isPresent()) {
      database.dismiss();
      database.signal(Signal.TERM);
      database.awaitEnd(GIVE_UP_MAX);
    }
  }

  /** Another command may have added a node meanwhile. */
  private boolean othersRun() {
    var data = cluster.data();
    var now = data.exists() ? data.remembered() : cluster.remembered();
    return data.running(now).stream().anyMatch(it -> !it.equals(data.database()));
  }

  private static void end(OwnProcess own, Process process) {
    try {
      if (!process.waitFor(GIVE_UP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      own.forget();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Path config(int node) {
    return cluster.data().node(node).directory().resolve("node.conf");
  }

  private void writeConfig(int node) {
    var own = cluster.data().node(node);
    PrivateFiles.createDirectory(own.directory());
    NodeFile.write(config(node), node, cluster, embedded());
  }

  private Optional<NodeFile.Embedded> embedded() {
    if (!cluster.operator().usesEmbeddedDatabase()) {
      return Optional.empty();
    }
    var directory = cluster.data().databaseDirectory();
    PrivateFiles.createDirectory(directory);
    return Optional.of(
        new NodeFile.Embedded(
            new Embedded(cluster).url(),
            DatabaseServer.USER,
            DatabasePassword.readOrMake(directory)));
  }

  /** The node itself says what is wrong with a configuration. */
  void checkConfig(int node) {
    var config = config(node);
    try {
      var process =
          new ProcessBuilder(cluster.home().check(config))
              .directory(cluster.data().node(node).directory().toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      var faults = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(CHECK_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw Refusal.unusable("checking %s took more than %d s", config, CHECK_MAX.toSeconds());
      }
      if (process.exitValue() != 0) {
        throw Refusal.unusable("%s", faults.strip());
      }
    } catch (IOException e) {
      throw Refusal.unusable("the configuration cannot be checked: %s", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.failed("interrupted");
    }
  }
}
