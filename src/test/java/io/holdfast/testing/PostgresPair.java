package io.holdfast.testing;

import io.holdfast.database.DatabaseSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/**
 * A real PostgreSQL with an asynchronous standby, of this pair alone. What replicates can be held
 * back, the primary killed, or cut off from whoever uses {@link #settings}, and the standby
 * promoted.
 */
public final class PostgresPair implements AutoCloseable {
  private static final String NAME = "holdfast";
  private static final int CONNECTIONS_MAX = 4;

  private final Path directory;
  private final EmbeddedPostgres primary;
  private final EmbeddedPostgres standby;

  /** Between the standby and the primary. */
  private final FaultyLink replication;

  /** Between everybody else and each of the two. */
  private final FaultyLink toPrimary;

  private final FaultyLink toStandby;
  private boolean killed;

  private PostgresPair() throws IOException, SQLException {
    this.directory = Files.createTempDirectory("holdfast-postgresql-");
    this.primary = started(directory.resolve("primary"), this::copyForStandby);
    this.replication = new FaultyLink(primary.getPort());
    this.toPrimary = new FaultyLink(primary.getPort());
    onPrimary("CREATE DATABASE " + NAME);
    follow(directory.resolve("standby"));
    this.standby = started(directory.resolve("standby"), copied -> {});
    this.toStandby = new FaultyLink(standby.getPort());
  }

  /** Both run, and the standby follows. */
  public static PostgresPair start() {
    try {
      return new PostgresPair();
    } catch (IOException e) {
      throw new UncheckedIOException("no pair of servers", e);
    } catch (SQLException e) {
      throw new IllegalStateException("no pair of servers", e);
    }
  }

  private static EmbeddedPostgres started(Path data, Consumer<File> initialized)
      throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setDataDirectoryCustomizer(initialized)
        .setServerConfig("shared_buffers", "16MB")
        .setServerConfig("synchronous_commit", "local")
        .setServerConfig("wal_retrieve_retry_interval", "100ms")
        .start();
  }

  /** Before its first start a cluster can be copied as it lies there. */
  private void copyForStandby(File initialized) {
    var from = initialized.toPath();
    var to = directory.resolve("standby");
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void follow(Path data) throws IOException {
    Files.createFile(data.resolve("standby.signal"));
    Files.writeString(
        data.resolve("postgresql.auto.conf"),
        "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'%n".formatted(replication.port()),
        StandardOpenOption.APPEND);
  }

  /** Of nodes that go to whichever is the primary. */
  public DatabaseSettings settings() {
    return settings(
        "127.0.0.1:%d,127.0.0.1:%d/%s?targetServerType=primary&hostRecheckSeconds=1"
            .formatted(toPrimary.port(), toStandby.port(), NAME));
  }

  /** Of a node that takes the standby for the database. */
  public DatabaseSettings standbyOnly() {
    return settings("127.0.0.1:%d/%s".formatted(standby.getPort(), NAME));
  }

  private static DatabaseSettings settings(String at) {
    return new DatabaseSettings("jdbc:postgresql://" + at, "postgres", "postgres", CONNECTIONS_MAX);
  }

  /** Waits until the standby has all that was committed. */
  public void awaitReplicated() throws SQLException {
    var written = one(primary, "postgres", "SELECT pg_current_wal_lsn()");
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                "t"
                    .equals(
                        one(
                            standby,
                            "postgres",
                            "SELECT pg_last_wal_replay_lsn() >= '" + written + "'")));
  }

  /** From now on the standby gets nothing. */
  public void holdBack() {
    replication.goBlack();
  }

  /** Ends the primary in the middle of what it does. */
  public void killPrimary() throws IOException {
    toPrimary.cut();
    killed = true;
    var pid = Files.readAllLines(directory.resolve("primary/postmaster.pid")).get(0).strip();
    var process = ProcessHandle.of(Long.parseLong(pid));
    try {
      new ProcessBuilder("kill", "-QUIT", pid).start().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    Awaitility.await().until(() -> process.filter(ProcessHandle::isAlive).isEmpty());
  }

  /** From now on nobody reaches the primary, which runs on. */
  public void cutPrimaryOff() {
    toPrimary.cut();
  }

  /** The primary is reached again, and does not know that it is none any more. */
  public void bringFormerPrimaryBack() {
    toPrimary.heal();
  }

  /** Whoever is connected to the promoted server has to connect again. */
  public void breakConnections() {
    toStandby.cut();
    toStandby.heal();
  }

  /** Makes the standby a primary, with what it has. */
  public void promote() throws SQLException {
    if (!"t".equals(one(standby, "postgres", "SELECT pg_promote()"))) {
      throw new IllegalStateException("not promoted");
    }
  }

  /** The first column of the first row that the first primary gives. */
  public String onFormerPrimary(String sql) throws SQLException {
    return one(primary, NAME, sql);
  }

  private void onPrimary(String sql) throws SQLException {
    try (var connection = primary.getDatabase("postgres", "postgres").getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String one(EmbeddedPostgres server, String database, String sql)
      throws SQLException {
    try (var connection = server.getDatabase("postgres", database).getConnection();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @Override
  public void close() {
    replication.close();
    toPrimary.close();
    toStandby.close();
    try {
      standby.close();
      if (!killed) {
        primary.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      remove();
    }
  }

  private void remove() {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
