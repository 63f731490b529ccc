package io.holdfast.tools;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.h2.tools.Server;

/**
 * The process that holds the embedded database of one machine's cluster. It creates the file when
 * there is none, keeps it open for as long as it lives, and lets only this machine's processes that
 * know the password in. Every commit is handed to the operating system before it is acknowledged
 * ({@code WRITE_DELAY 0}): kill -9 of this process loses nothing that was committed.
 */
public final class DatabaseServer {
  static final String NAME = "holdfast";
  static final String USER = "holdfast";

  /** Where it listens, if not on loopback. */
  static final String HOST = "holdfast.database-host";

  private static final Duration OPEN_AGAIN = Duration.ofMillis(300);

  /** With less room the next write would fail again. */
  private static final long ROOM_MIN = 4L * 1024 * 1024;

  private DatabaseServer() {}

  /**
   * Runs until it is told to end.
   *
   * @param args the directory and the port; the same in all builds, whose commands start it
   */
  public static void main(String[] args) {
    if (args.length != 2) {
      System.err.println("usage: DatabaseServer DIRECTORY PORT");
      System.exit(Refusal.UNUSABLE);
    }
    try {
      serve(Path.of(args[0]).toAbsolutePath().normalize(), Integer.parseInt(args[1]), System.out);
    } catch (Refusal e) {
      System.err.println(e.getMessage());
      System.exit(e.exitCode());
    } catch (IOException | SQLException | NumberFormatException e) {
      System.err.println("the database in " + args[0] + " cannot be served: " + e.getMessage());
      System.exit(Refusal.FAILED);
    }
  }

  /** How the nodes reach it. */
  static String url(String host, int port) {
    return "jdbc:h2:tcp://" + host + ":" + port + "/" + NAME;
  }

  private static void serve(Path directory, int port, PrintStream out)
      throws IOException, SQLException {
    var began = System.nanoTime();
    var host = System.getProperty(HOST, Network.LOOPBACK);
    System.setProperty("h2.bindAddress", host);
    boolean follows = Predecessor.await();
    var lock = lock(directory);
    var password = DatabasePassword.readOrMake(directory);
    var connection = follows ? openOnceItCan(directory, password, out) : first(directory, password);
    makeDurable(connection);
    var options =
        new ArrayList<>(
            List.of(
                "-tcpPort", Integer.toString(port), "-baseDir", directory.toString(), "-ifExists"));
    if (!host.equals(Network.LOOPBACK)) {
      options.add("-tcpAllowOthers");
    }
    var server = Server.createTcpServer(options.toArray(String[]::new)).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server, connection, lock)));
    new DatabaseWatch(directory, password, out).start();
    out.printf(
        "database ready on %s:%d after %.1f s%n", host, port, (System.nanoTime() - began) / 1e9);
  }

  private static FileChannel lock(Path directory) throws IOException {
    var channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // the same answer
    }
    throw Refusal.unusable("another process serves the database in %s: stop that one", directory);
  }

  /** Failures of the disk end this process, see {@link DatabaseWatch}. */
  private static Connection first(Path directory, String password) throws SQLException {
    var alarm = ";DATABASE_EVENT_LISTENER='" + DatabaseAlarm.class.getName() + "'";
    return DriverManager.getConnection(url(directory) + alarm, USER, password);
  }

  /** The process before this one ended because it could not be written to. */
  private static Connection openOnceItCan(Path directory, String password, PrintStream out) {
    String said = "";
    while (true) {
      try {
        requireRoom(directory);
        return first(directory, password);
      } catch (SQLException | IOException e) {
        if (!said.equals(e.getMessage())) {
          said = e.getMessage();
          out.printf("the database cannot be opened yet: %s%n", said);
        }
        OwnProcess.rest(OPEN_AGAIN);
      }
    }
  }

  private static void requireRoom(Path directory) throws IOException {
    if (Files.getFileStore(directory).getUsableSpace() < ROOM_MIN) {
      throw new IOException("there is no room in " + directory);
    }
  }

  /** Opens the database inside this process; it stays open as long as this connection does. */
  static Connection open(Path directory, String password) throws SQLException {
    return DriverManager.getConnection(url(directory), USER, password);
  }

  private static String url(Path directory) {
    return "jdbc:h2:file:" + directory.resolve(NAME) + ";DB_CLOSE_ON_EXIT=FALSE";
  }

  private static void makeDurable(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("SET WRITE_DELAY 0");
      var query =
          "SELECT SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME = 'WRITE_DELAY'";
      try (var settings = statement.executeQuery(query)) {
        if (!settings.next() || !"0".equals(settings.getString(1))) {
          throw Refusal.failed("WRITE_DELAY 0 is not in force: acknowledged writes could be lost");
        }
      }
    }
  }

  private static void close(Server server, Connection connection, FileChannel lock) {
    server.stop();
    try (lock;
        connection;
        var statement = connection.createStatement()) {
      statement.execute("SHUTDOWN");
    } catch (SQLException | IOException e) {
      System.err.println("the database was not closed in order: " + e.getMessage());
    }
  }

  /** Is there a database in the directory? */
  static boolean isIn(Path directory) {
    return Files.exists(directory.resolve(NAME + ".mv.db"));
  }
}
