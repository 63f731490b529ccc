package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.TestPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVStoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The process of the embedded database, for real. */
@Timeout(60)
class DatabaseServerTest {
  /** In the units of the shell, of 512 bytes. */
  private static final int FILE_MAX = 4 * 1024 * 2;

  @TempDir Path directory;
  private Process process;

  @AfterEach
  void end() throws Exception {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Its file cannot grow beyond 4 MiB, as if its disk were full. */
  @Test
  void acknowledgesNothingThatIsNotOnItsDiskAndEndsWhenItCannotWrite() throws Exception {
    int port = TestPorts.free(1)[0];
    process = start(port);
    awaitReady();
    var acknowledged = new HashSet<Integer>();
    int refusals = 0;
    for (int i = 0; refusals < 20; i++) {
      if (insert(port, i)) {
        acknowledged.add(i);
      } else {
        refusals++;
      }
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends").isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(acknowledged).hasSizeGreaterThan(100);
    assertThat(stored()).containsAll(acknowledged);
  }

  private Connection connection;

  private boolean insert(int port, int id) {
    try {
      if (connection == null) {
        var password = Files.readString(directory.resolve("password")).strip();
        connection =
            DriverManager.getConnection(
                DatabaseServer.url("127.0.0.1", port), DatabaseServer.USER, password);
        connection.setAutoCommit(false);
        try (var create = connection.createStatement()) {
          create.execute(
              "CREATE TABLE IF NOT EXISTS written (id INT PRIMARY KEY, content VARBINARY(10000))");
        }
      }
      try (var insert = connection.prepareStatement("INSERT INTO written VALUES (?, ?)")) {
        insert.setInt(1, id);
        insert.setBytes(2, new byte[5000]);
        insert.executeUpdate();
        connection.commit();
        return true;
      }
    } catch (SQLException | IOException e) {
      connection = null;
      return false;
    }
  }

  private Set<Integer> stored() throws SQLException {
    var stored = new HashSet<Integer>();
    try (var file = DatabaseServer.open(directory, DatabasePassword.readOrMake(directory));
        var rows = file.createStatement().executeQuery("SELECT id FROM written")) {
      while (rows.next()) {
        stored.add(rows.getInt(1));
      }
    }
    return stored;
  }

  private Process start(int port) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            "sh",
            "-c",
            "ulimit -f " + FILE_MAX + "; exec \"$0\" \"$@\"",
            java,
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            DatabaseServer.class.getName(),
            directory.toString(),
            Integer.toString(port))
        .redirectErrorStream(true)
        .start();
  }

  private void awaitReady() throws IOException {
    var line = process.inputReader().readLine();
    assertThat(line).startsWith("database ready");
  }

  @Test
  void onlyFailuresOfTheDiskEndIt() {
    var disk = new MVStoreException(2, "no room");
    assertThat(isAboutTheDisk("HY000", disk)).isTrue();
    assertThat(isAboutTheDisk("90028", null)).isTrue();
    assertThat(isAboutTheDisk("HY000", new IllegalStateException("a defect"))).isFalse();
    assertThat(isAboutTheDisk("23505", null)).isFalse();
    assertThat(isAboutTheDisk("90131", disk)).isFalse();
  }

  private static boolean isAboutTheDisk(String state, Throwable cause) {
    return DatabaseAlarm.isAboutTheDisk(new SQLException("for the test", state, 1, cause));
  }
}
