package io.holdfast.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * What a cluster was asked to be, kept in its directory.
 *
 * @param nodes how many it has, whether they run or not
 * @param config the operator's file, absolute; empty: none
 * @param build what its processes run; empty before the first start
 */
record Remembered(int nodes, Ports ports, Optional<Path> config, Optional<Chosen> build) {
  static final int NODES_DEFAULT = 3;

  /**
   * A build that a cluster has a copy of.
   *
   * @param id of the copy
   * @param from where a person said that it is; empty: it is what was built here
   */
  record Chosen(String id, Optional<Path> from) {}

  Remembered {
    if (nodes < 1 || nodes > Ports.NODES_MAX) {
      throw Refusal.unusable("%d nodes: give 1 to %d", nodes, Ports.NODES_MAX);
    }
  }

  static Remembered defaults() {
    return new Remembered(
        NODES_DEFAULT, new Ports(Ports.BASE_DEFAULT), Optional.empty(), Optional.empty());
  }

  static Remembered read(Path file) {
    var properties = new Properties();
    try (var in = Files.newBufferedReader(file)) {
      properties.load(in);
      return new Remembered(
          Integer.parseInt(properties.getProperty("nodes", "")),
          new Ports(Integer.parseInt(properties.getProperty("base-port", ""))),
          path(properties, "config"),
          Optional.ofNullable(properties.getProperty("build"))
              .map(id -> new Chosen(id, path(properties, "build-from"))));
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.unusable(
          "%s cannot be read (%s): give nodes=, base-port= and config= again with start, after"
              + " removing it",
          file, e.getMessage());
    }
  }

  private static Optional<Path> path(Properties properties, String key) {
    return Optional.ofNullable(properties.getProperty(key)).map(Path::of);
  }

  void write(Path file) {
    var properties = new Properties();
    properties.setProperty("nodes", Integer.toString(nodes));
    properties.setProperty("base-port", Integer.toString(ports.base()));
    config.ifPresent(path -> properties.setProperty("config", path.toString()));
    build.ifPresent(it -> properties.setProperty("build", it.id()));
    build
        .flatMap(Chosen::from)
        .ifPresent(path -> properties.setProperty("build-from", path.toString()));
    PrivateFiles.replace(
        file,
        out -> properties.store(out, "What scripts/cluster was asked for; it writes this itself."));
  }

  Remembered withNodes(int count) {
    return new Remembered(count, ports, config, build);
  }

  Remembered withBuild(Optional<Chosen> chosen) {
    return new Remembered(nodes, ports, config, chosen);
  }
}
