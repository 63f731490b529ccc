package io.holdfast.tools.chaos;

import io.holdfast.tools.OperatorFile;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** One run: a fresh cluster, load, rounds of harm and repair, and the questions afterwards. */
final class Run {
  private static final double WARM_UP_SECONDS = 10;
  private static final double SPREAD_SECONDS_MAX = 40;
  private static final double READY_SECONDS_MAX = 60;

  /** What some faults run nodes with makes them slow to start: libfaketime does. */
  private static final String START_SECONDS_MAX = "180";

  private final RunSettings settings;
  private final Stage stage;
  private final ClusterScript cluster;
  private final Optional<Bystanders> bystanders;
  private final RunClock clock = new RunClock();
  private final Timeline timeline;
  private final Collection<Operation> history = new ConcurrentLinkedQueue<>();

  Run(RunSettings settings, OwnCluster own, PrintWriter out) {
    this.settings = settings;
    this.stage = own.stage();
    this.cluster = own.script();
    this.bystanders = own.bystanders();
    timeline = new Timeline(clock, out);
  }

  RunReport run() throws InterruptedException {
    timeline.tell("starting %d nodes".formatted(settings.nodes()));
    cluster.run(startCommand());
    var view = cluster.view();
    fill(view);
    var targets = new Targets(clock, view.numbers());
    var sender =
        new Sender(
            clock,
            view.addresses(),
            (done, all) -> timeline.tellFar(clock.now(), done, all, "requests sent"));
    var site = new Site(cluster, clock, timeline, targets, sender);
    site.look();
    var workload = new Workload(settings.seed(), settings.keys(), settings.hot());
    var poll = new ClusterPoll(OperatorFile.read(settings.config()).adminToken());
    try (var watch =
        new Watch(site::nodes, poll, clock, timeline, targets, Watch.Pace.USUAL).start()) {
      warmUp(sender, workload, view.numbers());
      awaitSpread(watch);
      var course = measure(site, sender, watch, targets, workload);
      awaitReady(watch, site);
      afterwards(sender, site);
      return RunReport.of(
          history,
          course,
          new RunReport.Besides(targets.lives(), watch.downed(), site.troubles(), site.misses()));
    }
  }

  /** What is known so far, by document and time. */
  List<Operation> history() {
    return history.stream()
        .sorted(
            Comparator.comparing((Operation it) -> it.request().key())
                .thenComparingLong(it -> it.timing().start()))
        .toList();
  }

  private List<String> startCommand() {
    var command =
        new ArrayList<>(
            List.of(
                "start",
                "--fresh",
                "--timeout",
                START_SECONDS_MAX,
                "--nodes",
                Integer.toString(settings.nodes()),
                "--base-port",
                Integer.toString(settings.basePort())));
    settings.config().ifPresent(it -> command.addAll(List.of("--config", it.toString())));
    return command;
  }

  private void fill(ClusterView view) {
    var node = view.nodes().get(0).http();
    bystanders.ifPresent(it -> it.fill(node, clock, timeline));
  }

  private void warmUp(Sender sender, Workload workload, List<Integer> nodes)
      throws InterruptedException {
    timeline.tell("ready; warming up through all nodes");
    try (var load = new Load(sender, workload, clock, history)) {
      load.start(settings.rate(), () -> Optional.of(workload.next(Phase.WARM_UP, nodes)));
      clock.await(clock.now() + RunClock.nanos(WARM_UP_SECONDS));
    }
    timeline.tell("writing each document");
    send(sender, workload, workload.fill(nodes));
    timeline.tell("%d documents written".formatted(settings.keys()));
    send(sender, workload, workload.lookAround(nodes));
    timeline.tell("all of them read through each node");
  }

  private void send(Sender sender, Workload workload, List<Request> requests) {
    var done = sender.sendAll(requests);
    done.forEach(workload::learn);
    history.addAll(done);
  }

  private void awaitSpread(Watch watch) {
    if (!clock.await(SPREAD_SECONDS_MAX, () -> watch.whole().isPresent())) {
      timeline.tell("the shards are not spread evenly; going on all the same");
    }
  }

  private Course measure(Site site, Sender sender, Watch watch, Targets targets, Workload workload)
      throws InterruptedException {
    var reads = new Workload(settings.seed(), settings.keys(), settings.hot());
    try (var besides = new Load(sender, reads, clock, history);
        var load = new Load(sender, workload, clock, history)) {
      long begin =
          timeline.tell("%d requests/s to nodes %s".formatted(settings.rate(), targets.now()));
      load.start(settings.rate(), () -> Optional.of(workload.next(Phase.MEASURED, targets.now())));
      besides.start(Math.max(1, settings.rate() / 2), () -> read(reads, targets.harmedButAsked()));
      var play = new RoundPlay(site, stage, targets, watch, new Random(settings.seed()));
      long end = begin + RunClock.nanos(settings.seconds());
      var rounds = new Rounds(plans(end), site, targets, watch, play).play(begin, end);
      return new Course(begin, rounds, targets.harmed(), timeline.tell("load ends"));
    }
  }

  /** Of a walk as many as there is time for. */
  private Iterator<Plan> plans(long end) {
    if (settings.fault().equals(Walk.WORD)) {
      var walk = new Walk(settings.seed(), settings.nodes(), stage.faults());
      return Stream.generate(walk::next).takeWhile(it -> clock.now() < end).iterator();
    }
    var plan = Plan.of(stage.fault(settings.fault()), settings.seconds());
    return Collections.nCopies(settings.rounds(), plan).iterator();
  }

  private static Optional<Request> read(Workload workload, List<Integer> nodes) {
    return nodes.isEmpty() ? Optional.empty() : Optional.of(workload.nextRead(Phase.WOKEN, nodes));
  }

  private void awaitReady(Watch watch, Site site) {
    if (!clock.await(READY_SECONDS_MAX, () -> watch.view().isAllUp())) {
      var trouble = "not all nodes are up %.0f s later".formatted(READY_SECONDS_MAX);
      timeline.tell(trouble);
      site.trouble(new Violation(Violation.Kind.NOT_BACK, trouble));
    }
  }

  private void afterwards(Sender sender, Site site) {
    var aftermath =
        new Aftermath(sender, site.nodes().stream().map(ClusterView.Node::number).toList());
    var repeated = aftermath.repeatUnknown(history);
    history.addAll(repeated);
    timeline.tell("%d unknown outcomes asked again; reading all".formatted(repeated.size()));
    var read = aftermath.readAll(history);
    history.addAll(read);
    timeline.tell("%d documents read through nodes".formatted(read.size()));
  }
}
