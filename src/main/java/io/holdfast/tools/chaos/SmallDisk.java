package io.holdfast.tools.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/** A file system of its own for one directory, small and in memory, so that it can be filled. */
final class SmallDisk implements AutoCloseable {
  private static final int PIECE_BYTES = 4096;

  private final Path directory;

  private SmallDisk(Path directory) {
    this.directory = directory;
  }

  /** Why there can be none here; empty if there may. */
  static Optional<String> obstacle() {
    return "root".equals(System.getProperty("user.name"))
        ? Optional.empty()
        : Optional.of("only root may mount a file system that is small enough to be filled");
  }

  static SmallDisk mount(Path directory, int mebibytes) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m,mode=0700", "tmpfs", directory);
    return new SmallDisk(directory);
  }

  /** Takes all the room that is left. */
  void fill() {
    var piece = new byte[PIECE_BYTES];
    try (var out =
        Files.newOutputStream(
            filler(), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING)) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      // It is full.
    }
  }

  /** Gives the room back. */
  void free() {
    try {
      Files.deleteIfExists(filler());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path filler() {
    return directory.resolve("filler");
  }

  @Override
  public void close() {
    run("umount", directory);
  }

  private static void run(Object... words) {
    var command = List.of(words).stream().map(Object::toString).toList();
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new ChaosFailure(ChaosFailure.UNUSABLE, said.strip());
      }
    } catch (IOException e) {
      throw new ChaosFailure(ChaosFailure.UNUSABLE, command.get(0) + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChaosFailure(1, "interrupted");
    }
  }
}
