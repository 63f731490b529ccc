package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Plays the faults of one round: whom they harm, the harm, and its mending. */
final class RoundPlay {
  /** Victims are left alone first, so that little is in flight on them when they are harmed. */
  static final double LEAVE_SECONDS = 2;

  /** After the oldest was killed it takes a moment until another says that it is. */
  private static final double OLDEST_SECONDS_MAX = 5;

  private static final double POLL_SECONDS = 0.2;

  private final Site site;
  private final Stage stage;
  private final Targets targets;
  private final Watch watch;
  private final Random random;

  RoundPlay(Site site, Stage stage, Targets targets, Watch watch, Random random) {
    this.site = site;
    this.stage = stage;
    this.targets = targets;
    this.watch = watch;
    this.random = random;
  }

  /** A fault that was done, and is not mended yet. */
  private record Done(Fault fault, List<Node> victims, Episode.Harm harm) {}

  /** Returns, in the order of the harm, when all is mended; nodes may not be well yet. */
  List<Episode> play(Plan plan) {
    var first = harm(plan.first(), LEAVE_SECONDS);
    if (plan.second().isEmpty()) {
      site.rest(plan.lasts());
      return List.of(mend(first));
    }
    var overlap = plan.second().get();
    var second = harm(overlap.fault(), overlap.after());
    site.rest(plan.lasts());
    var episodes = new ArrayList<Episode>();
    if (overlap.mendedFirst()) {
      episodes.add(mend(second));
      episodes.add(0, mend(first));
    } else {
      episodes.add(mend(first));
      episodes.add(mend(second));
    }
    return List.copyOf(episodes);
  }

  private Done harm(String word, double after) {
    long due = site.now() + RunClock.nanos(after);
    var fault = stage.fault(word);
    var victims = fault.victims().of(candidates(fault), random);
    targets.spare(numbers(victims));
    site.rest(RunClock.seconds(due - site.now()));
    targets.harm(numbers(victims));
    long from = site.now();
    long done = fault.harm(site, victims);
    if (fault.asksVictims()) {
      targets.askAllTheSame(numbers(victims));
    }
    return new Done(fault, victims, new Episode.Harm(from, done));
  }

  private Episode mend(Done done) {
    var mended = done.fault().mend(site, done.victims());
    targets.mend(numbers(done.victims()));
    return new Episode(done.fault(), numbers(done.victims()), done.harm(), mended);
  }

  private List<Node> candidates(Fault fault) {
    long until = site.now() + RunClock.nanos(OLDEST_SECONDS_MAX);
    while (fault.victims() != Victims.NONE
        && unharmed().stream().noneMatch(Node::oldest)
        && site.now() < until) {
      site.rest(POLL_SECONDS);
    }
    return unharmed();
  }

  private List<Node> unharmed() {
    var unharmed = targets.unharmed();
    return watch.view().nodes().stream().filter(it -> unharmed.contains(it.number())).toList();
  }

  private static List<Integer> numbers(List<Node> nodes) {
    return nodes.stream().map(Node::number).toList();
  }
}
