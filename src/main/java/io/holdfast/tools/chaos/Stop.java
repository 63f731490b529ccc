package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** One node is stopped in order, and started again later. */
final class Stop implements Fault {
  @Override
  public String word() {
    return "stop";
  }

  @Override
  public String what() {
    return "one node is stopped in order, and started again";
  }

  @Override
  public Victims victims() {
    return Victims.ANY;
  }

  @Override
  public Asked asked() {
    return Asked.WHILE_READY;
  }

  @Override
  public Limits limits() {
    return PlannedChange.limits();
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.each(victims, "stop", "stopped");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    long restart = site.now();
    return new Mended(site.each(victims, "start", "started"), restart);
  }
}
