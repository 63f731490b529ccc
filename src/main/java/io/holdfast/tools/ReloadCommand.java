package io.holdfast.tools;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code reload}. */
@Command(
    name = "reload",
    description = {
      "Makes the nodes that run read their configuration again.",
      "Services and routes are followed at once, everything else after a restart. A configuration"
          + " with a fault is followed nowhere: each fault is told."
    },
    mixinStandardHelpOptions = true)
final class ReloadCommand implements Callable<Integer> {
  @ParentCommand private ClusterCommand parent;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var cluster = parent.cluster();
    var running =
        cluster.numbers().stream()
            .filter(node -> cluster.data().node(node).running().isPresent())
            .toList();
    if (running.isEmpty()) {
      throw Refusal.failed("no node runs");
    }
    boolean all = true;
    for (int node : running) {
      all &= reload(cluster, node, spec.commandLine().getOut());
    }
    return all ? 0 : Refusal.FAILED;
  }

  private static boolean reload(Cluster cluster, int node, PrintWriter out) {
    var state = cluster.client().reload(cluster.addresses(node).admin());
    if (state.isEmpty()) {
      out.printf("n%d does not answer, or is of a build that cannot: restart it%n", node);
      return false;
    }
    return tell(node, state.get(), out);
  }

  private static boolean tell(int node, Map<String, String> state, PrintWriter out) {
    var faults = state.getOrDefault("faults", "");
    if (faults.isEmpty()) {
      out.printf("n%d follows version %s%n", node, state.get("configuration"));
    } else {
      faults.lines().forEach(fault -> out.printf("n%d: %s%n", node, fault));
      out.printf("n%d goes on with version %s%n", node, state.get("configuration"));
    }
    return faults.isEmpty();
  }
}
