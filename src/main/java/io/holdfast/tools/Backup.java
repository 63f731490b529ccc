package io.holdfast.tools;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A copy of the embedded database in one file: a zip with the database's file and the password that
 * opens it, so that it can be restored anywhere. It is as secret as the documents themselves, and
 * only its owner may read it.
 */
final class Backup {
  private static final String DATABASE_FILE = DatabaseServer.NAME + ".mv.db";
  private static final String DRIVER_URL = "jdbc:h2:file:";

  private Backup() {}

  static void requireEmbedded(Cluster cluster, String tool) {
    if (!cluster.operator().usesEmbeddedDatabase()) {
      throw Refusal.failed(
          "the documents are in %s: use %s",
          cluster.operator().databaseUrlShown(),
          cluster.operator().databaseKind().equals("postgresql") ? tool : "its own tools");
    }
  }

  /** Writes a consistent copy while the database runs, and returns its size. */
  static long write(Cluster cluster, Path file) {
    if (Files.exists(file)) {
      throw Refusal.failed("%s exists: name another file, or remove it first", file);
    }
    if (!Files.isDirectory(file.getParent())) {
      throw Refusal.failed("%s does not exist: make it first", file.getParent());
    }
    if (cluster.data().database().running().isEmpty()) {
      throw Refusal.failed("the database does not run: start it first, db start is enough");
    }
    var part = file.resolveSibling(file.getFileName() + ".part");
    try {
      PrivateFiles.replace(part, out -> out.write(""));
      copyTo(cluster, part);
      addPassword(cluster.data().databaseDirectory(), part);
      Files.setPosixFilePermissions(part, PrivateFiles.OWNER_ONLY);
      verify(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return Files.size(file);
    } catch (IOException | SQLException e) {
      throw Refusal.failed("%s cannot be written: %s", file, e.getMessage());
    } finally {
      PrivateFiles.removeTree(part);
    }
  }

  private static void copyTo(Cluster cluster, Path part) throws SQLException {
    var url = new Embedded(cluster).url();
    var password = DatabasePassword.read(cluster.data().databaseDirectory());
    try (var connection = DriverManager.getConnection(url, DatabaseServer.USER, password);
        var statement = connection.prepareStatement("BACKUP TO ?")) {
      statement.setString(1, part.toString());
      statement.execute();
    }
  }

  private static void addPassword(Path directory, Path part) throws IOException {
    try (var zip = FileSystems.newFileSystem(part)) {
      Files.copy(DatabasePassword.file(directory), zip.getPath("/" + DatabasePassword.FILE));
    }
  }

  /** Reads the whole file, against its own check sums. */
  private static void verify(Path file) throws IOException {
    try (var zip = new ZipFile(file.toFile())) {
      for (var name : new String[] {DATABASE_FILE, DatabasePassword.FILE}) {
        var entry = zip.getEntry(name);
        if (entry == null) {
          throw new ZipException("it holds no " + name);
        }
        try (var content = zip.getInputStream(entry)) {
          content.transferTo(java.io.OutputStream.nullOutputStream());
        }
      }
    }
  }

  /**
   * Puts a backup in the database's place.
   *
   * @return where the database of before is kept now
   */
  static Optional<Path> restore(Cluster cluster, Path file) {
    requireStopped(cluster);
    var directory = cluster.data().databaseDirectory();
    var restoring = directory.resolveSibling("database.restoring");
    var before = directory.resolveSibling("database.before-restore");
    try {
      verify(file);
      PrivateFiles.removeTree(restoring);
      unpack(file, restoring);
      requireOpens(restoring);
      forgetStoredResponses(restoring);
      if (cluster.data().database().running().isPresent()) {
        new Embedded(cluster).stop();
      }
      return swap(directory, restoring, before);
    } catch (IOException e) {
      throw Refusal.failed(
          "%s cannot be restored (%s): nothing was changed; give a file that backup wrote",
          file, e.getMessage());
    } catch (SQLException e) {
      throw Refusal.failed(
          "%s holds a database that does not open (%s): nothing was changed", file, e.getMessage());
    } finally {
      PrivateFiles.removeTree(restoring);
    }
  }

  private static void requireStopped(Cluster cluster) {
    var running =
        cluster.data().running(cluster.remembered()).stream()
            .map(OwnProcess::name)
            .filter(name -> !name.equals("database"))
            .toList();
    if (!running.isEmpty()) {
      throw Refusal.failed(
          "%s still run with the documents of now: stop them first, then restore, then start",
          String.join(", ", running));
    }
  }

  private static void unpack(Path file, Path into) throws IOException {
    PrivateFiles.createDirectory(into);
    try (var zip = new ZipFile(file.toFile())) {
      for (var name : new String[] {DATABASE_FILE, DatabasePassword.FILE}) {
        var target = into.resolve(name);
        PrivateFiles.replace(target, out -> out.write(""));
        try (var content = zip.getInputStream(zip.getEntry(name))) {
          Files.copy(content, target, StandardCopyOption.REPLACE_EXISTING);
        }
        Files.setPosixFilePermissions(target, PrivateFiles.OWNER_ONLY);
      }
    }
  }

  /**
   * What is kept of services' answers may have become invalid since: services do not go back with a
   * database. Without these marks a node looks at none of it.
   */
  private static void forgetStoredResponses(Path directory) throws SQLException {
    try (var connection = open(directory);
        var tables = connection.getMetaData().getTables(null, "PUBLIC", "STORED_SLOT", null);
        var statement = connection.createStatement()) {
      if (tables.next()) {
        statement.executeUpdate("DELETE FROM stored_slot");
      }
    }
  }

  private static Connection open(Path directory) throws SQLException {
    var url = DRIVER_URL + directory.resolve(DatabaseServer.NAME) + ";IFEXISTS=TRUE";
    return DriverManager.getConnection(url, DatabaseServer.USER, DatabasePassword.read(directory));
  }

  private static void requireOpens(Path directory) throws SQLException {
    try (var connection = open(directory);
        var tables = connection.getMetaData().getTables(null, "PUBLIC", null, null)) {
      while (tables.next()) {
        tables.getString(1);
      }
    }
  }

  private static Optional<Path> swap(Path directory, Path restoring, Path before)
      throws IOException {
    var hadOne = Files.exists(directory);
    if (hadOne) {
      PrivateFiles.removeTree(before);
      Files.move(directory, before, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(restoring, directory, StandardCopyOption.ATOMIC_MOVE);
    return Optional.of(before).filter(it -> hadOne);
  }
}
