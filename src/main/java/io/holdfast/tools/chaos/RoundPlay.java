package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Plays the faults of one round: whom they are done to, the harm, and its mending. */
final class RoundPlay {
  /** Victims are left alone first, so that little is in flight on them when they are harmed. */
  static final double LEAVE_SECONDS = 2;

  /** After the oldest was killed it takes a moment until another says that it is. */
  private static final double OLDEST_SECONDS_MAX = 5;

  /** A node that came is seen to be ready a moment after it says so. */
  private static final double SEEN_SECONDS_MAX = 5;

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
    if (overlap.mendedFirst()) {
      var mended = mend(second);
      return List.of(mend(first), mended);
    }
    return List.of(mend(first), mend(second));
  }

  private Done harm(String word, double after) {
    long due = site.now() + RunClock.nanos(after);
    var fault = stage.fault(word);
    var victims = fault.victims().of(candidates(fault), random);
    var numbers = numbers(victims);
    switch (fault.asked()) {
      case NEVER, BESIDES -> targets.spare(numbers);
      case WHILE_READY -> numbers.forEach(it -> targets.move(it, true));
      case ALWAYS -> {}
    }
    site.await(due);
    long from = site.now();
    targets.harm(numbers);
    long done = fault.harm(site, victims);
    if (fault.asked() == Fault.Asked.BESIDES) {
      targets.askAllTheSame(numbers);
    }
    return new Done(fault, victims, new Episode.Harm(from, done));
  }

  private Episode mend(Done done) {
    var numbers = numbers(done.victims());
    var mended = done.fault().mend(site, done.victims());
    switch (done.fault().asked()) {
      case NEVER, BESIDES -> targets.mend(numbers);
      case WHILE_READY -> {
        site.await(SEEN_SECONDS_MAX, targets::isAllReady);
        targets.settle();
      }
      case ALWAYS -> {}
    }
    return new Episode(done.fault(), numbers, done.harm(), mended);
  }

  private List<Node> candidates(Fault fault) {
    if (fault.victims() != Victims.NONE) {
      BooleanSupplier isSaid = () -> unharmed().stream().anyMatch(Node::oldest);
      site.await(OLDEST_SECONDS_MAX, isSaid);
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
