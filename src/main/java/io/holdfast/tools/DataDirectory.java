package io.holdfast.tools;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A cluster's directory: {@code cluster.properties} (what was asked for; also the sign that the
 * directory is ours), {@code database/}, {@code n1/}, {@code n2/}, ..., {@code supervisor/}, and
 * {@code builds/} with the jars that they run.
 */
record DataDirectory(Path root) {
  private static final Pattern LEFT_BY_A_START = Pattern.compile("\\.(roll-)?lock|builds");

  private static final Pattern OURS =
      Pattern.compile(
          "n\\d+|database|database\\.(before-restore|restoring)|supervisor|cluster\\.properties");

  static final String BUILDS = "builds";
  private static final Duration LOCK_WAIT_MAX = Duration.ofSeconds(30);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  private Path file() {
    return root.resolve("cluster.properties");
  }

  boolean exists() {
    return Files.isRegularFile(file());
  }

  Remembered remembered() {
    if (!exists()) {
      throw Refusal.unusable(
          "%s holds no cluster: begin one with start, or name its directory with --data", root);
    }
    return Remembered.read(file());
  }

  /** When it was last remembered what the cluster is to be. */
  FileTime changedAt() {
    try {
      return Files.getLastModifiedTime(file());
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read (%s)", file(), e.getMessage());
    }
  }

  void remember(Remembered remembered) {
    remembered.write(file());
  }

  OwnProcess node(int number) {
    return new OwnProcess("n" + number, root.resolve("n" + number));
  }

  OwnProcess database() {
    return new OwnProcess("database", databaseDirectory());
  }

  OwnProcess supervisor() {
    return new OwnProcess("supervisor", root.resolve("supervisor"));
  }

  Path builds() {
    return root.resolve(BUILDS);
  }

  /** The copy of a build, if it is still there. */
  Optional<Build> build(Remembered.Chosen chosen) {
    return Build.in(builds().resolve(chosen.id()));
  }

  Path databaseDirectory() {
    return root.resolve("database");
  }

  /** All processes of a cluster that run now, the nodes first. */
  List<OwnProcess> running(Remembered remembered) {
    return IntStream.rangeClosed(1, remembered.nodes() + 1)
        .mapToObj(i -> i > remembered.nodes() ? database() : node(i))
        .filter(process -> process.running().isPresent())
        .toList();
  }

  /** Makes sure that the directory is there, and is ours or empty. */
  void prepare() {
    if (Files.exists(root) && !Files.isDirectory(root)) {
      throw Refusal.unusable("%s is a file: name a directory with --data", root);
    }
    if (root.toString().matches(".*[;\"'\n].*")) {
      throw Refusal.unusable(
          "%s: a name with a semicolon, a quote or a line break cannot hold a database; name another"
              + " directory with --data",
          root);
    }
    PrivateFiles.createDirectory(root);
    if (!Files.isWritable(root)) {
      throw Refusal.unusable("%s is not writable: name another directory with --data", root);
    }
    if (!exists() && !isEmpty()) {
      throw Refusal.unusable(
          "%s holds other files and no cluster: name another directory with --data", root);
    }
  }

  /** Removes what a cluster keeps here, and nothing else. */
  void clear() {
    if (exists()) {
      entries().stream()
          .filter(entry -> OURS.matcher(entry.getFileName().toString()).matches())
          .forEach(PrivateFiles::removeTree);
    }
  }

  /** Runs while no other command starts or stops processes of this cluster. */
  <T> T exclusively(Supplier<T> work) {
    var deadline = System.nanoTime() + LOCK_WAIT_MAX.toNanos();
    try (var channel =
        FileChannel.open(
            root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (!locked(channel)) {
        if (System.nanoTime() - deadline > 0) {
          throw Refusal.failed(
              "another command is at work on %s: wait for it, or end it with Ctrl-C", root);
        }
        OwnProcess.rest(LOOK_EVERY);
      }
      return work.get();
    } catch (IOException e) {
      throw Refusal.unusable(
          "%s cannot be used (%s): name another directory with --data", root, e.getMessage());
    }
  }

  /** Runs while no other roll of this cluster does; the other commands go on. */
  <T> T asOnlyRoll(Supplier<T> work) {
    try (var channel =
        FileChannel.open(
            root.resolve(".roll-lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (!locked(channel)) {
        throw Refusal.failed("another roll is under way in %s: wait for it", root);
      }
      return work.get();
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be used (%s)", root, e.getMessage());
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** Nothing in it but what a start that failed may have left. */
  private boolean isEmpty() {
    return entries().stream()
        .map(entry -> entry.getFileName().toString())
        .allMatch(name -> LEFT_BY_A_START.matcher(name).matches() || OURS.matcher(name).matches());
  }

  private List<Path> entries() {
    try (var entries = Files.list(root)) {
      return entries.toList();
    } catch (IOException e) {
      throw Refusal.unusable("%s cannot be read: name another directory with --data", root);
    }
  }
}
