package io.holdfast.tools;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node that was started by itself.
 *
 * @param waits it cannot become ready before the database is back
 */
record Launched(Cluster cluster, Starter starter, int number, boolean waits) {

  /**
   * Starts one node; called exclusively. The database is started with it if nothing else of the
   * cluster runs; if it was stopped while other nodes run, that was meant, and the node comes up
   * when it is back.
   */
  static Launched launch(Cluster cluster, int number, PrintWriter out) {
    var starter = new Starter(cluster, progressTo(out));
    var alone = cluster.data().running(cluster.remembered()).isEmpty();
    var database = alone && starter.isDatabaseMissing();
    starter.check(List.of(number), database);
    starter.start(List.of(number), database);
    return new Launched(cluster, starter, number, !database && starter.isDatabaseMissing());
  }

  /** Waits until the node is ready, unless the database is away. */
  int await(ClusterCommand parent, PrintWriter out, int timeoutSeconds) {
    if (waits) {
      out.printf(
          "n%d started; it becomes ready when the database is back: %s%n",
          number, parent.typed("db start"));
      return 0;
    }
    var took = starter.awaitReady(Duration.ofSeconds(timeoutSeconds));
    out.println(table(List.of(cluster.status(number)), took));
    return 0;
  }

  /**
   * The nodes, and how they came up.
   *
   * @param took of those that were started
   */
  static String table(List<NodeStatus> nodes, Map<Integer, Duration> took) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("node", "state", "http", "admin", "pid", "ready in"));
    nodes.forEach(
        it ->
            rows.add(
                List.of(
                    it.name(),
                    it.state().text(),
                    it.http().toString(),
                    it.admin().toString(),
                    it.pid().map(String::valueOf).orElse("-"),
                    Optional.ofNullable(took.get(it.node())).map(Starter::seconds).orElse("-"))));
    return Table.of(rows);
  }

  static Progress progressTo(PrintWriter out) {
    return new Progress(out, System.console() != null);
  }

  /** Says that what was just started is not what is built here now. */
  static void tellOutdated(ClusterCommand parent, Cluster cluster, PrintWriter out) {
    if (new BuildChoice(parent.home(), cluster.data()).isOutdated(cluster.remembered())) {
      out.printf(
          "The nodes run an earlier build; this takes the one of now to all of them: %s%n",
          parent.typed("roll"));
    }
  }
}
