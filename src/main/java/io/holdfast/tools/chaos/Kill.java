package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import io.holdfast.tools.chaos.Limits.Since;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** SIGKILL to one or more nodes, which are started again later. */
record Kill(String word, String what, Victims victims, double secondsBetween, List<Goal> gaps)
    implements Fault {
  private static final double WRITABLE_SECONDS_MAX = 5;

  /** Within the recovery from the first kill, which takes longer. */
  private static final double SECOND_KILL_SECONDS = 0.5;

  static final double READ_GAP_SECONDS = 0.3;

  static Fault young() {
    return new Kill(
        "kill",
        "SIGKILL to a node that is not the oldest",
        Victims.YOUNG,
        0,
        List.of(Goal.median(Quantity.WRITE_GAP, 1), Goal.worst(Quantity.WRITE_GAP, 2)));
  }

  static Fault oldest() {
    return new Kill(
        "kill-oldest",
        "SIGKILL to the oldest node",
        Victims.OLDEST,
        0,
        List.of(Goal.median(Quantity.WRITE_GAP, 1.5), Goal.worst(Quantity.WRITE_GAP, 3)));
  }

  static Fault allButOne() {
    return new Kill(
        "kill-all-but-one",
        "SIGKILL to all nodes but one in the same instant",
        Victims.ALL_BUT_ONE,
        0,
        List.of(Goal.median(Quantity.WRITE_GAP, 1.5)));
  }

  static Fault twice() {
    return new Kill(
        "kill-twice",
        "SIGKILL to the oldest node, and 0.5 s later to another",
        Victims.OLDEST_THEN_YOUNG,
        SECOND_KILL_SECONDS,
        List.of());
  }

  @Override
  public Limits limits() {
    var goals = new ArrayList<>(gaps);
    goals.add(Goal.worst(Quantity.FAILED, 0));
    goals.add(Goal.worst(Quantity.READ_GAP, READ_GAP_SECONDS));
    goals.add(Goal.worst(Quantity.MENDING_READ_GAP, READ_GAP_SECONDS));
    goals.add(Goal.worst(Quantity.MENDING_WRITE_GAP, PlannedChange.WRITE_GAP_SECONDS));
    goals.add(Goal.worst(Quantity.DOWNED, 0));
    return new Limits(OptionalDouble.of(WRITABLE_SECONDS_MAX), Since.HARM, List.copyOf(goals));
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.kill(victims, secondsBetween);
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    long restart = site.now();
    site.startAgain(victims);
    return new Mended(site.now(), restart);
  }
}
