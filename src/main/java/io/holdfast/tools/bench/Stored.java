package io.holdfast.tools.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;

/** Whether a node answers from what is stored, and where that is. */
final class Stored {
  private static final String HIT = "holdfast; hit";
  private static final long WAIT_NANOS_MAX = 5_000_000_000L;
  private static final long AGAIN_NANOS = 20_000_000;
  private static final int ELSEWHERE = 16;
  private static final int TRIED_MAX = 200;

  private Stored() {}

  /** Fails unless the node comes to answer the target from what it has stored. */
  static void require(Contender node, String target) throws IOException {
    require(node, target, WAIT_NANOS_MAX);
  }

  static void require(Contender node, String target, long nanosMax) throws IOException {
    long until = System.nanoTime() + nanosMax;
    var answer = get(node, target);
    while (!isHit(answer)) {
      if (System.nanoTime() - until > 0) {
        throw new BenchCluster.Failed(
            1,
            "%s is not answered from what is stored: %d, Cache-Status: %s"
                .formatted(target, answer.status(), cacheStatus(answer)));
      }
      LockSupport.parkNanos(AGAIN_NANOS);
      answer = get(node, target);
    }
  }

  /**
   * Targets that the cluster has stored when this returns, but not this node.
   *
   * @param admin the number of its admin port, which asks for no token
   */
  static List<String> elsewhere(Contender node, int admin, String path) throws IOException {
    var found = new ArrayList<String>();
    for (int i = 0; i < TRIED_MAX && found.size() < ELSEWHERE; i++) {
      long before = entries(admin);
      var target = path + "/" + i;
      require(node, target);
      if (entries(admin) == before) {
        found.add(target);
      }
    }
    if (found.isEmpty()) {
      throw new BenchCluster.Failed(1, "one node stores everything");
    }
    return found;
  }

  private static long entries(int admin) throws IOException {
    return entries(Probe.get(admin, "/cache").content());
  }

  /** How many the node has that tells this, of all routes. */
  static long entries(String json) throws IOException {
    var routes = new ObjectMapper().readTree(json).path("routes");
    return StreamSupport.stream(routes.spliterator(), false)
        .mapToLong(it -> it.path("entries").asLong())
        .sum();
  }

  private static Probe.Answer get(Contender node, String target) throws IOException {
    return Probe.get(node.address().getPort(), target);
  }

  static boolean isHit(Probe.Answer answer) {
    return cacheStatus(answer).startsWith(HIT);
  }

  private static String cacheStatus(Probe.Answer answer) {
    return answer.field("Cache-Status").orElse("absent");
  }
}
