package io.holdfast.tools.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** A directory among the temporary files, with one for each server; removed in the end. */
record Scratch(Path directory) implements AutoCloseable {

  static Scratch create() throws IOException {
    return new Scratch(Files.createTempDirectory("holdfast-bench-"));
  }

  /** One of that name, which is there and empty. */
  Path of(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  @Override
  public void close() {
    remove(directory);
  }

  /** With all that is in it, if it is there. */
  static void remove(Path directory) {
    if (!Files.isDirectory(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
