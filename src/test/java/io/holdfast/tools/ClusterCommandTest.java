package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands over real processes: the real database, and fakes for nodes. */
@Timeout(90)
class ClusterCommandTest {
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

  private JsonNode status() throws IOException {
    var result = cluster.run("status", "--json");
    assertThat(result.exitCode()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  private List<String> states() throws IOException {
    return status().get("nodes").findValuesAsText("state");
  }

  @Test
  void startsDatabaseAndNodesAndSaysWhatToTry() throws IOException {
    var result = cluster.start();

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("n1 ready in ", "n2 ready in ", "n3 ready in ")
        .contains("http://127.0.0.1:" + cluster.ports().http(3))
        .containsPattern("(?s)Try:\n( +.*curl -i [^\n]+\n){3}");
    assertThat(states()).containsExactly("up", "up", "up");
    assertThat(status().at("/database/state").asText()).isEqualTo("up");
  }

  @Test
  void saysWhatAlreadyRunsAndStartsWhatIsMissing() throws IOException {
    cluster.start("--nodes", "2");
    var first = cluster.pid(1);

    var again = cluster.run("start");
    assertThat(again.exitCode()).isZero();
    assertThat(again.out()).contains("already running").contains(String.valueOf(first));

    cluster.run("kill", "n2");
    assertThat(cluster.run("start").exitCode()).isZero();
    assertThat(states()).containsExactly("up", "up");
    assertThat(cluster.pid(1)).isEqualTo(first);
  }

  @Test
  void tellsTheStatusInTheShapeThatScriptsRelyOn() throws IOException {
    cluster.start("--nodes", "2");
    cluster.run("kill", "2");

    var node = status().get("nodes").get(0);
    assertThat(node.get("node").asInt()).isEqualTo(1);
    assertThat(node.get("name").asText()).isEqualTo("n1");
    assertThat(node.get("pid").asLong()).isEqualTo(cluster.pid(1));
    assertThat(node.get("oldest").asBoolean()).isTrue();
    assertThat(node.get("http").asText()).endsWith(":" + cluster.ports().http(1));
    assertThat(node.get("admin").asText()).endsWith(":" + cluster.ports().admin(1));
    assertThat(node.get("shards").asInt()).isEqualTo(22);
    assertThat(node.get("documents").asInt()).isEqualTo(7);
    assertThat(node.get("uptimeSeconds").isNumber()).isTrue();
    var down = status().get("nodes").get(1);
    assertThat(down.get("state").asText()).isEqualTo("down");
    assertThat(down.get("pid").isNull()).isTrue();
    assertThat(down.get("shards").asInt()).isZero();
    var database = status().get("database");
    assertThat(database.get("kind").asText()).isEqualTo("h2");
    assertThat(database.get("pid").asLong()).isPositive();
    assertThat(database.get("url").asText()).startsWith("jdbc:h2:tcp://127.0.0.1:");
  }

  @Test
  void killsStartsAndAddsSingleNodes() throws IOException {
    cluster.start("--nodes", "1");

    assertThat(cluster.run("add").exitCode()).isZero();
    assertThat(states()).containsExactly("up", "up");

    assertThat(cluster.run("kill", "n2").out()).contains("n2 killed (pid ");
    assertThat(states()).containsExactly("up", "down");

    var again = cluster.run("kill", "2");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).isEqualTo("n2 does not run\n");

    assertThat(cluster.run("start", "2").exitCode()).isZero();
    assertThat(states()).containsExactly("up", "up");
    assertThat(cluster.run("start", "2").out()).contains("n2 already runs (up)");
  }

  @Test
  void pausesAndResumes() throws IOException {
    cluster.start("--nodes", "1");

    assertThat(cluster.run("pause", "1").exitCode()).isZero();
    assertThat(states()).containsExactly("paused");
    assertThat(status().at("/nodes/0/shards").isNull()).isTrue();

    assertThat(cluster.run("resume", "1").exitCode()).isZero();
    assertThat(states()).containsExactly("up");
    assertThat(cluster.run("resume", "1").exitCode()).isEqualTo(1);
  }

  @Test
  void saysThatANodeGoesOnAfterSigtermDoesNotKillItAndStopsTheOthers() throws IOException {
    var config = cluster.config("fake.deaf = n2");
    cluster.start("--nodes", "2", "--config", config.toString());

    var result = cluster.run("stop", "--timeout", "3");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("n2 (pid ")
        .contains("still runs 3 s after SIGTERM")
        .contains("database is left")
        .hasLineCount(1);
    assertThat(result.out()).contains("n1 stopped");
    assertThat(cluster.runs(1)).isFalse();
    assertThat(cluster.runs(2)).isTrue();
    assertThat(cluster.databaseRuns()).isTrue();
  }

  @Test
  void forgetsANodeThatCouldNotBeAdded() throws IOException {
    var config = cluster.config("fake.late = n2");
    cluster.start("--nodes", "1", "--config", config.toString());

    assertThat(cluster.run("add", "--timeout", "1").exitCode()).isEqualTo(2);

    assertThat(cluster.directory().remembered().nodes()).isEqualTo(1);
    assertThat(cluster.runs(2)).isFalse();
  }

  @Test
  void remembersANodeThatWasAddedWhileAnotherFailed() throws Exception {
    var config = cluster.config("fake.late = n2");
    cluster.start("--nodes", "1", "--config", config.toString());
    var failing = CompletableFuture.supplyAsync(() -> cluster.run("add", "--timeout", "8"));
    await().atMost(Duration.ofSeconds(20)).until(() -> cluster.runs(2));

    assertThat(cluster.run("add").exitCode()).isZero();

    assertThat(failing.get(30, TimeUnit.SECONDS).exitCode()).isEqualTo(2);
    assertThat(states()).containsExactly("up", "down", "up");
    assertThat(cluster.run("stop", "3").exitCode()).isZero();
  }

  @Test
  void stopsOneNodeThenAllAndTheDatabaseLast() {
    cluster.start("--nodes", "2");

    assertThat(cluster.run("stop", "2").out()).contains("n2 stopped");
    assertThat(cluster.runs(1)).isTrue();
    assertThat(cluster.run("stop", "2").exitCode()).isEqualTo(1);

    cluster.run("pause", "1");
    var all = cluster.run("stop");
    assertThat(all.exitCode()).isZero();
    assertThat(all.out()).containsSubsequence("n1 stopped", "database stopped");
    assertThat(cluster.runs(1)).isFalse();
    assertThat(cluster.databaseRuns()).isFalse();
    assertThat(cluster.run("stop").out()).contains("nothing runs");
  }

  @Test
  void refusesAPortInUseAndLeavesNothingRunning() throws IOException {
    try (var taken =
        new ServerSocket(cluster.ports().admin(2), 1, InetAddress.getLoopbackAddress())) {
      var result = cluster.start();

      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err())
          .contains("port " + taken.getLocalPort() + " (admin of n2)")
          .contains("--base-port")
          .hasLineCount(1);
    }
    assertThat(cluster.runs(1)).isFalse();
    assertThat(cluster.databaseRuns()).isFalse();
    assertThat(cluster.start("--nodes", "1").exitCode()).isZero();
  }

  @Test
  void refusesABadConfigurationInTheWordsOfTheNode() throws IOException {
    var config = cluster.config("fake.fault = \"x.conf: 3: holdfast.colour: unknown key\"");

    var result = cluster.start("--config", config.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).isEqualTo("x.conf: 3: holdfast.colour: unknown key\n");
    assertThat(cluster.databaseRuns()).isFalse();
  }

  @Test
  void refusesAConfigurationThatIsNotThere() {
    var result = cluster.start("--config", "nowhere.conf");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("nowhere.conf cannot be read").hasLineCount(1);
  }

  @Test
  void endsEverythingWhenANodeDoesNotComeUp() throws IOException {
    var config = cluster.config("fake.exit = 3");

    var result = cluster.start("--config", config.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("ended with exit code 3").contains("cannot go on");
    assertThat(cluster.directory().remembered()).isEqualTo(Remembered.defaults());
    assertThat(List.of(cluster.runs(1), cluster.runs(2), cluster.runs(3))).containsOnly(false);
    assertThat(cluster.databaseRuns()).isFalse();
  }

  @Test
  void neverTouchesAProcessThatItDidNotStart() throws IOException {
    cluster.start("--nodes", "1");
    var foreign = new ProcessBuilder("sleep", "60").start();
    try {
      var own = cluster.directory().node(1);
      own.signal(Signal.KILL);
      own.awaitEnd(Embedded.STOP_MAX);
      var mark = ProcessMark.of(foreign.pid()).orElseThrow();
      var earlier = new ProcessMark(mark.pid(), mark.startTicks() - 1, mark.boot());
      Files.writeString(own.pidFile(), earlier.text());

      for (var command : List.of("kill", "pause", "resume", "stop")) {
        assertThat(cluster.run(command, "1").exitCode()).isEqualTo(1);
      }
      assertThat(states()).containsExactly("down");
      assertThat(cluster.run("stop").exitCode()).isZero();
      assertThat(foreign.isAlive()).isTrue();
      assertThat(mark.state()).isEqualTo(ProcessMark.RunState.RUNNING);
    } finally {
      foreign.destroyForcibly();
    }
  }

  @Test
  void keepsWhatWasCommittedUnlessFresh() throws Exception {
    cluster.start("--nodes", "1");
    write("kept");
    assertThat(cluster.start("--fresh").exitCode()).isEqualTo(2);
    cluster.run("stop");

    cluster.run("start");
    assertThat(readAll()).containsExactly("kept");
    assertThat(cluster.run("status").out()).contains(":" + cluster.ports().http(1));
    cluster.run("stop");

    assertThat(cluster.run("start", "--fresh", "--nodes", "1").exitCode()).isZero();
    assertThat(readAll()).isEmpty();
  }

  @Test
  void losesNothingCommittedWhenTheDatabaseIsKilled() throws Exception {
    cluster.start("--nodes", "1");
    write("acknowledged");

    cluster.directory().database().signal(Signal.KILL);
    cluster.directory().database().awaitEnd(Embedded.STOP_MAX);
    assertThat(cluster.run("db", "start").err()).isEmpty();

    assertThat(readAll()).containsExactly("acknowledged");
  }

  @Test
  void stopsAndStartsTheDatabaseBesideTheNodes() throws IOException {
    cluster.start("--nodes", "1");

    assertThat(cluster.run("db", "stop").exitCode()).isZero();
    assertThat(status().at("/database/state").asText()).isEqualTo("down");
    assertThat(states()).containsExactly("up");
    assertThat(cluster.run("db", "stop").exitCode()).isEqualTo(1);

    assertThat(cluster.run("db", "start").exitCode()).isZero();
    assertThat(status().at("/database/state").asText()).isEqualTo("up");
    assertThat(cluster.run("db", "start").exitCode()).isEqualTo(1);
  }

  @Test
  void leavesADatabaseAloneThatIsNotItsOwn() throws IOException {
    var config =
        cluster.config(
            "holdfast.database { url = \"jdbc:postgresql://127.0.0.1:1/x?password=p\", user = u }");

    var started = cluster.start("--nodes", "1", "--config", config.toString());

    assertThat(started.exitCode()).isZero();
    assertThat(started.out()).contains("the database jdbc:postgresql://127.0.0.1:1/x");
    assertThat(cluster.databaseRuns()).isFalse();
    var database = status().get("database");
    assertThat(database.get("kind").asText()).isEqualTo("postgresql");
    assertThat(database.get("pid").isNull()).isTrue();
    assertThat(database.get("state").asText()).isEqualTo("down");
    assertThat(database.get("url").asText())
        .isEqualTo("jdbc:postgresql://127.0.0.1:1/x?password=***");
    var stop = cluster.run("db", "stop");
    assertThat(stop.exitCode()).isEqualTo(1);
    assertThat(stop.err()).contains("not ours").hasLineCount(1);
    var backup = cluster.run("backup", root.resolve("b").toString());
    assertThat(backup.exitCode()).isEqualTo(1);
    assertThat(backup.err()).contains("pg_dump");
  }

  @Test
  void restoresWhatWasBackedUp() throws Exception {
    cluster.start("--nodes", "1");
    write("before");
    executeAll(
        "CREATE TABLE IF NOT EXISTS stored_slot (slot INT PRIMARY KEY, epoch BIGINT NOT NULL)",
        "INSERT INTO stored_slot VALUES (-1, 7)");
    var file = root.resolve("backup.zip");
    assertThat(cluster.run("backup", file.toString()).exitCode()).isZero();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(cluster.run("backup", file.toString()).err()).contains("exists");
    write("after");

    var early = cluster.run("restore", file.toString());
    assertThat(early.exitCode()).isEqualTo(1);
    assertThat(early.err()).contains("n1 still run");

    cluster.run("stop");
    assertThat(cluster.run("restore", file.toString()).out()).contains("database.before-restore");
    cluster.run("start");
    assertThat(readAll()).containsExactly("before");
    assertThat(hasLookedAfterStoredResponses()).as("services do not go back with it").isFalse();
  }

  private void executeAll(String... statements) throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      for (var sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private boolean hasLookedAfterStoredResponses() throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT slot FROM stored_slot WHERE slot = -1")) {
      return rows.next();
    }
  }

  @Test
  void refusesToRestoreWhatIsNoBackup() throws Exception {
    cluster.start("--nodes", "1");
    write("kept");
    cluster.run("stop");
    var file = Files.writeString(root.resolve("backup.zip"), "no zip");

    var result = cluster.run("restore", file.toString());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("nothing was changed").hasLineCount(1);
    cluster.run("start");
    assertThat(readAll()).containsExactly("kept");
  }

  @Test
  void keepsThePasswordFromOtherUsersAndFromCommandLines() throws IOException {
    cluster.start("--nodes", "1");

    var directory = cluster.directory().databaseDirectory();
    var password = DatabasePassword.read(directory);
    assertThat(password).hasSizeGreaterThanOrEqualTo(32);
    for (var file :
        List.of(DatabasePassword.file(directory), cluster.data().resolve("n1/node.conf"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(Files.readString(Path.of("/proc", "" + cluster.pid(1), "cmdline")))
        .doesNotContain(password);
  }

  @Test
  void printsLogsAndKeepsTheLogOfLastTime() {
    cluster.start("--nodes", "1");
    assertThat(cluster.run("logs", "1").out()).isEqualTo("ready n1\n");
    cluster.run("stop");
    cluster.run("start");

    assertThat(cluster.directory().node(1).previousLog()).hasContent("ready n1\n");
    assertThat(cluster.run("logs", "database").out()).contains("database ready on 127.0.0.1:");
  }

  @Test
  void showsTheTokenToTheAdminPort() throws IOException {
    var config = cluster.config("holdfast.admin.token = secret\nfake.token = true");

    cluster.start("--nodes", "1", "--config", config.toString());

    assertThat(states()).containsExactly("up");
  }

  @Test
  void refusesADirectoryThatIsNotACluster() throws IOException {
    Files.createDirectories(cluster.data());
    Files.writeString(cluster.data().resolve("thesis.txt"), "");

    assertThat(cluster.start().exitCode()).isEqualTo(2);
    assertThat(cluster.start("--fresh").exitCode()).isEqualTo(2);
    assertThat(cluster.run("status").err()).contains("holds no cluster").hasLineCount(1);
    assertThat(cluster.data().resolve("thesis.txt")).exists();
  }

  @Test
  void refusesToChangeThePortsOfWhatRuns() {
    cluster.start("--nodes", "1");

    var result = cluster.run("start", "--base-port", "20000");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("base port " + cluster.ports().base()).hasLineCount(1);
  }

  @Test
  void answersWrongUseWithOneLineAndExitCode2() {
    for (var words :
        List.of(
            List.of(),
            List.of("explode"),
            List.of("kill"),
            List.of("start", "--base-port", "80"),
            List.of("start", "--nodes", "0"),
            List.of("db"))) {
      var result = cluster.run(words.toArray(String[]::new));
      assertThat(result.exitCode()).as("%s", words).isEqualTo(2);
      assertThat(result.err()).as("%s", words).hasLineCount(1);
    }
    cluster.start("--nodes", "1");
    assertThat(cluster.run("kill", "7").exitCode()).isEqualTo(2);
    assertThat(cluster.run("kill", "first").exitCode()).isEqualTo(2);
  }

  @Test
  void helpsWithEveryCommand() {
    for (var words :
        List.of(
            "--help",
            "start --help",
            "roll --help",
            "status --help",
            "kill --help",
            "stop --help",
            "add --help",
            "pause --help",
            "resume --help",
            "logs --help",
            "db --help",
            "db stop --help",
            "db start --help",
            "backup --help",
            "restore --help")) {
      var result = cluster.run(words.split(" "));
      assertThat(result.exitCode()).as(words).isZero();
      assertThat(result.out()).as(words).contains("Usage: cluster").contains("--data");
    }
  }

  private java.sql.Connection connect() throws SQLException {
    return DriverManager.getConnection(
        DatabaseServer.url(Network.LOOPBACK, cluster.ports().database()),
        DatabaseServer.USER,
        DatabasePassword.read(cluster.directory().databaseDirectory()));
  }

  private void write(String value) throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS noted (text VARCHAR(99))");
      statement.execute("INSERT INTO noted VALUES ('" + value + "')");
    }
  }

  private List<String> readAll() throws SQLException {
    try (var connection = connect();
        var statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS noted (text VARCHAR(99))");
      var rows = new java.util.ArrayList<String>();
      try (var result = statement.executeQuery("SELECT text FROM noted")) {
        while (result.next()) {
          rows.add(result.getString(1));
        }
      }
      return rows;
    }
  }
}
