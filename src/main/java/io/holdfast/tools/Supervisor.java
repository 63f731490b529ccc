package io.holdfast.tools;

import io.holdfast.tools.Supervision.Decision;
import io.holdfast.tools.Supervision.Sight;
import java.io.PrintStream;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The process that starts a cluster's nodes and its embedded database again when they die. What was
 * stopped stays down, what is paused is left alone. It never gives up; its log says what it does.
 * Between two looks it knows nothing that is not in the cluster's directory, and it starts
 * processes under the directory's lock, as every command does.
 */
final class Supervisor {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /** As in the logs of the nodes. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");

  private final Home home;
  private final DataDirectory data;
  private final PrintStream log;
  private final Map<OwnProcess, Supervision> known = new LinkedHashMap<>();
  private Cluster cluster;
  private FileTime seen;
  private String trouble = "";

  Supervisor(Home home, DataDirectory data, PrintStream log) {
    this.home = home;
    this.data = data;
    this.log = log;
  }

  /**
   * Runs until a signal ends it, or the cluster's directory is no more.
   *
   * @param args the cluster's directory
   */
  public static void main(String[] args) {
    if (args.length != 1) {
      System.err.println("usage: Supervisor DIRECTORY");
      System.exit(Refusal.UNUSABLE);
    }
    var data = new DataDirectory(Path.of(args[0]).toAbsolutePath().normalize());
    var supervisor = new Supervisor(Home.ofThisProcess(), data, System.out);
    supervisor.begin();
    while (data.exists()) {
      supervisor.look();
      OwnProcess.rest(LOOK_EVERY);
    }
    supervisor.tell("%s is no cluster any more: nothing left to do", data.root());
  }

  /** Cares for what is there: it has been ready, or a supervisor before this one cared for it. */
  void begin() {
    reopen();
    long now = System.nanoTime();
    for (var process : processes(cluster)) {
      process
          .running()
          .or(process::died)
          .ifPresent(mark -> known.put(process, Supervision.caringFor(mark, now)));
    }
    tell("supervising %s", known.isEmpty() ? "nothing yet" : names());
  }

  private String names() {
    return String.join(", ", known.keySet().stream().map(OwnProcess::name).toList());
  }

  /** One look at each process. Trouble with one keeps none of the others from being seen. */
  void look() {
    try {
      reopen();
      processes(cluster).forEach(this::look);
      trouble = "";
    } catch (RuntimeException e) {
      // The directory cannot be read: said once, and tried again.
      if (!trouble.equals(line(e))) {
        trouble = line(e);
        tell("%s", trouble);
      }
    }
  }

  /** Nodes may have been added, or the configuration changed. */
  private void reopen() {
    var changed = data.changedAt();
    if (cluster == null || !changed.equals(seen)) {
      cluster = Cluster.open(home, data);
      seen = changed;
    }
  }

  private static String line(RuntimeException e) {
    return e instanceof Refusal
        ? e.getMessage().lines().findFirst().orElse("")
        : e.toString().lines().findFirst().orElse("");
  }

  /** The database first: the nodes need it. */
  private static List<OwnProcess> processes(Cluster cluster) {
    var all = new ArrayList<OwnProcess>();
    if (cluster.operator().usesEmbeddedDatabase()) {
      all.add(cluster.data().database());
    }
    cluster.numbers().forEach(n -> all.add(cluster.data().node(n)));
    return all;
  }

  private void look(OwnProcess process) {
    var before = known.getOrDefault(process, Supervision.NEW);
    var step = before.see(sight(process, before), System.nanoTime());
    known.put(process, step.next());
    if (step.decision() instanceof Decision.StartAfter wait) {
      tell(
          "%s (pid %d) has died; starting it again in %s",
          process.name(), before.cared().orElseThrow().pid(), Starter.seconds(wait.delay()));
    } else if (step.decision() instanceof Decision.StartNow) {
      start(process);
    }
  }

  private Sight sight(OwnProcess process, Supervision before) {
    var running = process.running();
    if (running.isPresent()) {
      var mark = running.get();
      boolean ours = before.cared().filter(mark::equals).isPresent();
      return new Sight.Running(mark, ours || isReady(process, mark));
    }
    return process.died().<Sight>map(Sight.Died::new).orElseGet(Sight.Dismissed::new);
  }

  private boolean isReady(OwnProcess process, ProcessMark mark) {
    if (process.equals(cluster.data().database())) {
      return new Embedded(cluster).answers();
    }
    return mark.state() == ProcessMark.RunState.RUNNING
        && cluster.client().isReady(cluster.addresses(cluster.number(process.name())).admin());
  }

  private void start(OwnProcess process) {
    var before = known.get(process);
    try {
      var mark = data.exclusively(() -> startIfDead(process, before));
      mark.ifPresent(
          it -> {
            tell("%s started (pid %d)", process.name(), it.pid());
            known.put(process, before.started(it, System.nanoTime()));
          });
    } catch (RuntimeException e) {
      var next = before.notStarted(process.died(), System.nanoTime());
      known.put(process, next);
      tell(
          "%s cannot be started: %s; again in %s",
          process.name(), line(e), Starter.seconds(Supervision.backoff(next.deaths())));
    }
  }

  /** Another command may have been quicker: stopped it for good, or started it. */
  private Optional<ProcessMark> startIfDead(OwnProcess process, Supervision before) {
    if (!data.exists() || process.died().filter(before.cared().orElseThrow()::equals).isEmpty()) {
      return Optional.empty();
    }
    var now = Cluster.open(home, data);
    if (process.equals(data.database())) {
      new Embedded(now).start();
    } else {
      var starter = new Starter(now, Progress.silent());
      var number = List.of(now.number(process.name()));
      starter.prepare(number, false);
      starter.start(number, false);
    }
    return process.running();
  }

  private void tell(String line, Object... values) {
    log.println(TIME.format(OffsetDateTime.now()) + " " + line.formatted(values));
  }
}
