package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The supervisor over real processes: the real database, and fakes for nodes. */
@Timeout(120)
class SupervisorTest {
  @TempDir Path root;
  private TestCluster cluster;

  @BeforeEach
  void choosePorts() {
    cluster = new TestCluster(root);
  }

  @AfterEach
  void endWhatIsLeft() {
    cluster.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(40)).pollInterval(Duration.ofMillis(50));
  }

  private String supervisorLog() {
    return cluster.run("logs", "supervisor").out();
  }

  private List<String> states() throws IOException {
    var status = new ObjectMapper().readTree(cluster.run("status", "--json").out());
    return status.get("nodes").findValuesAsText("state");
  }

  /** Kills the database, waits until it is back, and by then everybody has been looked at. */
  private void killTheDatabaseAndAwaitIt() {
    var database = cluster.directory().database();
    var before = database.running().orElseThrow();
    database.signal(Signal.KILL);
    soon()
        .until(
            () -> {
              var now = database.running().filter(it -> !it.equals(before));
              return now.isPresent()
                  && supervisorLog()
                      .contains("database started (pid %d)".formatted(now.get().pid()));
            });
  }

  @Test
  void startsWhatDiesAndLeavesAloneWhatIsMeant() throws Exception {
    cluster.start("--nodes", "3", "--supervise");
    var supervisor = cluster.directory().supervisor().running().orElseThrow();
    assertThat(cluster.run("status").out()).containsPattern("supervisor +up");
    assertThat(session(supervisor)).isEqualTo(supervisor.pid());
    var before = cluster.pid(1);

    assertThat(cluster.run("kill", "1").out()).contains("the supervisor starts it again");
    soon().until(() -> states().get(0).equals("up") && cluster.pid(1) != before);
    cluster.run("stop", "2");
    cluster.run("pause", "3");
    var paused = cluster.pid(3);
    killTheDatabaseAndAwaitIt();

    assertThat(states()).containsExactly("up", "down", "paused");
    assertThat(cluster.pid(3)).isEqualTo(paused);
    assertThat(supervisorLog())
        .contains("supervising database, n1, n2, n3")
        .contains("n1 (pid " + before + ") has died; starting it again in 0.5 s")
        .contains("n1 started (pid " + cluster.pid(1) + ")")
        .contains("database started")
        .doesNotContain("n2 (", "n3 (");
    assertThat(cluster.run("start", "--fresh").err()).contains("supervisor already run");

    var stop = cluster.run("stop");
    assertThat(stop.out())
        .containsSubsequence("supervisor stopped", "n1 stopped", "database stopped");
    assertThat(cluster.directory().supervisor().running()).isEmpty();
    assertThat(cluster.run("stop", "supervisor").err()).isEqualTo("supervisor does not run\n");
  }

  /** The sixth field of its line: whoever leads a session of its own gets no hang-up. */
  private static long session(ProcessMark process) throws IOException {
    var line = Files.readString(Path.of("/proc", "" + process.pid(), "stat"));
    return Long.parseLong(line.substring(line.lastIndexOf(')') + 2).split(" ")[3]);
  }

  @Test
  void waitsLongerEachTimeUntilANodeCanStartAgain() throws IOException {
    var config = cluster.config("");
    cluster.start("--nodes", "1", "--config", config.toString());
    var log = new ByteArrayOutputStream();
    var supervisor =
        new Supervisor(
            cluster.home(),
            cluster.directory(),
            new PrintStream(log, true, StandardCharsets.UTF_8));
    supervisor.begin();
    var before = cluster.pid(1);
    Files.writeString(config, "fake.exit = 3");
    cluster.run("kill", "1");

    soon()
        .until(
            () -> {
              supervisor.look();
              return log.toString(StandardCharsets.UTF_8).contains("again in 2.0 s");
            });
    Files.writeString(config, "");
    soon()
        .until(
            () -> {
              supervisor.look();
              return states().get(0).equals("up");
            });

    assertThat(log.toString(StandardCharsets.UTF_8))
        .containsSubsequence(
            "n1 (pid " + before + ") has died; starting it again in 0.5 s",
            "n1 started (pid ",
            "has died; starting it again in 1.0 s",
            "n1 started (pid ",
            "has died; starting it again in 2.0 s",
            "n1 started (pid " + cluster.pid(1) + ")");
  }

  @Test
  void aNodeThatWaitsToBeStartedStaysDownWhenItIsStopped() throws IOException {
    cluster.start("--nodes", "1", "--supervise");
    cluster.run("kill", "1");

    var stop = cluster.run("stop", "1");
    killTheDatabaseAndAwaitIt();

    assertThat(stop.out()).contains("n1 does not run; the supervisor will not start it again");
    assertThat(cluster.runs(1)).isFalse();
    assertThat(cluster.run("start", "1").exitCode()).isZero();
    assertThat(cluster.run("stop", "supervisor").out()).contains("supervisor stopped");
    assertThat(cluster.runs(1)).isTrue();
  }
}
