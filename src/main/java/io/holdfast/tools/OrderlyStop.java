package io.holdfast.tools;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Stops nodes in order: SIGTERM, and then all the time that they need to hand over and to leave. To
 * be used under the directory's lock.
 *
 * @param atMost how long to wait for each
 */
record OrderlyStop(Cluster cluster, Duration atMost) {

  /**
   * The nodes that run, the youngest first, so that what moves, moves to nodes that stay; and the
   * oldest last, so that what only the oldest does moves once.
   */
  List<OwnProcess> inOrder() {
    return cluster.status().nodes().stream()
        .filter(it -> it.pid().isPresent())
        .sorted(
            Comparator.comparing(NodeStatus::oldest)
                .thenComparing(NodeStatus::uptimeSeconds)
                .thenComparing(NodeStatus::node, Comparator.reverseOrder()))
        .map(it -> cluster.data().node(it.node()))
        .toList();
  }

  /** Stops one, and returns how long it took. A paused process ends when it is let go on. */
  Duration stop(OwnProcess process) {
    var began = System.nanoTime();
    var mark = NodeCommands.runningOf(process);
    process.dismiss();
    process.signal(Signal.TERM);
    if (mark.state() == ProcessMark.RunState.PAUSED) {
      process.signal(Signal.CONT);
    }
    if (!process.awaitEnd(atMost)) {
      throw Refusal.failed(
          "%s (pid %d) still runs %d s after SIGTERM: see %s, stop again with a longer --timeout, or"
              + " kill it with: %s --data %s kill %s",
          process.name(),
          mark.pid(),
          atMost.toSeconds(),
          process.log(),
          cluster.home().command(),
          cluster.data().root(),
          process.name());
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }
}
