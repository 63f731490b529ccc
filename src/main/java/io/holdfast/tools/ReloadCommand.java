package io.holdfast.tools;

import java.io.PrintWriter;
import java.time.Duration;
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
      "Makes the nodes that run read their configuration again (SIGHUP).",
      "Services and routes are followed at once, everything else after a restart. A configuration"
          + " with a fault is followed nowhere: each fault is told."
    },
    mixinStandardHelpOptions = true)
final class ReloadCommand implements Callable<Integer> {
  private static final Duration FOLLOWED_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

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
    var admin = cluster.addresses(node).admin();
    var state = cluster.client().services(admin).filter(it -> it.containsKey("reloads"));
    if (state.isEmpty()) { // an older build would end at the signal
      out.printf("n%d does not answer, or cannot follow while it runs: restart it%n", node);
      return false;
    }
    int before = reloads(state.get());
    cluster.data().node(node).signal(Signal.HUP);
    long until = System.nanoTime() + FOLLOWED_WITHIN.toNanos();
    while (System.nanoTime() - until < 0) {
      var now = cluster.client().services(admin);
      if (now.isPresent() && reloads(now.get()) > before) {
        return tell(node, now.get(), out);
      }
      OwnProcess.rest(LOOK_EVERY);
    }
    out.printf("n%d did not say within %d s that it follows%n", node, FOLLOWED_WITHIN.toSeconds());
    return false;
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

  private static int reloads(Map<String, String> state) {
    return Integer.parseInt(state.get("reloads"));
  }
}
