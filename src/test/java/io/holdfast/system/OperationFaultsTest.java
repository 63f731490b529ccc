package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** What three real nodes have accepted is finished, whatever dies meanwhile (promise G10). */
@Timeout(240)
@TestMethodOrder(MethodOrderer.Random.class)
class OperationFaultsTest {
  private static final int OPERATIONS = 2000;
  private static final int CLIENTS = 16;
  private static final int KILLS_MAX = 4;
  private static final Duration BETWEEN_KILLS = Duration.ofSeconds(5);
  private static final Duration TO_FINISH = Duration.ofSeconds(90);

  /** Longer on demand: {@code mvn test -Dtest=OperationFaultsTest -Dholdfast.away.seconds=60}. */
  private static final Duration AWAY =
      Duration.ofSeconds(Integer.getInteger("holdfast.away.seconds", 12));

  /** Shards are handed over in 5 s at most, whatever is under way. */
  private static final Duration MORE_THAN_A_HAND_OVER = Duration.ofSeconds(6);

  private static final AtomicInteger names = new AtomicInteger();

  /** How many effects a content had: the service has one for each key. */
  private static final Map<String, AtomicInteger> effects = new ConcurrentHashMap<>();

  private static final Map<String, String> byKey = new ConcurrentHashMap<>();
  private static volatile CountDownLatch gate = new CountDownLatch(0);
  private static volatile CountDownLatch onceGate = new CountDownLatch(0);
  private static Origin service;

  /** It ignores keys: what it may have got cannot be sent again. */
  private static Origin once;

  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    service = Origin.start(OperationFaultsTest::answer);
    var properties = new ArrayList<>(Services.properties("made", service));
    properties.add("holdfast.upstreams.made.idempotency-key=honoured");
    properties.add("holdfast.routes.made.async.mode=allowed");
    properties.add("holdfast.routes.made.async.attempts-max=6");
    properties.add("holdfast.routes.made.async.backoff=50ms");
    properties.add("holdfast.routes.made.async.backoff-max=500ms");
    once =
        Origin.start(
            (request, exchange) -> {
              effects
                  .computeIfAbsent(request.content(), c -> new AtomicInteger())
                  .incrementAndGet();
              onceGate.await();
              exchange.text(201, "once");
            });
    properties.addAll(Services.properties("once", once));
    properties.add("holdfast.routes.once.async.mode=allowed");
    properties.add("holdfast.routes.once.deadline=30s");
    properties.add("holdfast.upstreams.once.first-byte-timeout=30s");
    properties.add("holdfast.upstreams.once.attempt-timeout=30s");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    once.close();
    service.close();
  }

  private static void answer(Origin.Request request, Origin.Exchange exchange) throws Exception {
    gate.await();
    var key = request.field("Idempotency-Key").orElseThrow();
    var answer =
        byKey.computeIfAbsent(
            key,
            it -> {
              effects
                  .computeIfAbsent(request.content(), c -> new AtomicInteger())
                  .incrementAndGet();
              return "made of " + request.content();
            });
    exchange.text(201, answer);
  }

  /** At any node that takes it, under a key of its own, again and again until one has said yes. */
  private static String accepted(String content) {
    for (int tries = 0; tries < 200; tries++) {
      try {
        var answer =
            nodes.send(
                1 + ((content.hashCode() & 0xffff) + tries) % 3,
                "POST",
                "/made/" + content,
                content,
                "Prefer",
                "respond-async",
                "Idempotency-Key",
                "of-" + content);
        if (answer.statusCode() == 202) {
          return answer.headers().firstValue("Location").orElseThrow();
        }
      } catch (UncheckedIOException e) {
        // that node is dead, or died over it
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
    throw new AssertionError("no node accepted " + content);
  }

  private static List<CompletableFuture<String>> acceptAll(
      ExecutorService clients, String name, int count) {
    var all = new ArrayList<CompletableFuture<String>>();
    for (int i = 0; i < count; i++) {
      var content = name + "-" + i;
      all.add(CompletableFuture.supplyAsync(() -> accepted(content), clients));
    }
    return all;
  }

  private static HttpResponse<String> result(int node, String location) {
    return nodes.get(node, location + "/result");
  }

  private static void awaitAll(ExecutorService clients, List<String> locations, String name)
      throws Exception {
    var checks = new ArrayList<CompletableFuture<Void>>();
    for (int i = 0; i < locations.size(); i++) {
      int nr = i;
      checks.add(CompletableFuture.runAsync(() -> awaitOne(nr, locations, name), clients));
    }
    for (var check : checks) {
      check.get(2 * TO_FINISH.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void awaitOne(int nr, List<String> locations, String name) {
    if (!isDone(nr, locations)) { // most are, and to wait for each takes a while
      await(locations.get(nr)).atMost(TO_FINISH).until(() -> isDone(nr, locations));
    }
    for (int node = 1; node <= 3; node++) {
      assertThat(result(node, locations.get(nr)).body())
          .as("read at n%d", node)
          .isEqualTo("made of " + name + "-" + nr);
    }
    assertThat(effects.get(name + "-" + nr).get()).as("effects").isEqualTo(1);
  }

  private static boolean isDone(int nr, List<String> locations) {
    int node = 1 + nr % 3;
    boolean done = result(node, locations.get(nr)).statusCode() == 201;
    var now = done ? "" : nodes.get(node, locations.get(nr)).body();
    assertThat(now).doesNotContain("\"state\":\"failed\"");
    return done;
  }

  private static int done(String name) {
    return (int) effects.keySet().stream().filter(it -> it.startsWith(name + "-")).count();
  }

  private static String unique(String name) {
    return name + names.incrementAndGet();
  }

  @Test
  void twoThousandAreFinishedOnceWhileANodeIsKilledEveryFewSeconds() throws Exception {
    var name = unique("many");
    var clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      var calls = acceptAll(clients, name, OPERATIONS);
      var all = CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new));
      for (int kills = 0; kills < 3 || kills < KILLS_MAX && !all.isDone(); kills++) {
        int node = 1 + kills % 3;
        LockSupport.parkNanos(BETWEEN_KILLS.toNanos());
        nodes.kill(node);
        nodes.start(node);
      }
      nodes.awaitReady();
      var locations = new ArrayList<String>();
      for (var call : calls) {
        locations.add(call.get(120, TimeUnit.SECONDS));
      }
      assertThat(locations).doesNotHaveDuplicates();
      awaitAll(clients, locations, name);
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void whenAllAreKilledAtOnceNothingIsMissingAndWorkGoesOnSoon() throws Exception {
    var name = unique("all");
    gate = new CountDownLatch(1);
    var clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      var locations = new ArrayList<String>();
      for (var call : acceptAll(clients, name, 200)) {
        locations.add(call.get(60, TimeUnit.SECONDS));
      }
      for (int node = 1; node <= 3; node++) {
        nodes.kill(node);
      }
      gate.countDown();
      int before = done(name);
      for (int node = 1; node <= 3; node++) {
        nodes.start(node);
      }
      nodes.awaitReady();
      await().atMost(Duration.ofSeconds(5)).until(() -> done(name) > before);
      awaitAll(clients, locations, name);
    } finally {
      gate.countDown();
      clients.shutdownNow();
    }
  }

  @Test
  void whileTheirServiceIsAwayTheyWaitAndThenAllAreFinished() throws Exception {
    var name = unique("away");
    var clients = Executors.newFixedThreadPool(CLIENTS);
    service.does((request, exchange) -> exchange.reset());
    try {
      var locations = new ArrayList<String>();
      for (var call : acceptAll(clients, name, 100)) {
        locations.add(call.get(60, TimeUnit.SECONDS));
      }
      // Without the breaker the six attempts of each would be used up within three seconds.
      LockSupport.parkNanos(AWAY.toNanos());
      assertThat(done(name)).isZero();
      service.does(OperationFaultsTest::answer);
      awaitAll(clients, locations, name);
    } finally {
      service.does(OperationFaultsTest::answer);
      clients.shutdownNow();
    }
  }

  @Test
  void aNodeThatLeavesWaitsForWhatCannotBeSentAgain() throws Exception {
    var name = unique("once");
    onceGate = new CountDownLatch(1);
    var locations = new ArrayList<String>();
    try {
      for (int i = 0; i < 8; i++) {
        var content = name + "-" + i;
        var answer = nodes.send(3, "POST", "/once", content, "Prefer", "respond-async");
        assertThat(answer.statusCode()).isEqualTo(202);
        locations.add(answer.headers().firstValue("Location").orElseThrow());
      }
      await().until(() -> done(name) == locations.size());
      nodes.terminate(3);
      await().until(() -> !isOpen(3));
      LockSupport.parkNanos(MORE_THAN_A_HAND_OVER.toNanos());
    } finally {
      onceGate.countDown();
    }
    nodes.exitCode(3);
    nodes.start(3);
    nodes.awaitReady();
    for (var location : locations) {
      await(location).until(() -> nodes.get(1, location).body().contains("\"result\":"));
      assertThat(nodes.get(2, location).body())
          .contains("\"state\":\"succeeded\"")
          .contains("\"attempts\":1,");
    }
    for (int i = 0; i < locations.size(); i++) {
      assertThat(effects.get(name + "-" + i).get()).isEqualTo(1);
    }
  }

  private static boolean isOpen(int node) {
    try {
      nodes.get(node, "/operations?limit=1");
      return true;
    } catch (UncheckedIOException e) {
      return false;
    }
  }
}
