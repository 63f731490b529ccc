package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A node's directory, with its log, has no room left. It needs none to serve. */
final class DiskFull implements Fault {
  private static final int MEBIBYTES = 8;

  private final Map<Integer, SmallDisk> disks = new TreeMap<>();

  @Override
  public String word() {
    return "disk-full";
  }

  @Override
  public String what() {
    return "there is no room for a node's log (as root)";
  }

  @Override
  public Victims victims() {
    return Victims.ANY;
  }

  @Override
  public Asked asked() {
    return Asked.ALWAYS;
  }

  @Override
  public Limits limits() {
    return Limits.of(
        Goal.worst(Quantity.FAILED, 0),
        Goal.worst(Quantity.READ_GAP, Kill.READ_GAP_SECONDS),
        Goal.worst(Quantity.DOWNED, 0));
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    return SmallDisk.obstacle();
  }

  @Override
  public void prepare(Preparation preparation) {
    for (int node = 1; node <= preparation.nodes(); node++) {
      disks.put(node, SmallDisk.mount(preparation.directory(node), MEBIBYTES));
    }
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    victims.forEach(it -> disks.get(it.number()).fill());
    return site.tell(victims.stream().map(Node::name).toList() + " have no room for a log");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    victims.forEach(it -> disks.get(it.number()).free());
    return new Mended(site.tell("there is room again"), Mended.NEVER);
  }

  @Override
  public void close() {
    disks.values().forEach(SmallDisk::close);
    disks.clear();
  }
}
