package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real processes, killed, paused and stopped; short forms of what {@code scripts/chaos} does long.
 */
class FaultsTest {
  private static final int DOCUMENTS = 40;

  /** Two, which each test leaves as it found them: running. */
  private static NodeProcesses nodes;

  private static final String GET = "GET /docs/d1 HTTP/1.1\r\nHost: a\r\n\r\n";

  /** Two seconds, less what it takes to notice that they have begun. */
  private static final Duration NEW_ONES_SERVED_FOR = Duration.ofMillis(1000);

  @BeforeAll
  static void start() {
    nodes = NodeProcesses.start(2, TestDatabase.H2.fresh());
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private static String tag(HttpResponse<?> response) {
    return response.headers().firstValue("ETag").orElse("none");
  }

  private static boolean isMarked(HttpResponse<?> response) {
    return response.headers().firstValue("Cache-Status").isPresent();
  }

  /** Writes every document through a node, and gives the tags that were acknowledged. */
  private static Map<String, String> writeAll(NodeProcesses nodes, int through, String value) {
    var tags = new TreeMap<String, String>();
    for (int i = 0; i < DOCUMENTS; i++) {
      var written = nodes.put(through, "/docs/d" + i, "\"" + value + i + "\"");
      assertThat(written.statusCode()).as(written.body()).isIn(201, 204);
      tags.put("/docs/d" + i, tag(written));
    }
    return tags;
  }

  private static void assertAllThere(NodeProcesses nodes, int through, Map<String, String> tags) {
    tags.forEach(
        (path, tag) -> {
          var read = nodes.get(through, path, "Cache-Control", "no-cache");
          assertThat(read.statusCode()).as(path + ": " + read.body()).isEqualTo(200);
          assertThat(tag(read)).as(path).isEqualTo(tag);
          assertThat(isMarked(read)).isFalse();
        });
  }

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void killingTwoOfThreeLosesNothingAndTheLastOneServesEverything(TestDatabase database) {
    try (var three = NodeProcesses.start(3, database.fresh())) {
      var tags = writeAll(three, 1, "first");
      three.kill(1);
      assertAllThere(three, 2, tags);
      var later = writeAll(three, 3, "second");
      three.kill(3);
      assertAllThere(three, 2, later);
      writeAll(three, 2, "third");
    }
  }

  @Test
  void killingAllLosesNothing() {
    var tags = writeAll(nodes, 1, "before all are killed");
    nodes.kill(1);
    nodes.kill(2);
    nodes.start(1);
    nodes.start(2);
    nodes.awaitReady();
    assertAllThere(nodes, 1, tags);
  }

  @Test
  void aNodeThatWakesUpAnswersNothingOldAsCurrentAndComesBackByItself() {
    int lives = lives(2);
    var tags = new TreeMap<String, String>();
    assertThat(oldAnswersOfANodeThatWakesUp(tags)).isEmpty();
    await().atMost(Duration.ofSeconds(30)).until(() -> lives(2) > lives);
    assertThat(nodes.logged(2)).as("to lose shards is no error").doesNotContain(" ERROR ");
    assertAllThere(nodes, 2, tags);
    assertAllThere(nodes, 1, tags);
  }

  /** How often the node has become ready. */
  private static int lives(int node) {
    return nodes.logged(node).split("n" + node + " is ready", -1).length - 1;
  }

  /** Reads wait at a paused node while the other one takes its documents over and changes them. */
  private static List<String> oldAnswersOfANodeThatWakesUp(Map<String, String> tags) {
    writeAll(nodes, 1, "before the pause").keySet().forEach(path -> nodes.get(2, path));
    nodes.pause(2);
    tags.putAll(writeAll(nodes, 1, "during the pause"));
    var reads = new TreeMap<String, CompletableFuture<HttpResponse<String>>>();
    tags.keySet().forEach(path -> reads.put(path, nodes.getLater(2, path)));
    nodes.resume(2);
    var old = new ArrayList<String>();
    reads.forEach(
        (path, read) -> {
          var answer = answerOrNone(read);
          if (answer.isPresent() && isOldAsCurrent(answer.get(), tags.get(path))) {
            old.add(path + " " + tag(answer.get()));
          }
        });
    return old;
  }

  private static boolean isOldAsCurrent(HttpResponse<?> answer, String tag) {
    return answer.statusCode() == 200 && !isMarked(answer) && !tag(answer).equals(tag);
  }

  /** A node that leaves may also close the connection. */
  private static Optional<HttpResponse<String>> answerOrNone(
      CompletableFuture<HttpResponse<String>> read) {
    try {
      return Optional.of(read.join());
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(IOException.class);
      return Optional.empty();
    }
  }

  @Test
  void stoppingANodeInOrderLosesNothingAndNoRequest() throws IOException {
    var tags = writeAll(nodes, 1, "before the stop");
    var address = new InetSocketAddress("127.0.0.1", nodes.httpPort(1));
    try (var uploading = RawClient.connect(address);
        var kept = RawClient.connect(address)) {
      uploading.send(
          "PUT /docs/slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
              + "Content-Length: 4\r\n\r\n12");
      assertThat(kept.send(GET).read().closes()).isFalse();

      nodes.terminate(1);
      await().until(() -> nodes.send(nodes.admin(1, "/readyz"), "GET", null).statusCode() == 503);
      long notReadyNanos = System.nanoTime();
      assertThat(kept.send(GET).read().closes()).isTrue();
      assertThat(kept.ended()).isTrue();
      var refused = awaitRefusal(address);
      assertThat(Duration.ofNanos(refused - notReadyNanos)).isGreaterThan(NEW_ONES_SERVED_FOR);

      var answer = uploading.send("34").read();
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.closes()).isTrue();
      assertThat(uploading.ended()).isTrue();
    }
    nodes.exitCode(1);
    assertAllThere(nodes, 2, tags);
    assertThat(nodes.get(2, "/docs/slow").body()).isEqualTo("1234");
    assertThat(nodes.logged(1)).contains("n1 drains").contains("n1 has left");
    nodes.start(1);
    nodes.awaitReady();
  }

  /** New connections get their answer until the first that is refused. */
  private static long awaitRefusal(InetSocketAddress address) throws IOException {
    while (true) {
      try (var late = RawClient.connect(address)) {
        var answer = late.send(GET).read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.closes()).isTrue();
      } catch (SocketException e) {
        return System.nanoTime(); // refused, or not taken any more when the port was closed
      }
    }
  }
}
