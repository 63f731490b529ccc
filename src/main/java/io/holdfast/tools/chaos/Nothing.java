package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** No fault: shows what the load alone does, and that no answer is marked. */
final class Nothing implements Fault {
  @Override
  public String word() {
    return "none";
  }

  @Override
  public String what() {
    return "nothing";
  }

  @Override
  public Victims victims() {
    return Victims.NONE;
  }

  @Override
  public Limits limits() {
    return Limits.of(Goal.worst(Quantity.FAILED, 0), Goal.worst(Quantity.DOWNED, 0));
  }

  @Override
  public boolean isHarmless() {
    return true;
  }

  /** All of it, so that all of it is looked at. */
  @Override
  public Stretch stretch(double seconds) {
    return new Stretch(0, seconds);
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    return site.now();
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    return new Mended(site.now(), Mended.NEVER);
  }
}
