package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Expectations.Away;
import io.holdfast.tools.chaos.Expectations.Harmed;
import io.holdfast.tools.chaos.Expectations.Period;
import java.util.ArrayList;
import java.util.List;

/**
 * What happened when in one run, and what follows from that for its answers.
 *
 * @param begin of the measured load
 * @param rounds at least one
 * @param harmed when nodes may fail
 * @param end of the measured load
 */
record Course(long begin, List<Round> rounds, List<Harmed> harmed, long end) {
  private static final double FLOOR = 0.999;

  /** Something moves yet when all nodes have about their share. */
  private static final double SETTLING_SECONDS = 10;

  /** Of each round. What is asked of a harmed node shows nothing, unless all are. */
  List<Recovery> recoveries(List<Operation> history) {
    var toSurvivors =
        history.stream().filter(it -> harmed.stream().noneMatch(harm -> harm.touches(it))).toList();
    return rounds.stream()
        .map(it -> Recovery.of(it.takesAll() ? history : toSurvivors, it.moments()))
        .toList();
  }

  /**
   * @param recoveries of the rounds, in their order
   */
  Expectations expectations(List<Recovery> recoveries) {
    return new Expectations(quiet(recoveries), away(), harmed, FLOOR);
  }

  /** Before each harm, if all had settled after the one before. */
  private List<Period> quiet(List<Recovery> recoveries) {
    var quiet = new ArrayList<Period>();
    long from = begin;
    for (int i = 0; i < rounds.size(); i++) {
      var round = rounds.get(i);
      if (round.isHarmless()) {
        continue;
      }
      add(quiet, from, round.harmFrom());
      from =
          round.whole().isEmpty()
              ? end
              : Math.max(
                  round.whole().getAsLong() + RunClock.nanos(SETTLING_SECONDS),
                  recoveries.get(i).end());
    }
    add(quiet, from, end);
    return List.copyOf(quiet);
  }

  private static void add(List<Period> quiet, long from, long to) {
    if (from < to) {
      quiet.add(new Period(from, to));
    }
  }

  private List<Away> away() {
    return rounds.stream()
        .flatMap(it -> it.episodes().stream())
        .filter(it -> it.fault().database() == Fault.Database.AWAY)
        .map(
            it ->
                new Away(
                    it.harm().from(),
                    it.harm().done(),
                    it.mended().back() + RunClock.nanos(DatabaseStop.BACK_SECONDS_MAX)))
        .toList();
  }
}
