package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node leaves in order, and what it has begun to answer is answered whole. */
@Timeout(120)
class DrainTest {
  /** Beyond what a node waits for requests to arrive, and for the deadline of the route. */
  private static final int SECONDS = 13;

  @Test
  void anAnswerThatTakesLongerThanAllDeadlinesIsLetGoOn() throws Exception {
    try (var origin = Origin.start((request, it) -> answerSlowly(it));
        var nodes = NodeProcesses.start(1, TestDatabase.H2.fresh(), properties(origin))) {
      var answer = nodes.getLater(1, "/slow");
      await().atMost(Duration.ofSeconds(10)).until(() -> !origin.requests().isEmpty());
      nodes.terminate(1);

      assertThat(answer.get(60, TimeUnit.SECONDS).body()).isEqualTo("x".repeat(SECONDS));
      assertThat(nodes.exitCode(1)).as("of SIGTERM").isIn(0, 143);
      assertThat(nodes.logged(1)).containsPattern("Handed over (\\d+) of \\1 shards in \\d+ ms");
    }
  }

  private static String[] properties(Origin origin) {
    var properties = new ArrayList<>(Services.properties("slow", origin));
    properties.add("holdfast.routes.slow.deadline=1s");
    return properties.toArray(String[]::new);
  }

  private static void answerSlowly(Origin.Exchange exchange) throws Exception {
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(SECONDS));
    for (int i = 0; i < SECONDS; i++) {
      exchange.send("x");
      LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
    }
  }
}
