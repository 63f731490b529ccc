package io.holdfast.tools.bench;

import java.io.IOException;
import java.util.List;

/** The processes of one measurement. A database of somebody else's is not among them. */
record Processes(List<Long> nodes, List<Long> database, List<Long> load) {

  /** Seconds of processor time of each kind. */
  record Cpu(double nodes, double database, double load) {
    Cpu minus(Cpu before) {
      return new Cpu(nodes - before.nodes, database - before.database, load - before.load);
    }
  }

  static Processes of(BenchCluster cluster) {
    return new Processes(
        cluster.nodePids(),
        cluster.databasePid().stream().toList(),
        List.of(ProcessHandle.current().pid()));
  }

  Cpu cpu() {
    return new Cpu(
        Machine.cpuSeconds(nodes), Machine.cpuSeconds(database), Machine.cpuSeconds(load));
  }

  /** Of all nodes, after a full collection; 0 where that cannot be told. */
  long heapUsed() throws IOException {
    long sum = 0;
    for (long pid : nodes) {
      sum += Machine.heapUsedAfterCollection(pid).orElse(0);
    }
    return sum;
  }
}
