package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Phase;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/** One run: a fresh cluster, load, harm, repair, and the questions afterwards. */
final class Run {
  private static final double WARM_UP_SECONDS = 10;
  private static final double SPREAD_SECONDS_MAX = 40;
  private static final double READY_SECONDS_MAX = 60;
  private static final double POLL_SECONDS = 1;

  /** What is due in the last seconds shows whether all is well again. */
  private static final double TAIL_SECONDS = 3;

  private final RunSettings settings;
  private final ClusterScript cluster;
  private final RunClock clock = new RunClock();
  private final Timeline timeline;
  private ClusterPoll poll;
  private final List<Violation> troubles = new ArrayList<>();
  private final Collection<Operation> history = new ConcurrentLinkedQueue<>();

  Run(RunSettings settings, ClusterScript cluster, PrintWriter out) {
    this.settings = settings;
    this.cluster = cluster;
    timeline = new Timeline(clock, out);
  }

  RunReport run() throws InterruptedException {
    timeline.tell("starting %d nodes".formatted(settings.nodes()));
    cluster.run(startCommand());
    var view = cluster.view();
    poll = new ClusterPoll(view);
    var sender = new Sender(clock, view.addresses());
    var workload = new Workload(settings.seed(), settings.keys(), settings.hot());
    warmUp(sender, workload, view);
    var course = measure(sender, workload, cluster.view());
    var recovery = Recovery.of(history, course.moments());
    afterwards(sender, view);
    return RunReport.of(history, course.expectations(recovery), recovery, troubles);
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
                "--nodes",
                Integer.toString(settings.nodes()),
                "--base-port",
                Integer.toString(settings.basePort())));
    settings.config().ifPresent(it -> command.addAll(List.of("--config", it.toString())));
    return command;
  }

  private void warmUp(Sender sender, Workload workload, ClusterView view)
      throws InterruptedException {
    timeline.tell("ready; warming up through all nodes");
    try (var load = new Load(sender, workload, clock, history)) {
      load.start(settings.rate(), () -> workload.next(Phase.WARM_UP, view.numbers()));
      long warm = clock.now() + RunClock.nanos(WARM_UP_SECONDS);
      clock.await(warm);
      awaitSpread(warm + RunClock.nanos(SPREAD_SECONDS_MAX));
    }
  }

  private void awaitSpread(long until) {
    while (!poll.look().isSpread()) {
      if (clock.now() > until) {
        timeline.tell("the shards are not spread evenly; going on all the same");
        return;
      }
      clock.await(clock.now() + RunClock.nanos(POLL_SECONDS));
    }
  }

  private Course measure(Sender sender, Workload workload, ClusterView view)
      throws InterruptedException {
    var victims = settings.fault().victims(view, new Random(settings.seed()));
    var gone = victims.stream().map(ClusterView.Node::number).toList();
    var targets =
        new AtomicReference<>(view.numbers().stream().filter(it -> !gone.contains(it)).toList());
    var play = new FaultPlay(settings.fault(), cluster, clock, timeline, victims);
    var reads = new Workload(settings.seed(), settings.keys(), settings.hot());
    try (var woken = new Load(sender, reads, clock, history);
        var load = new Load(sender, workload, clock, history)) {
      long begin =
          timeline.tell(
              "%d requests/s to nodes %s, shards %s"
                  .formatted(
                      settings.rate(),
                      targets.get(),
                      view.nodes().stream().map(ClusterView.Node::shards).toList()));
      load.start(settings.rate(), () -> workload.next(Phase.MEASURED, targets.get()));
      var harm = harm(play, begin, view.numbers(), targets);
      if (settings.fault() == Fault.PAUSE) {
        // What arrives while it stands still is what it answers first, before it knows better.
        woken.start(Math.max(1, settings.rate() / 2), () -> reads.nextRead(Phase.WOKEN, gone));
      }
      return mend(play, begin, harm);
    }
  }

  private FaultPlay.Harm harm(
      FaultPlay play, long begin, List<Integer> nodes, AtomicReference<List<Integer>> targets) {
    clock.await(begin + RunClock.nanos(settings.seconds() / 3.0));
    var harm = play.harm();
    if (settings.fault() == Fault.ROLL) {
      play.roll(nodes, targets::set);
    }
    clock.await(harm.done() + RunClock.nanos(settings.fault().harmSeconds(settings.seconds())));
    return harm;
  }

  private Course mend(FaultPlay play, long begin, FaultPlay.Harm harm) {
    var mended = play.mend();
    troubles.addAll(play.troubles());
    long full = begin + RunClock.nanos(settings.seconds());
    var whole = awaitEnd(Math.max(full, mended.back() + RunClock.nanos(TAIL_SECONDS)));
    return new Course(settings.fault(), begin, harm, mended, whole, timeline.tell("load ends"));
  }

  /** Returns at the moment, and since when the cluster is whole. */
  private OptionalLong awaitEnd(long moment) {
    var whole = OptionalLong.empty();
    while (clock.now() < moment) {
      if (!poll.look().isWhole()) {
        whole = OptionalLong.empty();
      } else if (whole.isEmpty()) {
        whole = OptionalLong.of(timeline.tell("all nodes are up and have their share"));
      }
      clock.await(Math.min(moment, clock.now() + RunClock.nanos(POLL_SECONDS)));
    }
    return whole;
  }

  private void afterwards(Sender sender, ClusterView view) {
    awaitReady();
    var aftermath = new Aftermath(sender, clock, view.numbers());
    var repeated = aftermath.repeatUnknown(history);
    history.addAll(repeated);
    timeline.tell("%d unknown outcomes asked again; reading all".formatted(repeated.size()));
    var read = aftermath.readAll(history);
    history.addAll(read);
    timeline.tell("%d documents read through nodes".formatted(read.size()));
  }

  private void awaitReady() {
    long until = clock.now() + RunClock.nanos(READY_SECONDS_MAX);
    while (!poll.look().isAllUp()) {
      if (clock.now() > until) {
        var trouble = "not all nodes are up %.0f s later".formatted(READY_SECONDS_MAX);
        timeline.tell(trouble);
        troubles.add(new Violation(Violation.Kind.NOT_BACK, trouble));
        return;
      }
      clock.await(clock.now() + RunClock.nanos(POLL_SECONDS));
    }
  }
}
