package io.holdfast.tools.bench;

import io.holdfast.tools.FilledDatabase;
import io.holdfast.tools.FilledDatabase.Range;
import io.holdfast.tools.OperatorFile;
import io.holdfast.tools.OwnClusterOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A million documents in the database, of which few fit into memory: what memory is needed, and
 * what the documents that are not in it cost. How they come into the database is not measured.
 */
final class MillionDocuments {
  private static final int DOCUMENTS = 1_000_000;
  private static final Range DELETED = new Range(400_000, 499_999);
  private static final int IN_MEMORY = 50_000;

  /**
   * Of memory, as {@code memory-max} counts it: 4.7 KB for a document of 300 bytes and one answer,
   * 12 KB for one that was written often, of which there is one in five among those that are read.
   * And a node may have a tenth more of them than another.
   */
  private static final int DOCUMENT_BYTES = 6900;

  private static final int STARTS = 3;
  private static final int PAGE = 100;
  private static final int GENTLE_COUNT = 300;
  private static final long GENTLE_NANOS = 20_000_000;
  private static final double SECONDS_MAX = 300;

  private final BenchCluster.Place place;
  private final int nodes;
  private final Path config;
  private final OperatorFile file;
  private final PrintWriter out;
  private long errors;

  MillionDocuments(BenchCluster.Place place, int nodes, Path config, PrintWriter out) {
    this.place = place;
    this.nodes = nodes;
    this.config = config;
    this.file = OperatorFile.read(Optional.of(config));
    this.out = out;
  }

  /**
   * @return how many requests were not answered as they should be
   */
  long measure() throws IOException, SQLException {
    var own = Files.createTempFile("holdfast-bench-", ".conf");
    try (var database = new FilledDatabase(file)) {
      Files.writeString(own, configuration(database));
      var script = OwnClusterOptions.script();
      try (var cluster = BenchCluster.start(script, place, nodes, Optional.of(own), out)) {
        measure(cluster, database);
      }
    } finally {
      Files.delete(own);
    }
    return errors;
  }

  private String configuration(FilledDatabase database) {
    return database.configuration(config)
        + "holdfast.documents.docs.memory-max = %dB%n"
            .formatted((long) IN_MEMORY / nodes * DOCUMENT_BYTES);
  }

  private void measure(BenchCluster cluster, FilledDatabase database)
      throws IOException, SQLException {
    database.writeModels(URI.create("http://127.0.0.1:" + addresses().get(0).getPort()));
    double empty = start(cluster);
    long begun = System.nanoTime();
    database.fill(DOCUMENTS, DELETED, made -> say("%,d documents are made", made));
    say(
        "%,d documents of 300 bytes, %,d of them deleted: %d MiB in the database, filled in %.0f s",
        DOCUMENTS, DELETED.count(), database.bytes() >> 20, (System.nanoTime() - begun) / 1e9);
    double full = start(cluster);
    say(
        "from start to ready: %.1f s, and %.1f s with no documents (medians of %d): %.2f times",
        full, empty, STARTS, full / empty);
    memory(cluster);
    gently("a document that is not in memory", cold());
    gently("a page of 100 at the start", pages(0));
    gently("a page in the middle", pages(600_000));
    gently("a page that begins before the deleted", pages(DELETED.first() - 50));
    gently("a page at the end", pages(DOCUMENTS - 2 * PAGE));
  }

  private double start(BenchCluster cluster) throws IOException {
    var seconds = new ArrayList<Double>();
    for (int i = 0; i < STARTS; i++) {
      cluster.startAgain();
      seconds.add(cluster.startSeconds(file.adminToken()));
    }
    return seconds.stream().sorted().skip(STARTS / 2).findFirst().orElseThrow();
  }

  private void memory(BenchCluster cluster) throws IOException {
    var requests = IntStream.range(0, IN_MEMORY).mapToObj(i -> Requests.get(warm(i))).toList();
    count(run(16, requests));
    var heaps = new ArrayList<String>();
    for (long pid : cluster.nodePids()) {
      heaps.add(
          Machine.heapUsedAfterCollection(pid).stream()
              .mapToObj(MillionDocuments::mib)
              .findFirst()
              .orElse("?"));
    }
    say(
        "%,d documents read, %,d in memory: heap after a collection %s MiB",
        IN_MEMORY, cluster.documents(), String.join(", ", heaps));
  }

  private static String mib(long bytes) {
    return Long.toString(bytes >> 20);
  }

  /** Those that are read for memory's sake, and those that are not, are different ones. */
  private static String warm(int i) {
    return FilledDatabase.id(i * 8);
  }

  private static Supplier<byte[]> cold() {
    Iterator<Integer> numbers = IntStream.iterate(500_003, i -> i + 97).iterator();
    return () -> Requests.get(FilledDatabase.id(numbers.next()));
  }

  /** Pages of which each begins some documents behind the one before. */
  private static Supplier<byte[]> pages(int from) {
    Iterator<Integer> numbers = IntStream.iterate(0, i -> (i + 1) % PAGE).iterator();
    return () -> Requests.page(FilledDatabase.id(from + numbers.next()), PAGE);
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
              SECONDS_MAX,
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

  private ClosedLoop.Result run(int connections, List<byte[]> requests) throws IOException {
    var left = requests.iterator();
    try (var loop = new ClosedLoop(addresses(), connections)) {
      return loop.run(left::next, SECONDS_MAX, requests.size());
    }
  }

  private List<InetSocketAddress> addresses() {
    return BenchCluster.addresses(place.basePort(), nodes);
  }

  private void count(ClosedLoop.Result result) {
    errors += result.errors();
  }

  private void say(String format, Object... values) {
    out.println("million: " + format.formatted(values));
    out.flush();
  }
}
