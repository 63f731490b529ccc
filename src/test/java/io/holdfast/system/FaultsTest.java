package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real processes, killed, paused and stopped; short forms of what {@code scripts/chaos} does long.
 */
class FaultsTest {
  private static final int DOCUMENTS = 40;

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
    try (var nodes = NodeProcesses.start(3, database.fresh())) {
      var tags = writeAll(nodes, 1, "first");
      nodes.kill(1);
      assertAllThere(nodes, 2, tags);
      var later = writeAll(nodes, 3, "second");
      nodes.kill(3);
      assertAllThere(nodes, 2, later);
      writeAll(nodes, 2, "third");
    }
  }

  @Test
  void killingAllLosesNothing() {
    try (var nodes = NodeProcesses.start(2, TestDatabase.H2.fresh())) {
      var tags = writeAll(nodes, 1, "first");
      nodes.kill(1);
      nodes.kill(2);
      nodes.start(1);
      nodes.start(2);
      nodes.awaitReady();
      assertAllThere(nodes, 1, tags);
    }
  }

  @Test
  void aNodeThatWakesUpAnswersNothingOldAsCurrentAndComesBackByItself() {
    try (var nodes = NodeProcesses.start(2, TestDatabase.H2.fresh())) {
      writeAll(nodes, 1, "first");
      nodes.pause(2);
      var tags = writeAll(nodes, 1, "second");
      nodes.resume(2);
      tags.forEach((path, tag) -> assertNotOldAsCurrent(nodes, path, tag));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> nodes.logged(2).split("n2 is ready", -1).length > 2);
      assertAllThere(nodes, 2, tags);
      assertAllThere(nodes, 1, tags);
    }
  }

  /**
   * It may refuse, close the connection, or answer with a mark; never an old version without one.
   */
  private static void assertNotOldAsCurrent(NodeProcesses nodes, String path, String tag) {
    try {
      var read = nodes.get(2, path);
      if (read.statusCode() == 200 && !isMarked(read)) {
        assertThat(tag(read)).as(path).isEqualTo(tag);
      }
    } catch (java.io.UncheckedIOException e) {
      assertThat(e.getCause()).isNotNull();
    }
  }

  @Test
  void stoppingANodeInOrderLosesNothingAndNoRequest() {
    try (var nodes = NodeProcesses.start(2, TestDatabase.H2.fresh())) {
      var tags = writeAll(nodes, 1, "first");
      nodes.stop(1);
      assertAllThere(nodes, 2, tags);
      assertThat(nodes.logged(1)).contains("n1 drains").contains("n1 has left");
    }
  }
}
