package io.holdfast.tools;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code stop}: ends nodes in order, and what is stopped stays down. */
@Command(
    name = "stop",
    description = {
      "Stops a node in order (SIGTERM): it hands over, finishes and leaves.",
      "Without N, stops the supervisor if there is one, the nodes one after another, then the"
          + " database."
    },
    mixinStandardHelpOptions = true)
final class StopCommand implements Callable<Integer> {
  private static final Duration SUPERVISOR_MAX = Duration.ofSeconds(10);

  @Parameters(
      paramLabel = "N",
      arity = "0..1",
      description = "The node's number or name, or: supervisor.")
  private String node;

  /** Longer than an orderly leave takes while an answer goes on for {@code http.drain-max}. */
  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "How long to wait for each node (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @ParentCommand private ClusterCommand parent;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    var cluster = parent.cluster();
    var data = cluster.data();
    if (node == null) {
      return data.exclusively(() -> stopAll(cluster));
    }
    if (node.equals("supervisor")) {
      NodeCommands.runningOf(data.supervisor());
      return data.exclusively(() -> stopSupervisor(data.supervisor()));
    }
    var process = data.node(cluster.number(node));
    return data.exclusively(() -> stopOne(cluster, process));
  }

  private int stopOne(Cluster cluster, OwnProcess process) {
    boolean supervised = cluster.data().supervisor().running().isPresent();
    if (supervised && process.died().isPresent()) {
      process.forget();
      print("%s does not run; the supervisor will not start it again", process.name());
      return 0;
    }
    stop(cluster, process);
    return 0;
  }

  private void stop(Cluster cluster, OwnProcess process) {
    var took = new OrderlyStop(cluster, Duration.ofSeconds(timeoutSeconds)).stop(process);
    print("%s stopped (%s)", process.name(), Starter.seconds(took));
  }

  private int stopSupervisor(OwnProcess supervisor) {
    supervisor.signal(Signal.TERM);
    if (!supervisor.awaitEnd(SUPERVISOR_MAX)) {
      throw Refusal.failed("the supervisor still runs: see %s, and stop again", supervisor.log());
    }
    print("supervisor stopped");
    return 0;
  }

  private int stopAll(Cluster cluster) {
    var data = cluster.data();
    boolean supervised = data.supervisor().running().isPresent();
    if (supervised) {
      stopSupervisor(data.supervisor());
    }
    data.supervisor().forget();
    var running = data.running(cluster.remembered());
    forgetTheDead(cluster);
    if (running.isEmpty() && !supervised) {
      print("nothing runs in %s", data.root());
    }
    var failures = new ArrayList<String>();
    if (!running.isEmpty()) {
      inOrder(cluster).forEach(process -> stopOrNote(cluster, process, failures));
    }
    if (!failures.isEmpty()) {
      throw Refusal.failed(
          "%s; the database is left to it: stop again", String.join("; ", failures));
    }
    if (data.database().running().isPresent()) {
      new Embedded(cluster).stop();
      print("database stopped");
    }
    return 0;
  }

  private List<OwnProcess> inOrder(Cluster cluster) {
    return new OrderlyStop(cluster, Duration.ofSeconds(timeoutSeconds)).inOrder();
  }

  /** Nobody is to start again what had died before all was stopped. */
  private static void forgetTheDead(Cluster cluster) {
    var data = cluster.data();
    cluster.numbers().stream()
        .map(data::node)
        .filter(it -> it.died().isPresent())
        .forEach(OwnProcess::forget);
    data.database().died().ifPresent(it -> data.database().forget());
  }

  /** One that does not end keeps none of the others from being stopped. */
  private void stopOrNote(Cluster cluster, OwnProcess process, List<String> failures) {
    try {
      if (process.running().isPresent()) {
        stop(cluster, process);
      }
    } catch (Refusal e) {
      failures.add(e.getMessage());
    }
  }

  private void print(String line, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line.formatted(values));
    out.flush();
  }
}
