package io.holdfast.tools;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code add}: one more node. */
@Command(
    name = "add",
    description = "Starts one more node, and remembers it.",
    mixinStandardHelpOptions = true)
final class AddCommand implements Callable<Integer> {
  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until it is ready (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @ParentCommand private ClusterCommand parent;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var data = parent.data();
    var out = spec.commandLine().getOut();
    var launched = data.exclusively(() -> launchOneMore(data, out));
    try {
      return awaitReady(launched, out);
    } catch (RuntimeException | Error e) {
      data.exclusively(() -> forget(data, launched.number()));
      throw e;
    }
  }

  private int awaitReady(Launched launched, PrintWriter out) {
    var code = launched.await(parent, out, timeoutSeconds);
    Launched.tellOutdated(parent, launched.cluster(), out);
    return code;
  }

  private Launched launchOneMore(DataDirectory data, PrintWriter out) {
    var before = data.remembered();
    var build = new BuildChoice(parent.home(), data).forStart(before);
    var wanted = before.withNodes(before.nodes() + 1).withBuild(build);
    data.remember(wanted);
    try {
      return Launched.launch(Cluster.of(parent.home(), data, wanted), wanted.nodes(), out);
    } catch (RuntimeException | Error e) {
      data.remember(before);
      throw e;
    }
  }

  /** Unless another was added after it: that one runs, and keeps its number. */
  private static boolean forget(DataDirectory data, int number) {
    var now = data.remembered();
    boolean isLast = now.nodes() == number;
    if (isLast) {
      data.remember(now.withNodes(number - 1));
    }
    return isLast;
  }
}
