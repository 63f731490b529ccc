package io.holdfast.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files that only their owner may read, replaced as a whole. */
final class PrivateFiles {
  static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");

  private PrivateFiles() {}

  /** Writes a file's content. */
  @FunctionalInterface
  interface Content {
    void to(Writer writer) throws IOException;
  }

  /** Nobody sees half of it, and nobody else can open it at any moment. */
  static void replace(Path file, Content content) {
    try {
      var part =
          Files.createTempFile(
              file.toAbsolutePath().getParent(),
              "." + file.getFileName(),
              ".part",
              PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      try (var writer = Files.newBufferedWriter(part)) {
        content.to(writer);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be written: %s", file, e.getMessage());
    }
  }

  /** Makes a directory, and those above it, that only the owner may enter. */
  static void createDirectory(Path directory) {
    try {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
    } catch (IOException e) {
      throw Refusal.unusable(
          "%s cannot be made a directory (%s): name another with --data",
          directory, e.getClass().getSimpleName());
    }
  }

  /** Removes a file, or a directory with what is in it. Follows no links. */
  static void removeTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e)
                throws IOException {
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
