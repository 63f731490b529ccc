package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What an open page costs: reads of documents through all nodes while somebody watches through each
 * of them, as the page does, and while nobody does, in turn. What that changes is less than what
 * turns differ by; so the same is done at rest, where nothing else takes time.
 */
final class WatchBench {
  private static final String WATCHED = "watched";
  private static final String NOT_WATCHED = "not watched";
  private static final int REST_SECONDS = 8;
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private final List<InetSocketAddress> nodes;
  private final List<URI> admins;
  private final Processes processes;
  private final Supplier<byte[]> requests;
  private final Load load;
  private final PrintWriter out;
  private long errors;

  WatchBench(
      List<InetSocketAddress> nodes,
      List<URI> admins,
      Processes processes,
      Supplier<byte[]> requests,
      Load load,
      PrintWriter out) {
    this.nodes = nodes;
    this.admins = admins;
    this.processes = processes;
    this.requests = requests;
    this.load = load;
    this.out = out;
  }

  /** Those who watch; what they are told is read and thrown away. */
  private static final class Watchers implements AutoCloseable {
    private final List<InputStream> streams = new ArrayList<>();
    private final AtomicLong bytes = new AtomicLong();

    void watch(URI admin) throws IOException {
      var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      var request = HttpRequest.newBuilder(admin.resolve("/events?pulses")).build();
      try {
        var answer = client.send(request, BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
          throw new BenchCluster.Failed(1, admin + " lets nobody watch: " + answer.statusCode());
        }
        streams.add(answer.body());
        var reads = new Thread(() -> read(answer.body()), "watches " + admin);
        reads.setDaemon(true);
        reads.start();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private void read(InputStream stream) {
      var buffer = new byte[1 << 16];
      try {
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          bytes.addAndGet(n);
        }
      } catch (IOException e) {
        // the turn is over
      }
    }

    @Override
    public void close() throws IOException {
      for (var stream : streams) {
        stream.close();
      }
      if (!streams.isEmpty() && bytes.get() == 0) {
        throw new BenchCluster.Failed(1, "those who watched were told nothing");
      }
    }
  }

  /** Returns how many errors there were. */
  long measure() throws IOException {
    var turns = new LinkedHashMap<String, List<Turn>>();
    for (var way : List.of(WATCHED, NOT_WATCHED)) {
      turn(way, load.warmUpSeconds());
      turns.put(way, new ArrayList<>());
    }
    for (int round = 1; round <= InTurns.ROUNDS; round++) {
      for (var way : List.of(WATCHED, NOT_WATCHED)) {
        turns.get(way).add(turn(way, load.seconds()));
      }
    }
    out.println("GET, spread over " + nodes.size() + " nodes, each watched through or not:");
    out.println(table(turns));
    out.println(atRest());
    out.flush();
    return errors;
  }

  /** Nodes tell as much, as often, with or without requests. */
  private String atRest() throws IOException {
    var shares = new LinkedHashMap<String, List<Double>>();
    for (int round = 1; round <= InTurns.ROUNDS; round++) {
      for (var way : List.of(WATCHED, NOT_WATCHED)) {
        shares.computeIfAbsent(way, it -> new ArrayList<>()).add(shareAtRest(way));
      }
    }
    double watched = median(shares.get(WATCHED));
    double not = median(shares.get(NOT_WATCHED));
    return "At rest nodes take %.2f %% of %d processors watched, %.2f %% not: %.2f %% is for who watches"
        .formatted(100 * watched, PROCESSORS, 100 * not, 100 * (watched - not));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** What nodes take of all processors. */
  private double shareAtRest(String way) throws IOException {
    try (var watchers = watchers(way)) {
      var before = processes.cpu();
      TimeUnit.SECONDS.sleep(REST_SECONDS);
      return processes.cpu().minus(before).nodes() / REST_SECONDS / PROCESSORS;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Watchers watchers(String way) throws IOException {
    var watchers = new Watchers();
    if (way.equals(WATCHED)) {
      for (var admin : admins) {
        watchers.watch(admin);
      }
    }
    return watchers;
  }

  private static String table(Map<String, List<Turn>> turns) {
    return new Comparison(WATCHED, turns.get(WATCHED))
        .beside(NOT_WATCHED, turns.get(NOT_WATCHED))
        .toString();
  }

  private Turn turn(String way, int seconds) throws IOException {
    try (var watchers = watchers(way);
        var loop = new ClosedLoop(nodes, load.connections())) {
      var before = processes.cpu();
      var result = loop.run(requests, seconds, Long.MAX_VALUE);
      errors += result.errors();
      return Turn.of(result, processes.cpu().minus(before).nodes());
    }
  }
}
