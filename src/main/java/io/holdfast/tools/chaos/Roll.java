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
    site.cluster().run("roll");
    return site.tell("all nodes rolled");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    return new Mended(site.now(), Mended.NEVER);
  }
}
