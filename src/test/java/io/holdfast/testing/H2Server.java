package io.holdfast.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.tools.Server;

/** An H2 server on loopback, started once for all tests of a JVM and ended with it. */
public final class H2Server {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private H2Server() {}

  private static final class Running {
    private static final Path DIRECTORY = directory();
    private static final Server SERVER = start();

    private static Path directory() {
      try {
        return Files.createTempDirectory("holdfast-h2-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Server start() {
      try {
        var server =
            Server.createTcpServer(
                "-tcpPort", "0", "-baseDir", DIRECTORY.toString(), "-ifNotExists");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server)));
        return server.start();
      } catch (SQLException e) {
        throw new IllegalStateException("H2 does not start", e);
      }
    }

    private static void end(Server server) {
      server.stop();
      try (var files = Files.walk(DIRECTORY)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The URL of a new, empty database; the first user who comes is its administrator. */
  public static String freshDatabase() {
    return "jdbc:h2:tcp://127.0.0.1:"
        + Running.SERVER.getPort()
        + "/./holdfast"
        + DATABASES.incrementAndGet();
  }
}
