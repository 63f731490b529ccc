package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Nodes that give every sign of life, and cannot serve. */
class GrayFailureTest {
  private static final int DOCUMENTS = 40;
  private static final int FAILED = 1;

  /** As {@code -XX:+ExitOnOutOfMemoryError} ends a process. */
  private static final int OUT_OF_MEMORY = 3;

  private static final Duration SOON = Duration.ofSeconds(40);

  private static void writeAll(NodeProcesses nodes, int through, String value) {
    for (int i = 0; i < DOCUMENTS; i++) {
      var written = nodes.put(through, "/docs/d" + i, "\"" + value + "\"");
      assertThat(written.statusCode()).as(written.body()).isIn(201, 204);
      var read = nodes.get(through, "/docs/d" + i, "Cache-Control", "no-cache");
      assertThat(read.body()).isEqualTo("\"" + value + "\"");
    }
  }

  @Test
  void aNodeThatCannotServeLeavesToThoseWhoCanAndTheLastOneStays() {
    try (var nodes =
        NodeProcesses.start(
            3,
            TestDatabase.H2.fresh(),
            "holdfast.cluster.self-check.interval=300ms",
            "holdfast.cluster.self-check.timeout=1s",
            "holdfast.cluster.self-check.leave-after=4s")) {
      writeAll(nodes, 1, "before");

      nodes.say(1, "block");
      nodes.useUpDescriptors(2);

      assertThat(nodes.exitCode(1)).as(nodes.logged(1)).isEqualTo(FAILED);
      assertThat(nodes.exitCode(2)).as(nodes.logged(2)).isEqualTo(FAILED);
      assertThat(nodes.logged(2)).contains("n2 ends: ").contains("no file descriptor is left");
      writeAll(nodes, 3, "without them");

      nodes.say(3, "block");
      await().atMost(SOON).until(() -> nodes.logged(3).contains("it stays, for nobody else"));
      nodes.say(3, "unblock");
      await().atMost(SOON).until(() -> nodes.logged(3).contains("answers its own requests again"));
      nodes.awaitReady();
      writeAll(nodes, 3, "alone");
      assertThat(nodes.logged(3)).doesNotContain("n3 starts anew").doesNotContain("n3 ends");

      int another = nodes.launchAnother();
      nodes.awaitReady();
      nodes.say(another, "fill");
      assertThat(nodes.exitCode(another)).as(nodes.logged(another)).isEqualTo(OUT_OF_MEMORY);
      writeAll(nodes, 3, "without the one that had no memory");
    }
  }
}
