package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Stored responses of three real nodes: one owner of each, whatever happens to nodes. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.Random.class)
@Tag("alone")
class StoredInClusterTest {
  /** Of two processors that three nodes share. */
  private static final Duration NOISE = Duration.ofMillis(30);

  private static final String LONG = "Cache-Control: max-age=3600";
  private static final AtomicInteger paths = new AtomicInteger();

  /** What the service has at each path; a path is below the name of a test. */
  private static final Map<String, Integer> versions = new ConcurrentHashMap<>();

  private static Origin service;
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    service = Origin.start(StoredInClusterTest::answer);
    var properties = new ArrayList<>(Services.storing("s", service));
    properties.add(NodeProcesses.SHARDS_AS_SHIPPED);
    // Its breakers open for what one test makes of it: it has no part in the others.
    properties.addAll(Services.storing("d", service));
    properties.addAll(Services.storing("w", service));
    properties.add("holdfast.routes.w.cache.warm=true");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    service.close();
  }

  private static void answer(Origin.Request request, Origin.Exchange it) throws IOException {
    var path = request.line().split(" ")[1];
    if (request.line().startsWith("POST")) {
      versions.merge(path, 1, Integer::sum);
      it.text(200, "changed");
    } else {
      it.text(200, version(path), LONG);
    }
  }

  private static String version(String path) {
    return "v" + versions.getOrDefault(path, 0);
  }

  private static String newPath() {
    return newPath("s");
  }

  private static String newPath(String route) {
    return "/" + route + "/" + paths.incrementAndGet();
  }

  private static long requests(String path) {
    return service.requests().stream().filter(it -> it.line().contains(" " + path + " ")).count();
  }

  private static String status(HttpResponse<String> response) {
    return response.headers().firstValue("Cache-Status").orElse("");
  }

  private static boolean isMarked(HttpResponse<String> response) {
    return status(response).contains("detail=");
  }

  private static HttpResponse<String> purge(int node, String order) {
    return nodes.send(nodes.admin(node, "/cache/purge"), "POST", order);
  }

  @Test
  void threeHundredClientsAreOneRequestOfTheService() throws Exception {
    var path = newPath();
    var how = threeHundredAsk(path, "v0");
    assertThat(requests(path)).as("answered as in %s", how).isEqualTo(1);
  }

  /** All nodes have copies of it, with which nobody can be answered. */
  @Test
  void threeHundredClientsOfWhatHasExpiredAreOneRequestOfTheService() throws Exception {
    var path = newPath();
    service.does((request, it) -> it.text(200, "expired", "Cache-Control: max-age=0"));
    for (int node = 1; node <= 3; node++) {
      assertThat(nodes.get(node, path).body()).isEqualTo("expired");
    }
    assertThat(requests(path)).isEqualTo(3);
    var how = threeHundredAsk(path, "v0");
    assertThat(requests(path)).as("answered as in %s", how).isEqualTo(4);
  }

  /** What {@code Cache-Status} said, without lifetimes, and how often. */
  private static Map<String, Integer> threeHundredAsk(String path, String version)
      throws Exception {
    var how = new TreeMap<String, Integer>();
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    service.does(
        (request, it) -> {
          asked.countDown();
          answer.await();
          it.text(200, version, LONG);
        });
    try {
      var clients = IntStream.range(0, 300).mapToObj(i -> nodes.getLater(1 + i % 3, path)).toList();
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      answer.countDown();
      for (var client : clients) {
        assertThat(client.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(client.get().body()).isEqualTo(version);
        how.merge(status(client.get()).replaceAll("; ttl=-?\\d+", ""), 1, Integer::sum);
      }
      return how;
    } finally {
      answer.countDown();
      service.does(StoredInClusterTest::answer);
    }
  }

  @Test
  void aChangeIsSeenThroughAllNodesOnceItIsAnswered() {
    var path = newPath();
    for (int i = 0; i < 15; i++) {
      for (int node = 1; node <= 3; node++) {
        assertThat(nodes.get(node, path).body()).isEqualTo("v" + i);
      }
      assertThat(nodes.send(1 + i % 3, "POST", path, "").body()).isEqualTo("changed");
    }
  }

  @Test
  void aPurgeIsSeenThroughAllNodesOnceItIsAnswered() {
    var path = newPath();
    for (int i = 0; i < 6; i++) {
      for (int node = 1; node <= 3; node++) {
        assertThat(nodes.get(node, path).body()).isEqualTo("v" + i);
      }
      versions.put(path, i + 1);
      var done = purge(1 + i % 3, "{\"url\":\"" + path + "\"}");
      assertThat(done.body()).isEqualTo("{\"purged\":1,\"nodes\":3}");
      assertThat(done.statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whatWasBeingFetchedWhenAPurgeCameIsNotStored() throws Exception {
    var path = newPath();
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    service.does(
        (request, it) -> {
          var before = version(path);
          asked.countDown();
          answer.await();
          it.text(200, before, LONG);
        });
    var early = nodes.getLater(2, path);
    asked.await();
    service.does(StoredInClusterTest::answer);
    versions.put(path, 1);
    assertThat(purge(1, "{\"prefix\":\"" + path + "\"}").statusCode()).isEqualTo(200);
    assertThat(nodes.get(3, path).body()).isEqualTo("v1");
    answer.countDown();
    early.get();
    for (int node = 1; node <= 3; node++) {
      assertThat(nodes.get(node, path).body()).isEqualTo("v1");
    }
  }

  /** It is named in the answer; when it wakes up it may give what it had, but says so. */
  @Test
  void aNodeThatWasPausedDuringAPurgeGivesNothingOldAsCurrent() {
    var all = IntStream.range(0, 12).mapToObj(i -> newPath()).toList();
    for (var path : all) {
      for (int node = 1; node <= 3; node++) {
        assertThat(nodes.get(node, path).body()).isEqualTo("v0");
      }
    }
    nodes.pause(3);
    try {
      all.forEach(path -> versions.put(path, 1));
      var done = purge(1, "{\"route\":\"s\"}");
      assertThat(done.statusCode()).isEqualTo(202);
      assertThat(done.body()).contains("\"pending\":[\"n3\"]");
    } finally {
      nodes.resume(3);
    }
    for (int i = 0; i < 200; i++) {
      var answer = nodes.get(3, all.get(i % all.size()));
      assertThat(answer.body().equals("v1") || isMarked(answer)).as(status(answer)).isTrue();
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> isWell(3, all.get(0), "v1"));
  }

  @Test
  void whatWasPurgedStaysGoneWhenItsOwnerDiesRightAfter() {
    var all = IntStream.range(0, 30).mapToObj(i -> newPath()).toList();
    for (var path : all) {
      for (int node = 1; node <= 3; node++) {
        assertThat(nodes.get(node, path).body()).isEqualTo("v0");
      }
    }
    all.forEach(path -> versions.put(path, 1));
    assertThat(purge(1, "{\"route\":\"s\"}").statusCode()).isEqualTo(200);
    nodes.kill(3);
    try {
      for (int i = 0; i < all.size(); i++) {
        assertThat(nodes.get(1 + i % 2, all.get(i)).body()).isEqualTo("v1");
      }
    } finally {
      nodes.start(3);
      nodes.awaitReady();
    }
  }

  private static boolean isWell(int node, String path, String body) {
    var answer = nodes.get(node, path);
    return answer.statusCode() == 200 && answer.body().equals(body) && !isMarked(answer);
  }

  @Test
  void aServiceThatIsDownIsNotSeen() {
    var path = newPath("d");
    service.does((request, it) -> it.text(200, "known", "Cache-Control: max-age=0", "ETag: \"e\""));
    assertThat(nodes.get(1, path).body()).isEqualTo("known");
    var fresh = newPath("d");
    service.does((request, it) -> it.text(200, "fresh", "Cache-Control: max-age=3600"));
    for (int node = 1; node <= 3; node++) {
      assertThat(nodes.get(node, fresh).body()).isEqualTo("fresh");
    }
    service.does((request, it) -> it.text(503, "down"));
    try {
      long before = requests(path);
      long began = System.nanoTime();
      var later = IntStream.range(0, 3).mapToObj(turn -> howMuchLater(path, fresh)).toList();
      double seconds = (System.nanoTime() - began) / 1e9;
      assertThat(later.stream().sorted().toList().get(1))
          .as("p99 of stale answers beyond twice that of hits: %s", later)
          .isLessThanOrEqualTo(NOISE);
      // One attempt and its repeats at once; then after 0.75 s and more, doubling.
      assertThat(requests(path) - before).isLessThanOrEqualTo(3 * (1 + (long) (seconds / 0.75)));
    } finally {
      service.does(StoredInClusterTest::answer);
    }
  }

  /** One turn; what else the machine does meanwhile may fall on either of the two. */
  private static Duration howMuchLater(String path, String fresh) {
    var hits = new ArrayList<Duration>();
    var stale = new ArrayList<Duration>();
    for (int i = 0; i < 450; i++) {
      hits.add(timed(1 + i % 3, fresh, "fresh"));
      stale.add(timed(1 + i % 3, path, "known"));
    }
    return p99(stale).minus(p99(hits).multipliedBy(2));
  }

  private static Duration timed(int node, String path, String content) {
    long began = System.nanoTime();
    var answer = nodes.get(node, path);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(content);
    return Duration.ofNanos(System.nanoTime() - began);
  }

  private static Duration p99(List<Duration> times) {
    return times.stream().sorted().toList().get(times.size() * 99 / 100);
  }

  // ---- all nodes die ----

  private static List<String> newWarmPaths(int count) {
    return IntStream.range(0, count).mapToObj(i -> newPath("w")).toList();
  }

  /** Of all nodes, since they began. */
  private static long warm(String what) {
    var number = Pattern.compile("\"" + what + "\":(\\d+)");
    long sum = 0;
    for (int node = 1; node <= 3; node++) {
      var shown = number.matcher(nodes.send(nodes.admin(node, "/cache"), "GET", null).body());
      assertThat(shown.find()).isTrue();
      sum += Long.parseLong(shown.group(1));
    }
    return sum;
  }

  @Test
  void whatAWarmRouteHasStoredSurvivesAllNodesAndWhatWasMadeInvalidDoesNot() {
    var kept = newWarmPaths(6);
    var changed = newWarmPaths(6);
    var purged = newWarmPaths(2);
    var all = Stream.of(kept, changed, purged).flatMap(List::stream).toList();
    long written = warm("written");
    long removed = warm("removed");
    all.forEach(path -> assertThat(nodes.get(1, path).body()).isEqualTo("v0"));
    await().until(() -> warm("written") - written == all.size());

    purged.forEach(path -> versions.put(path, 1));
    assertThat(purge(2, "{\"url\":\"" + purged.get(0) + "\"}").statusCode()).isEqualTo(200);
    assertThat(purge(2, "{\"prefix\":\"" + purged.get(1) + "\"}").statusCode()).isEqualTo(200);
    for (int i = 0; i < changed.size(); i++) {
      var done = nodes.send(1 + i % 3, "POST", changed.get(i), "");
      assertThat(done.body()).isEqualTo("changed");
      assertThat(status(done)).isEmpty();
    }
    assertThat(warm("removed") - removed).isEqualTo(changed.size());
    killAllAndStart();

    for (int i = 0; i < changed.size(); i++) {
      assertThat(nodes.get(1 + i % 3, changed.get(i)).body()).isEqualTo("v1");
    }
    purged.forEach(path -> assertThat(nodes.get(1, path).body()).isEqualTo("v1"));
    for (int i = 0; i < kept.size(); i++) {
      awaitHitWithoutTheService(1 + i % 3, kept.get(i));
    }
    kept.forEach(path -> assertThat(requests(path)).isEqualTo(1));
  }

  private static void killAllAndStart() {
    IntStream.rangeClosed(1, 3).forEach(nodes::kill);
    IntStream.rangeClosed(1, 3).forEach(nodes::start);
    nodes.awaitReady();
  }

  /** A node whose code has never run may be too slow to ask the database in time. */
  private static void awaitHitWithoutTheService(int node, String path) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              var answer = nodes.get(node, path, "Cache-Control", "only-if-cached");
              assertThat(status(answer)).contains("; hit").doesNotContain("detail=");
              assertThat(answer.body()).isEqualTo("v0");
            });
  }

  private record Seen(long sentNanos, long tookNanos, HttpResponse<String> answer) {}

  @Test
  void theDeathOfAnOwnerIsNotSeen() {
    var all = IntStream.range(0, 100).mapToObj(i -> newPath()).toList();
    for (var path : all) {
      for (int node = 1; node <= 3; node++) {
        assertThat(nodes.get(node, path).body()).isEqualTo("v0");
      }
    }
    var seen = new ConcurrentLinkedQueue<Seen>();
    var sent = new ArrayList<CompletableFuture<?>>();
    long begun = System.nanoTime();
    for (int i = 0; i < 1200; i++) {
      if (i == 300) {
        nodes.kill(3);
      }
      long due = begun + i * 5_000_000L;
      while (System.nanoTime() - due < 0) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      long now = System.nanoTime();
      sent.add(
          nodes
              .getLater(1 + i % 2, all.get((i * 37) % all.size()))
              .thenAccept(it -> seen.add(new Seen(now, System.nanoTime() - now, it))));
    }
    sent.forEach(CompletableFuture::join);
    nodes.start(3);
    nodes.awaitReady();
    assertThat(seen)
        .hasSize(1200)
        .allMatch(it -> it.answer().statusCode() == 200 && it.answer().body().equals("v0"));
    long longest = seen.stream().mapToLong(Seen::tookNanos).max().orElseThrow() / 1_000_000;
    System.out.println("Reads took up to " + longest + " ms when an owner died");
    // 100 ms are promised; the rest is what three nodes, load and tests do to two processors.
    assertThat(longest).as("%s", slowest(seen, begun)).isLessThan(1000);
  }

  private static List<String> slowest(Collection<Seen> seen, long begun) {
    return seen.stream()
        .sorted(Comparator.comparingLong(Seen::tookNanos).reversed())
        .limit(8)
        .map(
            it ->
                "%s after %d ms took %d ms: %s"
                    .formatted(
                        it.answer().uri(),
                        (it.sentNanos() - begun) / 1_000_000,
                        it.tookNanos() / 1_000_000,
                        status(it.answer())))
        .toList();
  }
}
