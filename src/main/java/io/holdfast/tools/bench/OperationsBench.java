package io.holdfast.tools.bench;

import io.holdfast.tools.FilledDatabase;
import io.holdfast.tools.OperatorFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Requests of 300 bytes that are accepted to be carried out later: how many are accepted, and how
 * many done, each alone and both at once.
 *
 * <p>Accepting alone is measured on a route to a service that is away: nobody listens at its
 * instance, which the nodes know, so they keep the operations and try none. What is done is counted
 * by the nodes, on a route to an nginx that answers each request with 201 at once. With a backlog
 * the same is measured again while that many operations wait for the service that is away.
 */
final class OperationsBench {
  private static final int ROUNDS = 5;
  private static final double DRAIN_SECONDS_MAX = 120;
  private static final long AGAIN_NANOS = 50_000_000;
  private static final int GENTLE_COUNT = 300;
  private static final long GENTLE_NANOS = 20_000_000;
  private static final String AWAY = "/away";
  private static final String LIST = "/operations?limit=100";

  private final BenchCluster.Place place;
  private final int nodes;
  private final Load load;
  private final int backlog;
  private final PrintWriter out;
  private long errors;

  /**
   * @param backlog operations that wait in the second part; 0: there is none
   */
  OperationsBench(BenchCluster.Place place, int nodes, Load load, int backlog, PrintWriter out) {
    this.place = place;
    this.nodes = nodes;
    this.load = load;
    this.backlog = backlog;
    this.out = out;
  }

  /**
   * Returns how many errors there were.
   *
   * @param config of a PostgreSQL, in which a schema is made, and removed at the end; without one
   *     on the embedded database, and without a backlog
   */
  long measure(Optional<Path> config) throws IOException, SQLException {
    var file = OperatorFile.read(config);
    if (!file.databaseKind().equals("postgresql")) {
      run(file, Optional.empty(), "");
      return errors;
    }
    try (var database = new FilledDatabase(file)) {
      run(file, Optional.of(database), database.configuration(config.orElseThrow()));
    }
    return errors;
  }

  private void run(OperatorFile file, Optional<FilledDatabase> database, String first)
      throws IOException, SQLException {
    try (var scratch = Scratch.create()) {
      var stage = new ServiceStage(place, scratch, out);
      try (var service = Neighbour.creating(scratch.of("service"), stage.servicePort());
          var cluster = stage.start(nodes, first, routes(stage))) {
        var done = new OperationsDone(cluster.admins(), file.adminToken());
        var turns = new LinkedHashMap<String, List<OperationsTurn>>();
        warmUp(done);
        turns.put("", turns(cluster, done));
        if (database.isPresent() && backlog > 0) {
          gently("before that");
          fill(database.get());
          gently("with them");
          turns.put("backlog: ", turns(cluster, done));
          heap(cluster);
        }
        out.println(OperationsTurn.table(turns));
      }
    }
  }

  private static String routes(ServiceStage stage) {
    return """
        upstreams.bench.idempotency-key = honoured
        routes.bench.async.mode = allowed
        upstreams.away { instances = ["http://127.0.0.1:%d"], idempotency-key = honoured }
        routes.away {
          path = "%s", upstream = away
          async { mode = allowed, deadline = 1d, waiting-max = 10000000 }
        }
        """
        .formatted(stage.otherPort(), AWAY);
  }

  // ---- turns ----

  private void warmUp(OperationsDone done) throws IOException {
    say("warming up for %d s", load.warmUpSeconds());
    count(accept(AWAY, 1));
    count(accept(ServiceStage.PATH, load.warmUpSeconds()));
    drain(done, Long.MAX_VALUE);
  }

  private List<OperationsTurn> turns(BenchCluster cluster, OperationsDone done) throws IOException {
    var turns = new ArrayList<OperationsTurn>();
    for (int round = 1; round <= ROUNDS; round++) {
      var turn = turn(cluster, done);
      turns.add(turn);
      say(
          "%d. accepted %.0f/s, p50 %.1f ms, p99 %.1f ms; %.0f/s, p50 %.1f ms, p99 %.1f ms while"
              + " %.0f/s were done; to the last of them %.0f/s",
          round,
          turn.alone().perSecond(),
          turn.alone().p50Millis(),
          turn.alone().p99Millis(),
          turn.both().perSecond(),
          turn.both().p50Millis(),
          turn.both().p99Millis(),
          turn.doneMeanwhile(),
          turn.endToEnd());
    }
    return turns;
  }

  private OperationsTurn turn(BenchCluster cluster, OperationsDone done) throws IOException {
    var pids = cluster.nodePids();
    double cpu = Machine.cpuSeconds(pids);
    var alone = accept(AWAY, load.seconds());
    double cpuAlone = Machine.cpuSeconds(pids) - cpu;
    done.more();
    long began = System.nanoTime();
    var both = accept(ServiceStage.PATH, load.seconds());
    double cpuBoth = Machine.cpuSeconds(pids) - cpu - cpuAlone;
    long meanwhile = done.more();
    long left = both.latencies().count() - meanwhile;
    drain(done, left);
    count(alone);
    count(both);
    return new OperationsTurn(
        OperationsTurn.Accepted.of(alone, cpuAlone),
        OperationsTurn.Accepted.of(both, cpuBoth),
        meanwhile / both.seconds(),
        both.latencies().count() / ((System.nanoTime() - began) / 1e9));
  }

  /** Waits until so many more are done, or none is any more. */
  private void drain(OperationsDone done, long left) throws IOException {
    long began = System.nanoTime();
    long still = left;
    for (long more = 1; still > 0 && seconds(began) < DRAIN_SECONDS_MAX; ) {
      LockSupport.parkNanos(more == 0 && left == Long.MAX_VALUE ? 20 * AGAIN_NANOS : AGAIN_NANOS);
      more = done.more();
      still -= more;
      if (more == 0 && left == Long.MAX_VALUE) {
        return;
      }
    }
    if (still > 0) {
      say("%d operations are not done after %.0f s", still, seconds(began));
      errors += still;
    }
  }

  private static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / 1e9;
  }

  private ClosedLoop.Result accept(String path, int seconds) throws IOException {
    try (var loop = new ClosedLoop(addresses(), load.connections())) {
      return loop.run(Load.posts(path), seconds, Long.MAX_VALUE);
    }
  }

  // ---- with a backlog ----

  private void fill(FilledDatabase database) throws SQLException {
    long began = System.nanoTime();
    database.fillOperations(backlog);
    say(
        "%,d operations wait: %d MiB in the database, filled in %.0f s",
        backlog, database.bytes() >> 20, seconds(began));
  }

  private void gently(String when) throws IOException {
    gently("accepted, " + when, Load.posts(AWAY));
    if (Probe.get(addresses().get(0).getPort(), LIST).status() == 200) {
      gently("GET " + LIST + ", " + when, Load.gets(List.of(LIST)));
    }
  }

  /** One client, some requests a second. */
  private void gently(String what, Supplier<byte[]> requests) throws IOException {
    try (var loop = new ClosedLoop(addresses(), 1)) {
      var result =
          loop.run(
              () -> {
                LockSupport.parkNanos(GENTLE_NANOS);
                return requests.get();
              },
              DRAIN_SECONDS_MAX,
              GENTLE_COUNT);
      count(result);
      say(
          "%s: p50 %.1f ms, p99 %.1f ms (%d requests, one after the other, 20 ms apart)",
          what,
          result.latencies().atShare(0.5) / 1e6,
          result.latencies().atShare(0.99) / 1e6,
          result.latencies().count());
    }
  }

  private void heap(BenchCluster cluster) throws IOException {
    var heaps = new ArrayList<String>();
    for (long pid : cluster.nodePids()) {
      long used = Machine.heapUsedAfterCollection(pid).orElse(0);
      heaps.add(Long.toString(used >> 20));
    }
    say("heap after a collection: %s MiB", String.join(", ", heaps));
  }

  private List<InetSocketAddress> addresses() {
    return BenchCluster.addresses(place.basePort(), nodes);
  }

  private void count(ClosedLoop.Result result) {
    errors += result.errors();
  }

  private void say(String format, Object... values) {
    out.println("operations: " + format.formatted(values));
    out.flush();
  }
}
