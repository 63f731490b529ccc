package io.holdfast.tools;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * The jars of one build of Holdfast. Processes run from a copy in their cluster's directory, which
 * nobody writes to: where the jars came from may be built anew, or removed, under running nodes.
 *
 * @param jars the directory that holds them
 */
record Build(Path jars) {
  private static final String OURS = "holdfast-";
  private static final String JAR = ".jar";

  /** The build in a directory; empty where there is none, as in the middle of a build. */
  static Optional<Build> in(Path directory) {
    return Optional.of(new Build(directory))
        .filter(it -> it.names().stream().anyMatch(Build::isOurs));
  }

  /** The build that a person named: a distribution, or the directory with its jars. */
  static Build named(Path directory) {
    var root = directory.toAbsolutePath().normalize();
    return in(root.resolve("lib"))
        .or(() -> in(root))
        .orElseThrow(
            () ->
                Refusal.unusable(
                    "%s holds no build: name a directory with lib/holdfast-*.jar, as target/holdfast"
                        + " is after a build",
                    directory));
  }

  private static boolean isOurs(String name) {
    return name.startsWith(OURS);
  }

  /** The jars' names, ours first: always in the same order, on which shared classes rely. */
  private List<String> names() {
    if (!Files.isDirectory(jars)) {
      return List.of();
    }
    try (var files = Files.list(jars)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(JAR))
          .sorted(
              Comparator.comparing((String name) -> !isOurs(name))
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read: %s", jars, e.getMessage());
    }
  }

  /**
   * The same for the same jars, wherever they are; libraries have their versions in their names.
   */
  String id() {
    var crc = new CRC32();
    try {
      for (var name : names()) {
        var jar = jars.resolve(name);
        crc.update((name + " " + Files.size(jar)).getBytes(StandardCharsets.UTF_8));
        if (isOurs(name)) {
          crc.update(Files.readAllBytes(jar));
        }
      }
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read: %s", jars, e.getMessage());
    }
    return "%08x".formatted(crc.getValue());
  }

  /**
   * Where the archive of shared classes is, or will be, that fits this Java and these jars: an
   * archive fits nothing else, and the JVM would pass over it in silence.
   */
  Path archive() {
    var crc = new CRC32();
    crc.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
    for (var name : names()) {
      var jar = jars.resolve(name).toFile();
      var text = name + " " + jar.length() + " " + jar.lastModified();
      crc.update(text.getBytes(StandardCharsets.UTF_8));
    }
    return jars.resolve("holdfast-%08x.jsa".formatted(crc.getValue()));
  }

  /**
   * As a process of a cluster sees it from the directory that it works in. Not absolute, so that
   * one archive of shared classes fits the copies of all clusters.
   */
  String classPath() {
    return names().stream()
        .map(name -> Path.of("..", DataDirectory.BUILDS, jars.getFileName().toString(), name))
        .map(Path::toString)
        .collect(Collectors.joining(System.getProperty("path.separator")));
  }

  /** The copy in a cluster's directory of builds, made if it is not there yet. */
  Build copiedTo(Path builds) {
    var copy = new Build(builds.resolve(id()));
    try {
      if (!Files.exists(copy.jars())) {
        var part =
            builds.resolve("." + copy.jars().getFileName() + "." + ProcessHandle.current().pid());
        PrivateFiles.removeTree(part);
        PrivateFiles.createDirectory(part);
        for (var name : names()) {
          copy(jars.resolve(name), part.resolve(name));
        }
        requireSame(new Build(part));
        Files.move(part, copy.jars(), StandardCopyOption.ATOMIC_MOVE);
      }
      if (Files.isReadable(archive()) && !Files.exists(copy.archive())) {
        var part = copy.jars().resolve(".part");
        Files.deleteIfExists(part);
        copy(archive(), part);
        Files.move(part, copy.archive(), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be copied to %s: %s", jars, builds, e.getMessage());
    }
    return copy;
  }

  private void requireSame(Build copy) {
    if (!copy.id().equals(id())) {
      PrivateFiles.removeTree(copy.jars());
      throw Refusal.failed("%s changes: wait until the build has ended", jars);
    }
  }

  /** With its time: an archive of shared classes knows the jars by it. */
  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
  }
}
