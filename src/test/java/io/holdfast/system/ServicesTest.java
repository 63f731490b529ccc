package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Three real nodes before services: what one learns the others know. */
@Timeout(120)
@TestMethodOrder(MethodOrderer.Random.class)
class ServicesTest {
  private static NodeProcesses nodes;
  private static Origin sick;
  private static Origin one;
  private static Origin two;
  private static Origin three;
  private static Origin checked;
  private static final AtomicBoolean isSick = new AtomicBoolean(true);

  @BeforeAll
  static void start() {
    sick = Origin.start((request, it) -> it.text(isSick.get() ? 500 : 200, "answer"));
    one = Origin.named("one");
    two = Origin.named("two");
    three = Origin.named("three");
    checked = Origin.named("checked");
    var properties = new ArrayList<String>();
    properties.addAll(Services.properties("sick", sick));
    properties.add("holdfast.upstreams.sick.breaker.calls-min=30");
    properties.addAll(Services.properties("three", one, two, three));
    properties.addAll(Services.properties("checked", checked));
    properties.add("holdfast.upstreams.checked.health.path=/health");
    properties.add("holdfast.upstreams.checked.health.interval=300ms");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    List.of(sick, one, two, three, checked).forEach(Origin::close);
  }

  private static JsonNode service(int node, String name) {
    return ShownService.of(nodes, node, name);
  }

  private static String breaker(int node, String name) {
    return service(node, name).get("breaker").asText();
  }

  /** Each node sees ten failures, and thirty are needed. */
  @Test
  void theBreakerOpensOnAllNodesForWhatTheyHaveSeenTogetherAndClosesAgain() throws IOException {
    isSick.set(true);
    for (int i = 0; i < 30; i++) {
      assertThat(nodes.get(1 + i % 3, "/sick").statusCode()).isEqualTo(500);
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .until(
            () ->
                List.of(1, 2, 3).stream()
                    .allMatch(node -> nodes.get(node, "/sick").statusCode() == 503));
    var refused = nodes.get(2, "/sick");
    assertThat(refused.body()).contains("problems/breaker-open");
    assertThat(refused.headers().firstValue("Proxy-Status").orElseThrow()).contains("failure-rate");
    var metrics = nodes.send(nodes.admin(2, "/metrics"), "GET", "").body();
    assertThat(metrics)
        .contains(
            "holdfast_upstream_breaker_state{address=\"\",state=\"open\",upstream=\"sick\"} 1.0")
        .contains("holdfast_upstream_refused_total{reason=\"breaker-open\",upstream=\"sick\"}");
    int before = sick.requests().size();
    long began = System.nanoTime();
    while (System.nanoTime() - began < Duration.ofSeconds(2).toNanos()) {
      for (int node = 1; node <= 3; node++) {
        nodes.get(node, "/sick");
      }
    }
    assertThat(sick.requests().size() - before).as("probes of the steward alone").isBetween(1, 6);
    assertThat(medianOfRefusals()).isLessThan(Duration.ofMillis(5));
    assertThat(backAfterTheWorstMoment()).isLessThan(Duration.ofSeconds(2));
  }

  /** On one connection to each node, by a client that does nothing else. */
  private static Duration medianOfRefusals() throws IOException {
    var took = new ArrayList<Duration>();
    for (int node = 1; node <= 3; node++) {
      var address = new InetSocketAddress("127.0.0.1", nodes.httpPort(node));
      try (var client = RawClient.connect(address)) {
        for (int refused = 0; refused < 51; ) {
          long began = System.nanoTime();
          int status = client.send("GET /sick HTTP/1.1\r\nHost: a\r\n\r\n").read().status();
          if (status == 503) {
            took.add(Duration.ofNanos(System.nanoTime() - began));
            refused++;
          }
        }
      }
    }
    return took.stream().sorted().toList().get(took.size() / 2);
  }

  /** The service is well again right after it was tried out in vain; until it is closed to none. */
  private static Duration backAfterTheWorstMoment() {
    int before = sick.requests().size();
    while (sick.requests().size() == before) {
      nodes.get(1, "/sick");
      nodes.get(2, "/sick");
      nodes.get(3, "/sick");
    }
    isSick.set(false);
    long healed = System.nanoTime();
    for (int node = 1; node <= 3; node++) {
      int asked = node;
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () -> {
                IntStream.rangeClosed(1, 3).forEach(it -> nodes.get(it, "/sick"));
                assertThat(nodes.get(asked, "/sick").statusCode()).isEqualTo(200);
                assertThat(breaker(asked, "sick")).as(seen("sick")).isEqualTo("closed");
              });
    }
    return Duration.ofNanos(System.nanoTime() - healed);
  }

  private static String seen(String service) {
    return List.of(service(1, service), service(2, service), service(3, service)).toString();
  }

  @Test
  void anOrderIsKnownOnAllNodesWhenItIsAnswered() {
    for (int node = 1; node <= 3; node++) {
      var path = "/upstreams/three/instances/" + two.name() + "/drain";
      var drained = nodes.send(nodes.admin(node, path), "POST", "");
      assertThat(drained.statusCode()).isEqualTo(200);
      assertThat(drained.body()).isEqualTo("{\"nodes\":3}");
      for (int asked = 1; asked <= 3; asked++) {
        for (int i = 0; i < 6; i++) {
          assertThat(nodes.get(asked, "/three").body()).isNotEqualTo("two");
        }
      }
      var restored = nodes.send(nodes.admin(node, path.replace("drain", "restore")), "POST", "");
      assertThat(restored.body()).isEqualTo("{\"nodes\":3}");
    }
    nodes.send(nodes.admin(1, "/upstreams/three/breaker/open"), "POST", "");
    for (int asked = 1; asked <= 3; asked++) {
      assertThat(nodes.get(asked, "/three").statusCode()).isEqualTo(503);
      assertThat(breaker(asked, "three")).isEqualTo("forced-open");
    }
    nodes.send(nodes.admin(3, "/upstreams/three/breaker/auto"), "POST", "");
    assertThat(nodes.get(2, "/three").statusCode()).isEqualTo(200);
  }

  /** The node that is killed had a third of the requests; the other two fail none. */
  @Test
  void theDeathOfANodeChangesNothingForTheServices() throws Exception {
    nodes.kill(3);
    try {
      for (int i = 0; i < 200; i++) {
        assertThat(nodes.get(1 + i % 2, "/three").statusCode()).isEqualTo(200);
        LockSupport.parkNanos(2_000_000);
      }
    } finally {
      nodes.start(3);
      nodes.awaitReady();
    }
    await().atMost(Duration.ofSeconds(30)).until(() -> nodes.get(3, "/three").statusCode() == 200);
  }

  @Test
  void eachInstanceIsCheckedOnceForAllNodes() {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                List.of(1, 2, 3).stream()
                    .allMatch(
                        node ->
                            service(node, "checked")
                                .get("instances")
                                .get(0)
                                .get("health")
                                .asText()
                                .equals("healthy")));
    long before = checks();
    await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
    assertThat(checks() - before).isBetween(5L, 14L);
    checked.does((request, it) -> it.text(request.line().contains("/health") ? 503 : 200, ""));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                List.of(1, 2, 3).stream()
                    .allMatch(
                        node ->
                            nodes.get(node, "/checked").body().contains("problems/no-instance")));
    checked.does((request, it) -> it.text(200, "checked"));
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                List.of(1, 2, 3).stream()
                    .allMatch(node -> nodes.get(node, "/checked").statusCode() == 200));
  }

  private static long checks() {
    return checked.requests().stream().filter(it -> it.line().contains("/health")).count();
  }
}
