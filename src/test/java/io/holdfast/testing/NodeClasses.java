package io.holdfast.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/**
 * What nodes that tests start are run from: today's classes in a jar, and an archive of the classes
 * that a node loads (class data sharing, JEP 350, which knows jars only). Made once in a test run,
 * by a node that starts, answers and stops: all others start in about half the time.
 */
final class NodeClasses {
  private static List<String> options;

  private NodeClasses() {}

  /** Options of {@code java}. */
  static synchronized List<String> options() {
    if (options == null) {
      try {
        options = make();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return options;
  }

  private static List<String> make() throws IOException {
    var directory = Files.createTempDirectory("holdfast-node-classes-");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
    var classPath = classPath(directory);
    var archive = directory.resolve("archive.jsa");
    var writing = List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off");
    try (var node = NodeProcesses.startWith(joined(writing, classPath), TestDatabase.H2.fresh())) {
      node.put(1, "/docs/a", "{\"a\":1}");
      node.get(1, "/docs/a");
      node.stop(1);
      if (!Files.exists(archive)) {
        throw new IllegalStateException("no archive of classes was made:\n" + node.logged(1));
      }
    }
    return joined(List.of("-XX:SharedArchiveFile=" + archive), classPath);
  }

  private static List<String> joined(List<String> one, List<String> other) {
    var all = new ArrayList<>(one);
    all.addAll(other);
    return List.copyOf(all);
  }

  /** Of what this process has: each directory as a jar. */
  private static List<String> classPath(Path directory) throws IOException {
    var entries = new ArrayList<String>();
    for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      var path = Path.of(entry);
      if (Files.isDirectory(path)) {
        var jar = directory.resolve(entries.size() + ".jar");
        pack(path, jar);
        entries.add(jar.toString());
      } else if (Files.exists(path)) {
        entries.add(entry);
      }
    }
    return List.of("-cp", String.join(File.pathSeparator, entries));
  }

  /** With entries for folders: who looks for one by its name would not find it else. */
  private static void pack(Path root, Path jar) throws IOException {
    try (var out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(root)) {
      for (var file : files.filter(it -> !it.equals(root)).sorted().toList()) {
        var name = root.relativize(file).toString();
        if (Files.isDirectory(file)) {
          out.putNextEntry(new ZipEntry(name + "/"));
        } else {
          out.putNextEntry(new ZipEntry(name));
          Files.copy(file, out);
        }
      }
    }
  }

  private static void remove(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
