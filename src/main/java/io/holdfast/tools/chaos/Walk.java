package io.holdfast.tools.chaos;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A random walk of faults: an endless row of plans that a seed determines. Which of the nodes is
 * the oldest is found out when it is played; all else is known beforehand.
 */
final class Walk implements Iterator<Plan> {
  static final String WORD = "walk";

  /** What is walked through; of the rest some need a stage of their own, or minutes. */
  private static final List<String> STEPS =
      List.of(
          "kill",
          "kill-oldest",
          "kill-all-but-one",
          "pause",
          "db-stop",
          "slow-db",
          "stop",
          "add",
          "roll");

  private static final double PAUSE_SECONDS_MIN = 1;
  private static final double PAUSE_SECONDS_MAX = 8;

  /** Some are short: the next one finds what the last has not mended yet. */
  private static final double LASTS_SHARE_MIN = 0.3;

  private static final double OVERLAP_SHARE = 0.4;
  private static final double OVERLAP_SECONDS_MAX = 3;

  /** A fault lasts as long as in a run of this length, at most. */
  private static final double SECONDS = 30;

  private final Random random;
  private final int nodes;
  private final List<Fault> faults;

  /**
   * @param faults to choose from
   */
  Walk(long seed, int nodes, List<Fault> faults) {
    this.random = new Random(seed);
    this.nodes = nodes;
    this.faults = faults.stream().filter(it -> it.takes(nodes) < nodes).toList();
  }

  /** Those that can be walked through, new ones. */
  static List<Fault> steps(DatabaseAddress database) {
    return STEPS.stream().map(Faults::of).filter(it -> it.obstacle(database).isEmpty()).toList();
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  @Override
  public Plan next() {
    double pause = between(PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX);
    var first = any(faults);
    double share = between(LASTS_SHARE_MIN, 1);
    var second = random.nextDouble() < OVERLAP_SHARE ? second(first) : Optional.<Fault>empty();
    double after = between(0, OVERLAP_SECONDS_MAX);
    boolean mendedFirst = random.nextBoolean();
    double lasts =
        Stream.concat(Stream.of(first), second.stream())
            .mapToDouble(it -> it.stretch(SECONDS).lasts())
            .min()
            .orElseThrow();
    return new Plan(
        pause,
        first.word(),
        share * lasts,
        second.map(it -> new Plan.Second(it.word(), after, mendedFirst)));
  }

  private Optional<Fault> second(Fault first) {
    var possible = faults.stream().filter(it -> mayOverlap(first, it, nodes)).toList();
    return possible.isEmpty() ? Optional.empty() : Optional.of(any(possible));
  }

  private Fault any(List<Fault> some) {
    return some.get(random.nextInt(some.size()));
  }

  private double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /**
   * What two at once must leave, so that a promise is left to be tested: a node, and not two things
   * wrong with the database. Planned change is promised to cost nothing; so it is played alone.
   */
  static boolean mayOverlap(Fault first, Fault second, int nodes) {
    boolean isPlanned =
        Stream.of(first, second).anyMatch(it -> it.asked() == Fault.Asked.WHILE_READY);
    boolean isDatabaseLeft =
        first.database() == Fault.Database.THERE || second.database() == Fault.Database.THERE;
    return !isPlanned && isDatabaseLeft && first.takes(nodes) + second.takes(nodes) < nodes;
  }
}
