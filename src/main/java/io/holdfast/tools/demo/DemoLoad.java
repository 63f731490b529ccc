package io.holdfast.tools.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gentle traffic, as a balancer sends it: a request whose node breaks off is sent to the next one,
 * a write under the same key. Remembers the last write of each document that was acknowledged.
 */
final class DemoLoad implements AutoCloseable {
  private static final int DOCUMENTS = 100;
  private static final Duration ANSWER_MAX = Duration.ofSeconds(12);
  private static final Duration CONNECT_MAX = Duration.ofSeconds(1);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(50);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_MAX)
          .build();
  private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
  private final List<URI> nodes;
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final Map<Integer, Document> documents = new ConcurrentHashMap<>();
  private volatile Counts counts = new Counts();
  private volatile boolean pauses;

  /** What one client has written: one write after the other. */
  private static final class Document {
    int tried;
    int acknowledged;
    boolean busy;

    synchronized int begin() {
      busy = true;
      return ++tried;
    }

    synchronized void ended(int value, boolean yes) {
      busy = false;
      acknowledged = yes ? value : acknowledged;
    }

    synchronized boolean isBusy() {
      return busy;
    }
  }

  /** Of one step. */
  static final class Counts {
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger marked = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger again = new AtomicInteger();
    final AtomicInteger failed = new AtomicInteger();
    final AtomicLong longestNanos = new AtomicLong();
  }

  DemoLoad(List<URI> nodes) {
    this.nodes = List.copyOf(nodes);
    for (int i = 0; i < DOCUMENTS; i++) {
      documents.put(i, new Document());
    }
  }

  void start(int ratePerSecond) {
    long period = TimeUnit.SECONDS.toNanos(1) / ratePerSecond;
    pace.scheduleAtFixedRate(this::next, 0, period, TimeUnit.NANOSECONDS);
  }

  /** Begins to count anew; what is under way counts for the step in which it ends. */
  void count(Counts next) {
    counts = next;
  }

  /**
   * Before all nodes end: from now on nothing is asked, and what has been is answered. What were
   * still under way, nobody could answer any more.
   */
  void rest() throws InterruptedException, ExecutionException {
    pace.submit(() -> pauses = true).get(); // behind whatever is being asked at this moment
    awaitAnswers();
  }

  private void awaitAnswers() throws InterruptedException {
    while (underWay.get() > 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  void goOn() {
    pauses = false;
  }

  private void next() {
    if (pauses) {
      return;
    }
    int number = numbers.incrementAndGet();
    switch (number % 5) {
      case 0 -> write(number / 5 % DOCUMENTS);
      case 1, 2 -> read("/docs/demo-" + number % DOCUMENTS);
      default -> read("/demo/" + number % 20);
    }
  }

  private void read(String path) {
    begin(path, it -> it.GET());
  }

  private void write(int number) {
    var document = documents.get(number);
    if (document.isBusy()) {
      return;
    }
    int value = document.begin();
    var key = '"' + UUID.randomUUID().toString() + '"';
    begin(
            "/docs/demo-" + number,
            it ->
                it.header("Content-Type", "application/json")
                    .header("Idempotency-Key", key)
                    .PUT(BodyPublishers.ofString(Integer.toString(value))))
        .thenAccept(status -> document.ended(value, status / 100 == 2));
  }

  @FunctionalInterface
  private interface Kind {
    HttpRequest.Builder of(HttpRequest.Builder request);
  }

  /**
   * One request, however often it is sent.
   *
   * @param first of the nodes, to which it is sent in turn
   */
  private record Asked(String path, Kind kind, int first, long sinceNanos) {}

  private CompletableFuture<Integer> begin(String path, Kind kind) {
    underWay.incrementAndGet();
    var asked = new Asked(path, kind, numbers.get(), System.nanoTime());
    return send(asked, 0).whenComplete((status, failure) -> underWay.decrementAndGet());
  }

  /** The status that came in the end; 0: none. */
  private CompletableFuture<Integer> send(Asked asked, int tries) {
    var node = nodes.get(Math.floorMod(asked.first() + tries, nodes.size()));
    var builder = HttpRequest.newBuilder(node.resolve(asked.path())).timeout(ANSWER_MAX);
    var request = asked.kind().of(builder).build();
    return client
        .sendAsync(request, BodyHandlers.discarding())
        .handle(
            (answer, failure) ->
                failure == null
                    ? CompletableFuture.completedFuture(answered(answer, asked.sinceNanos()))
                    : again(asked, tries + 1))
        .thenCompose(it -> it);
  }

  private CompletableFuture<Integer> again(Asked asked, int tries) {
    if (tries >= 3 * nodes.size()) {
      counts.failed.incrementAndGet();
      return CompletableFuture.completedFuture(0);
    }
    counts.again.incrementAndGet();
    var later = CompletableFuture.delayedExecutor(BETWEEN_TRIES.toMillis(), TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> send(asked, tries), later).thenCompose(it -> it);
  }

  private int answered(HttpResponse<Void> answer, long since) {
    var now = counts;
    now.longestNanos.accumulateAndGet(System.nanoTime() - since, Math::max);
    if (answer.statusCode() >= 500) {
      now.refused.incrementAndGet();
    } else {
      now.answered.incrementAndGet();
    }
    if (answer
        .headers()
        .firstValue("Cache-Status")
        .filter(it -> it.contains("detail="))
        .isPresent()) {
      now.marked.incrementAndGet();
    }
    return answer.statusCode();
  }

  /** Documents that are not as they were last acknowledged, nor as a later write made them. */
  List<String> lost() throws IOException, InterruptedException {
    var lost = new ArrayList<String>();
    for (var entry : documents.entrySet()) {
      var document = entry.getValue();
      if (document.acknowledged > 0) {
        var uri = nodes.get(0).resolve("/docs/demo-" + entry.getKey());
        var request = HttpRequest.newBuilder(uri).header("Cache-Control", "no-cache").build();
        var answer = client.send(request, BodyHandlers.ofString());
        boolean isKept =
            answer.statusCode() == 200
                && Integer.parseInt(answer.body().strip()) >= document.acknowledged;
        if (!isKept) {
          lost.add(
              "demo-%d: %d acknowledged, %s read"
                  .formatted(entry.getKey(), document.acknowledged, answer.body().strip()));
        }
      }
    }
    return lost;
  }

  /** How many documents have an acknowledged write. */
  long written() {
    return documents.values().stream().filter(it -> it.acknowledged > 0).count();
  }

  @Override
  public void close() throws InterruptedException {
    pace.shutdownNow();
    if (!pace.awaitTermination(5, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the load does not end");
    }
    while (documents.values().stream().anyMatch(Document::isBusy)) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
