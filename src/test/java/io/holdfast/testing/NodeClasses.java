package io.holdfast.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
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
 * for all processes in which its tests run, by a node that starts, answers and stops: all others
 * start in about half the time.
 */
public final class NodeClasses {
  /** One run of the tests, by the property that its processes share; else this process is one. */
  private static final String RUN =
      System.getProperty("holdfast.test.run", "pid-" + ProcessHandle.current().pid());

  private static final Path ALL = Path.of("target", "node-classes").toAbsolutePath();

  private static List<String> options;

  private NodeClasses() {}

  /** Options of {@code java}, the class path among them. */
  public static synchronized List<String> options() {
    if (options == null) {
      try {
        Files.createDirectories(ALL);
        options = ofThisRun();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return options;
  }

  /** Whoever is first makes them; others wait for that. */
  private static List<String> ofThisRun() throws IOException {
    var directory = ALL.resolve(RUN);
    var archive = directory.resolve("archive.jsa");
    var lock = ALL.resolve("lock");
    try (var channel = FileChannel.open(lock, CREATE, WRITE);
        var held = channel.lock()) {
      if (!Files.exists(archive)) {
        removeAllBut(lock);
        Files.createDirectories(directory);
        make(directory, archive);
      }
    }
    return joined(List.of("-XX:SharedArchiveFile=" + archive), classPath(directory));
  }

  private static void make(Path directory, Path archive) throws IOException {
    var made = directory.resolve("made.jsa");
    var writing = List.of("-XX:ArchiveClassesAtExit=" + made, "-Xlog:cds=off");
    var packed = joined(writing, classPath(directory));
    try (var service =
            Origin.start((request, it) -> it.text(200, "a", "Cache-Control: max-age=9"));
        var node = NodeProcesses.startWith(packed, TestDatabase.H2.fresh(), properties(service))) {
      use(node);
      node.stop(1);
      if (!Files.exists(made)) {
        throw new IllegalStateException("no archive of classes was made:\n" + node.logged(1));
      }
    }
    Files.move(made, archive);
  }

  private static List<String> properties(Origin service) {
    var properties = new ArrayList<>(Services.storing("s", service));
    properties.add("holdfast.routes.s.async.mode=allowed");
    return properties;
  }

  /** All that nodes do for most tests, so that the archive has the classes for it. */
  private static void use(NodeProcesses node) {
    node.put(1, "/docs/a", "{\"a\":1}");
    node.get(1, "/docs/a");
    node.get(1, "/s/a");
    node.get(1, "/s/a");
    node.send(1, "POST", "/s/a", "a", "Idempotency-Key", "k");
    node.send(1, "POST", "/s/a", "a", "Prefer", "wait=9", "Idempotency-Key", "l");
    node.get(1, "/operations");
    node.send(node.admin(1, "/upstreams"), "GET", null);
    node.send(node.admin(1, "/metrics"), "GET", null);
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
        if (!Files.exists(jar)) {
          pack(path, jar);
        }
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

  /** What earlier runs have left. A node that still runs from it keeps what it has open. */
  private static void removeAllBut(Path lock) throws IOException {
    try (var files = Files.walk(ALL)) {
      files
          .sorted(Comparator.reverseOrder())
          .filter(it -> !it.equals(lock) && !it.equals(ALL))
          .forEach(file -> file.toFile().delete());
    }
  }
}
