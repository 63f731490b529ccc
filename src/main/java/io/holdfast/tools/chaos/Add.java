package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.util.List;

/** A node is added, and stopped in order later. */
final class Add implements Fault {
  private List<Node> added = List.of();

  @Override
  public String word() {
    return "add";
  }

  @Override
  public String what() {
    return "a node is added, and stopped in order later";
  }

  @Override
  public Victims victims() {
    return Victims.NONE;
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
    var before = site.nodes().stream().map(Node::number).toList();
    site.cluster().run("add");
    added = site.look().nodes().stream().filter(it -> !before.contains(it.number())).toList();
    added.forEach(site::arrives);
    return site.tell(added.stream().map(Node::name).toList() + " added");
  }

  @Override
  public Mended mend(Site site, List<Node> victims) {
    long restart = site.now();
    long stopped = site.each(added, "stop", "stopped");
    added.forEach(site::forget);
    site.cluster().run("start", "--nodes", Integer.toString(site.nodes().size()));
    return new Mended(stopped, restart);
  }
}
