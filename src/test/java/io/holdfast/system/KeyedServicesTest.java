package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** The same write fifty times at once at three real nodes, of which one is killed meanwhile. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.Random.class)
class KeyedServicesTest {
  private static final AtomicInteger keys = new AtomicInteger();
  private static final ConcurrentMap<String, AtomicInteger> sent = new ConcurrentHashMap<>();
  private static final ConcurrentMap<String, String> effects = new ConcurrentHashMap<>();
  private static Origin ignoring;
  private static Origin honouring;
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    ignoring = Origin.start((request, it) -> it.text(201, takesItsTime(request, false)));
    honouring = Origin.start((request, it) -> it.text(201, takesItsTime(request, true)));
    var properties = new ArrayList<>(Services.properties("ignoring", ignoring));
    properties.addAll(Services.properties("honouring", honouring));
    properties.add("holdfast.upstreams.honouring.idempotency-key=honoured");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    ignoring.close();
    honouring.close();
  }

  /** One that honours keys has one effect for each, however often it is asked. */
  private static String takesItsTime(Origin.Request request, boolean honours) {
    var key = request.field("Idempotency-Key").orElseThrow();
    int nr = sent.computeIfAbsent(key, it -> new AtomicInteger()).incrementAndGet();
    LockSupport.parkNanos(Duration.ofMillis(400).toNanos());
    var effect = "effect " + nr + " of " + key;
    return honours ? effects.computeIfAbsent(key, it -> effect) : effect;
  }

  private static int timesSent(String key) {
    return sent.getOrDefault(key, new AtomicInteger()).get();
  }

  private static CompletableFuture<HttpResponse<String>> post(int node, String path, String key) {
    return nodes.sendLater(node, "POST", path, "content", "Idempotency-Key", key);
  }

  /** Of the nodes that live. Until none says any more that it does not know yet. */
  private static Set<String> answers(
      List<CompletableFuture<HttpResponse<String>>> calls, String path, String key)
      throws Exception {
    var answers = new HashSet<String>();
    for (var call : calls) {
      answers.add(said(call.get(20, TimeUnit.SECONDS)));
    }
    assertThat(answers).isSubsetOf(union(answers, "504 outcome-unknown"));
    var repeated = new HashSet<String>();
    for (int node = 1; node <= 2; node++) {
      repeated.add(said(post(node, path, key).get(20, TimeUnit.SECONDS)));
    }
    assertThat(repeated).as("one truth").hasSize(1);
    answers.remove("504 outcome-unknown");
    assertThat(repeated).as("what some were told, all are").containsAll(answers);
    return repeated;
  }

  private static Set<String> union(Set<String> some, String one) {
    var all = new HashSet<>(some);
    all.removeIf(it -> !it.startsWith("201 "));
    assertThat(all).hasSizeLessThanOrEqualTo(1);
    all.add(one);
    return all;
  }

  private static String said(HttpResponse<String> answer) {
    return answer.statusCode() == 504
        ? "504 " + answer.body().replaceAll(".*problems/([a-z-]+).*", "$1")
        : answer.statusCode() + " " + answer.body();
  }

  /** Fifty at once; those at the third node may break off. */
  private static List<CompletableFuture<HttpResponse<String>>> fifty(String path, String key) {
    var atSurvivors = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 50; i++) {
      var call = post(1 + i % 3, path, key);
      if (i % 3 < 2) {
        atSurvivors.add(call);
      }
    }
    return atSurvivors;
  }

  private static void restart(int node) {
    nodes.start(node);
    nodes.awaitReady();
  }

  @Test
  void theDeathOfANodeThatOnlyWaitsChangesNothing() throws Exception {
    var key = "waits-" + keys.incrementAndGet();
    var first = post(1, "/ignoring", key);
    await().until(() -> timesSent(key) == 1);
    var calls = fifty("/ignoring", key);
    nodes.kill(3);
    try {
      assertThat(said(first.get(20, TimeUnit.SECONDS))).isEqualTo("201 effect 1 of " + key);
      assertThat(answers(calls, "/ignoring", key)).containsExactly("201 effect 1 of " + key);
      assertThat(timesSent(key)).isEqualTo(1);
    } finally {
      restart(3);
    }
    var late = post(3, "/ignoring", key).get(20, TimeUnit.SECONDS);
    assertThat(said(late)).isEqualTo("201 effect 1 of " + key);
    assertThat(late.headers().firstValue("Idempotent-Replayed")).contains("true");
  }

  @Test
  void whatADeadNodeSentToAServiceThatIgnoresKeysIsNeverSentAgain() throws Exception {
    var key = "ignored-" + keys.incrementAndGet();
    post(3, "/ignoring", key);
    await().until(() -> timesSent(key) == 1);
    var calls = fifty("/ignoring", key);
    nodes.kill(3);
    try {
      assertThat(answers(calls, "/ignoring", key)).containsExactly("504 outcome-unknown");
      assertThat(timesSent(key)).isEqualTo(1);
    } finally {
      restart(3);
    }
    assertThat(said(post(3, "/ignoring", key).get(20, TimeUnit.SECONDS)))
        .isEqualTo("504 outcome-unknown");
    assertThat(timesSent(key)).isEqualTo(1);
  }

  @Test
  void whatADeadNodeSentToAServiceThatHonoursKeysIsSentAgainByOneOfTheOthers() throws Exception {
    var key = "honoured-" + keys.incrementAndGet();
    post(3, "/honouring", key);
    await().until(() -> timesSent(key) == 1);
    var calls = fifty("/honouring", key);
    nodes.kill(3);
    try {
      assertThat(answers(calls, "/honouring", key)).containsExactly("201 effect 1 of " + key);
      assertThat(timesSent(key)).isEqualTo(2);
    } finally {
      restart(3);
    }
  }

  /** Whichever node has it. */
  @Test
  void fiftyAtOnceAreCarriedOutOnceWhileOneOfThreeNodesIsKilled() throws Exception {
    var key = "fifty-" + keys.incrementAndGet();
    var calls = fifty("/ignoring", key);
    await().until(() -> timesSent(key) > 0);
    nodes.kill(3);
    try {
      assertThat(answers(calls, "/ignoring", key))
          .isSubsetOf("201 effect 1 of " + key, "504 outcome-unknown");
      assertThat(timesSent(key)).isEqualTo(1);
    } finally {
      restart(3);
    }
  }

  @Test
  void metricsTellWhatBecameOfRequestsUnderKeys() throws Exception {
    var key = "metrics-" + keys.incrementAndGet();
    post(1, "/ignoring", key).get(20, TimeUnit.SECONDS);
    post(1, "/ignoring", key).get(20, TimeUnit.SECONDS);
    assertThat(nodes.send(nodes.admin(1, "/metrics"), "GET", "").body())
        .containsPattern(
            "holdfast_upstream_keyed_total\\{outcome=\"replayed\",upstream=\"ignoring\"} [1-9]");
  }
}
