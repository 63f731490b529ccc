package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that wait for changes, at real nodes, one of which is killed. */
class WatchingTest {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private CompletableFuture<HttpResponse<String>> wait(
      NodeProcesses nodes, int node, String path, String known, int seconds) {
    var request =
        HttpRequest.newBuilder(nodes.http(node, path))
            .timeout(Duration.ofSeconds(40))
            .header("If-None-Match", known)
            .header("Prefer", "wait=" + seconds)
            .build();
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void nobodyMissesAChangeThoughANodeIsKilled(TestDatabase database) throws Exception {
    try (var nodes = NodeProcesses.start(3, database.fresh())) {
      documentsAnswerWhenTheyChange(nodes);
      collectionsTellEveryChange(nodes);
    }
  }

  private void documentsAnswerWhenTheyChange(NodeProcesses nodes) throws Exception {
    var path = "/docs/" + UUID.randomUUID();
    nodes.put(1, path, "1");
    assertThat(wait(nodes, 1, path, "\"1\"", 1).get(20, TimeUnit.SECONDS).statusCode())
        .isEqualTo(304);
    assertThat(wait(nodes, 1, path, "\"0\"", 30).get(20, TimeUnit.SECONDS).statusCode())
        .isEqualTo(200);
    var watchers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int node = 1; node <= 3; node++) {
      watchers.add(wait(nodes, node, path, "\"1\"", 30));
    }
    await()
        .during(Duration.ofMillis(300))
        .until(() -> watchers.stream().noneMatch(it -> it.isDone()));
    nodes.put(2, path, "2");
    for (var watcher : watchers) {
      var answer = watcher.get(20, TimeUnit.SECONDS);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("2");
      assertThat(answer.headers().firstValue("ETag")).contains("\"2\"");
    }
    var gone = wait(nodes, 3, path, "\"2\"", 30);
    await().during(Duration.ofMillis(300)).until(() -> !gone.isDone());
    nodes.send(1, "DELETE", path, null);
    assertThat(gone.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(404);
  }

  private void collectionsTellEveryChange(NodeProcesses nodes) throws Exception {
    var expected = new ArrayList<String>();
    var first = Events.watch(client, nodes.http(3, "/docs"), "");
    await().until(() -> !first.lastId.isEmpty());
    writeSome(nodes, List.of(1, 2, 3), "a", expected);
    awaitSeen(first, expected, nodes);
    assertThat(first.seen).containsExactlyInAnyOrderElementsOf(expected);
    nodes.kill(3);
    var lastId = first.lastId;
    var missed = new ArrayList<String>();
    writeSome(nodes, List.of(1, 2), "b", missed);
    try (var second = Events.watch(client, nodes.http(1, "/docs"), lastId)) {
      awaitSeen(second, missed, nodes);
      writeSome(nodes, List.of(2, 1), "c", missed);
      awaitSeen(second, missed, nodes);
      var known = new ArrayList<>(expected);
      known.addAll(missed);
      assertThat(known).containsAll(second.seen);
      assertThat(watching(nodes, 1)).isEqualTo(1);
    }
    nodes.put(1, "/docs/a0", "\"nobody hears of it\"");
    await().atMost(Duration.ofSeconds(20)).until(() -> watching(nodes, 1) == 0);
    assertThat(
            nodes.get(1, "/docs", "Accept", "text/event-stream", "Last-Event-ID", "?").statusCode())
        .isEqualTo(400);
    var old = nodes.get(2, "/docs", "Accept", "text/event-stream", "Last-Event-ID", "1.a-1");
    assertThat(old.statusCode()).isEqualTo(410);
    assertThat(old.body()).contains("https://holdfast.dev/problems/gone");
  }

  private static void awaitSeen(Events events, List<String> expected, NodeProcesses nodes) {
    try {
      await().atMost(Duration.ofSeconds(20)).until(() -> events.seen.containsAll(expected));
    } catch (ConditionTimeoutException e) {
      assertThat(events.seen)
          .as(() -> "ended: " + events.ended + "\n" + nodes.logged(3))
          .containsAll(expected);
    }
  }

  private static double watching(NodeProcesses nodes, int node) {
    return nodes
        .send(nodes.admin(node, "/metrics"), "GET", null)
        .body()
        .lines()
        .filter(line -> line.startsWith("holdfast_requests_watching "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static void writeSome(
      NodeProcesses nodes, List<Integer> through, String prefix, List<String> expected) {
    for (int i = 0; i < 20; i++) {
      var id = prefix + i % 7;
      int node = through.get(i % through.size());
      if (i % 10 == 9) {
        var deleted = nodes.send(node, "DELETE", "/docs/" + id, null);
        assertThat(deleted.statusCode()).isEqualTo(204);
        var tag =
            nodes.put(node, "/docs/" + id, "\"again\"").headers().firstValue("ETag").orElseThrow();
        long version = Long.parseLong(tag.replace("\"", ""));
        expected.add("delete " + id + " " + (version - 1));
        expected.add("change " + id + " " + version);
      } else {
        var written = nodes.put(node, "/docs/" + id, Integer.toString(i));
        var tag = written.headers().firstValue("ETag").orElseThrow();
        expected.add("change " + id + " " + tag.replace("\"", ""));
      }
    }
  }
}
