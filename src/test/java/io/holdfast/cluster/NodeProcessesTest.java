package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.database.DatabaseSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An observer in this process, and two nodes in processes that are really killed and paused. */
class NodeProcessesTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Logger log = LoggerFactory.getLogger(NodeProcessesTest.class);

  private final DatabaseSettings database = TestNode.freshDatabase();
  private final TestNode observer = TestNode.start("n1", database);
  private final List<Other> others = new ArrayList<>();

  /** A node's process, and when it said what. */
  private static final class Other {
    final Process process;
    final CompletableFuture<Long> up = new CompletableFuture<>();
    final CompletableFuture<Long> anew = new CompletableFuture<>();

    Other(Process process) {
      this.process = process;
      var thread = new Thread(this::listen, "listener");
      thread.setDaemon(true);
      thread.start();
    }

    private void listen() {
      try (var output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (var line = output.readLine(); line != null; line = output.readLine()) {
          if (line.startsWith("node: up")) {
            up.complete(System.nanoTime());
          } else if (line.startsWith("node: anew")) {
            anew.complete(System.nanoTime());
          }
        }
      } catch (IOException e) {
        log.debug("The process has ended: {}", e.toString());
      }
    }

    void signal(String signal) throws Exception {
      var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
      assertThat(kill.waitFor()).isZero();
    }
  }

  @AfterEach
  void endAll() throws Exception {
    for (var other : others) {
      other.process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
    observer.close();
  }

  private Other start(String name) throws IOException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NodeProcess.class.getName(),
                name,
                database.url(),
                database.user(),
                database.password())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var other = new Other(process);
    others.add(other);
    return other;
  }

  private void awaitThree() throws Exception {
    for (var other : others) {
      other.up.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
    await().atMost(SOON).until(() -> observer.upMembers() == 3 && observer.life.lifelines() == 2);
  }

  @Test
  void aKilledNodeIsRemovedWithinASecondAndOnesThatGoOnStay() throws Exception {
    var victim = start("n2");
    var other = start("n3");
    awaitThree();

    long killed = System.nanoTime();
    victim.process.destroyForcibly();
    await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> observer.upMembers() == 2);

    var took = Duration.ofNanos(System.nanoTime() - killed);
    log.info("Removed {} ms after SIGKILL", took.toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(2));
    var noticed = observer.meters.get("holdfast.failover").tag("step", "noticed").timer();
    assertThat(noticed.count()).isEqualTo(1);
    assertThat(noticed.max(TimeUnit.MILLISECONDS)).isLessThan(500);
    assertThat(other.anew).isNotDone();
  }

  @Test
  void aNodePausedForSixSecondsIsRemovedAndStartsAnewWithinASecondOfBeingResumed()
      throws Exception {
    var victim = start("n2");
    var other = start("n3");
    awaitThree();

    victim.signal("STOP");
    long stopped = System.nanoTime();
    await().atMost(Duration.ofSeconds(6)).until(() -> observer.upMembers() == 2);
    log.info("Removed {} ms after SIGSTOP", (System.nanoTime() - stopped) / 1_000_000);
    await()
        .atMost(Duration.ofSeconds(8))
        .until(() -> System.nanoTime() - stopped > Duration.ofSeconds(6).toNanos());
    assertThat(victim.anew).isNotDone();

    long resumed = System.nanoTime();
    victim.signal("CONT");
    long noticed = victim.anew.get(10, TimeUnit.SECONDS);

    var took = Duration.ofNanos(noticed - resumed);
    log.info("Starts anew {} ms after SIGCONT", took.toMillis());
    assertThat(took).isLessThan(Duration.ofSeconds(2));
    assertThat(other.anew).isNotDone();
    assertThat(observer.isStartingAnew()).isFalse();
    assertThat(observer.upMembers()).isEqualTo(2);
  }
}
