package io.holdfast.tools;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/** Makes builds as the commands see them: a directory with our jar and libraries. */
final class TestBuild {
  /** What the fake nodes, the database and the supervisor need. */
  private static final List<String> LIBRARIES =
      List.of("config-", "h2-", "jackson-core", "picocli");

  private TestBuild() {}

  /**
   * A build of today's classes, whose nodes are {@link FakeNode}s.
   *
   * @param fake what they do wrong; also what makes one build another
   */
  static Build in(Path directory, String fake) throws IOException {
    var lib = Files.createDirectories(directory.resolve("lib"));
    try (var jar = new JarOutputStream(Files.newOutputStream(lib.resolve("holdfast-fake.jar")))) {
      add(jar, Path.of("target/classes"), "io/holdfast/tools");
      add(jar, Path.of("target/test-classes"), "io/holdfast/tools");
      jar.putNextEntry(new ZipEntry("fake.conf"));
      jar.write(fake.getBytes(StandardCharsets.UTF_8));
    }
    for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      var file = Path.of(entry);
      var name = file.getFileName().toString();
      if (LIBRARIES.stream().anyMatch(name::startsWith)) {
        Files.copy(file, lib.resolve(name));
      }
    }
    return Build.in(lib).orElseThrow();
  }

  private static void add(JarOutputStream jar, Path root, String folder) throws IOException {
    try (var files = Files.list(root.resolve(folder))) {
      var classes = files.filter(Files::isRegularFile).toArray(Path[]::new);
      Arrays.sort(classes);
      for (var file : classes) {
        var entry = new ZipEntry(root.relativize(file).toString());
        entry.setTime(0);
        jar.putNextEntry(entry);
        Files.copy(file, jar);
      }
    }
  }
}
