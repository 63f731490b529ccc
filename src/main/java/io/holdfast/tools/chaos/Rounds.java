package io.holdfast.tools.chaos;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Plays one round after another. */
final class Rounds {
  /** What is due in the last seconds of a round shows whether all is well again. */
  private static final double TAIL_SECONDS = 3;

  private static final double WELL_SECONDS_MAX = 60;

  private final Iterator<Plan> plans;
  private final Site site;
  private final Targets targets;
  private final Watch watch;
  private final RoundPlay play;

  /**
   * @param plans at least one; they are played until there is none or a node does not come back
   */
  Rounds(Iterator<Plan> plans, Site site, Targets targets, Watch watch, RoundPlay play) {
    this.plans = plans;
    this.site = site;
    this.targets = targets;
    this.watch = watch;
    this.play = play;
  }

  /**
   * Returns when the last has ended.
   *
   * @param begin of the load
   * @param end of the load, at the soonest
   */
  List<Round> play(long begin, long end) {
    var rounds = new ArrayList<Round>();
    long from = begin;
    while (plans.hasNext() && (rounds.isEmpty() || targets.returning().isEmpty())) {
      var round = round(plans.next(), from, end);
      rounds.add(round);
      from = round.end();
    }
    return List.copyOf(rounds);
  }

  private Round round(Plan plan, long begin, long end) {
    site.look();
    site.tell("next: " + plan.words());
    site.await(begin + RunClock.nanos(plan.pause() - RoundPlay.LEAVE_SECONDS));
    var episodes = play.play(plan);
    awaitWell();
    site.rest(TAIL_SECONDS);
    if (!plans.hasNext()) {
      site.await(end);
    }
    return new Round(episodes, begin, site.now(), watch.whole());
  }

  private void awaitWell() {
    if (!site.await(WELL_SECONDS_MAX, () -> targets.returning().isEmpty())) {
      var trouble =
          "nodes %s are not well %.0f s after all was mended"
              .formatted(targets.returning(), WELL_SECONDS_MAX);
      site.tell(trouble);
      site.trouble(new Violation(Violation.Kind.NOT_BACK, trouble));
    }
  }
}
