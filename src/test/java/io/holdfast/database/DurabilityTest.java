package io.holdfast.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.WriteOutcome.Stored;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of the process that hosts H2. */
class DurabilityTest {
  private static final int KILLS = 3;
  private static final int WRITERS = 16;

  @TempDir Path directory;
  private Process server;
  private int port;

  @AfterEach
  void kill() throws InterruptedException {
    server.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
  }

  @Test
  void noAcknowledgedRowIsLostWhenTheServersProcessIsKilled() throws Exception {
    port = freePort();
    startServer();
    var settings = settings();
    var acknowledged = new ConcurrentHashMap<String, Long>();
    for (int round = 1; round <= KILLS; round++) {
      try (var node = Node.start(round, settings)) {
        var ids =
            java.util.stream.IntStream.range(0, WRITERS).mapToObj(DurabilityTest::id).toList();
        node.own(ids.toArray(String[]::new));
        verify(node, acknowledged);
        for (var id : ids) {
          keepWriting(node, id, node.highestSequenceNr(id) + 1, acknowledged);
        }
        long before = acknowledged.values().stream().mapToLong(Long::longValue).sum();
        await().pollInterval(Duration.ofMillis(2)).until(() -> sum(acknowledged) > before + 150L);
        kill();
        startServer();
        await().atMost(Duration.ofSeconds(5)).until(() -> !node.database.health().isAway());
        verify(node, acknowledged);
      }
    }
    assertThat(sum(acknowledged)).isGreaterThan(KILLS * 150L);
  }

  private static long sum(Map<String, Long> acknowledged) {
    return acknowledged.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void verify(Node node, Map<String, Long> acknowledged) throws Exception {
    for (var entry : acknowledged.entrySet()) {
      assertThat(node.highestSequenceNr(entry.getKey()))
          .as(entry.getKey())
          .isGreaterThanOrEqualTo(entry.getValue());
    }
  }

  private static void keepWriting(Node node, String id, long nr, Map<String, Long> acknowledged) {
    node.append(id, nr)
        .thenAccept(
            outcome -> {
              if (outcome instanceof Stored) {
                acknowledged.put(id, nr);
                keepWriting(node, id, nr + 1, acknowledged);
              }
            });
  }

  private static String id(int writer) {
    return "document|docs/w" + writer;
  }

  private DatabaseSettings settings() {
    return new DatabaseSettings("jdbc:h2:tcp://127.0.0.1:" + port + "/./holdfast", "sa", "x", 4);
  }

  private void startServer() throws IOException {
    server =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:TieredStopAtLevel=1",
                    "-Dh2.bindAddress=127.0.0.1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "org.h2.tools.Server",
                    "-tcp",
                    "-tcpPort",
                    String.valueOf(port),
                    "-baseDir",
                    directory.toString(),
                    "-ifNotExists"))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    await().atMost(Duration.ofSeconds(10)).until(this::answers);
  }

  private boolean answers() {
    var settings = settings();
    try (var connection =
        DriverManager.getConnection(settings.url(), settings.user(), settings.password())) {
      return connection.isValid(1);
    } catch (java.sql.SQLException e) {
      return false;
    }
  }

  /** Free at this moment; the server must have the same one after each kill. */
  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
