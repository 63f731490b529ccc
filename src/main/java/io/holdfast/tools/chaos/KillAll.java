package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** SIGKILL to all nodes in the same instant; then all are started again. */
final class KillAll implements Fault {
  private static final double DEAD_SECONDS = 3;
  private static final double SERVING_SECONDS = 10;

  /** All start at once, on whatever processors there are. */
  private static final double SERVING_SECONDS_MAX = 30;

  @Override
  public String word() {
    return "kill-all";
  }

  @Override
  public String what() {
    return "SIGKILL to all nodes; started again 3 s later";
  }

  @Override
  public Victims victims() {
    return Victims.ALL;
  }

  @Override
  public Limits limits() {
    return Limits.recovery(
            SERVING_SECONDS_MAX,
            Goal.worst(Quantity.FAILED, 0),
            Goal.worst(Quantity.RECOVERY, SERVING_SECONDS))
        .fromReturn();
  }

  @Override
  public Stretch stretch(double seconds) {
    return Fault.super.stretch(seconds).atMost(DEAD_SECONDS);
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.kill(victims, 0);
  }

  /** Back, as far as it is for us to say, when the start begins. */
  @Override
  public Mended mend(Site site, List<Node> victims) {
    long begun = site.tell("starting all nodes");
    site.startAll();
    return new Mended(begun, Mended.NEVER);
  }
}
