package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** Each node in turn is stopped in order and started again. */
final class Roll implements Fault {
  @Override
  public String word() {
    return "roll";
  }

  @Override
  public String what() {
    return "each node in turn is stopped in order and started again";
  }

  @Override
  public Victims victims() {
    return Victims.ALL;
  }

  @Override
  public Limits limits() {
    return PlannedChange.limits();
  }

  @Override
  public Asked asked() {
    return Asked.WHILE_READY;
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    for (var node : victims) {
      site.each(List.of(node), "stop", "stopped");
      site.each(List.of(node), "start", "started");
    }
    return site.now();
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    return new Mended(site.now(), Mended.NEVER);
  }
}
