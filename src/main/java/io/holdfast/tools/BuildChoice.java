package io.holdfast.tools;

import io.holdfast.tools.Remembered.Chosen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which build the processes of a cluster run. It is the cluster's, like its ports: what is started
 * beside nodes that run gets theirs, and a roll changes it for all.
 */
record BuildChoice(Home home, DataDirectory data) {
  /** A copy, or what was left of one that was not finished. */
  private static final Pattern COPY = Pattern.compile("[0-9a-f]{8}|\\.[0-9a-f]{8}\\.\\d+");

  /** What a start takes: the cluster's, as long as nodes run or a person chose it. */
  Optional<Chosen> forStart(Remembered before) {
    var kept = before.build().filter(it -> data.build(it).isPresent());
    var named = before.build().flatMap(Chosen::from);
    if (kept.isPresent() && (named.isPresent() || nodesRun(before))) {
      return kept;
    }
    return named.isPresent() ? named(named.get()) : ofNow();
  }

  /** A copy of the build that a person named. */
  Optional<Chosen> named(Path directory) {
    var from = directory.toAbsolutePath().normalize();
    return Optional.of(new Chosen(copied(Build.named(from)), Optional.of(from)));
  }

  /** A copy of what is built here now; empty where nothing is made of jars. */
  Optional<Chosen> ofNow() {
    return home.build().map(it -> new Chosen(copied(it), Optional.empty()));
  }

  /** What is built here differs from what the cluster runs, and nobody wanted that. */
  boolean isOutdated(Remembered remembered) {
    return remembered
        .build()
        .filter(it -> it.from().isEmpty())
        .flatMap(it -> home.build().map(Build::id).map(id -> !id.equals(it.id())))
        .orElse(false);
  }

  private boolean nodesRun(Remembered before) {
    return data.running(before).stream().anyMatch(it -> !it.equals(data.database()));
  }

  private String copied(Build build) {
    PrivateFiles.createDirectory(data.builds());
    return build.copiedTo(data.builds()).jars().getFileName().toString();
  }

  /**
   * Removes the copies that no process runs and that none will be started from; returns how many.
   */
  static int removeUnused(DataDirectory data) {
    if (!Files.isDirectory(data.builds())) {
      return 0;
    }
    var remembered = data.remembered();
    var used =
        Stream.concat(data.running(remembered).stream(), Stream.of(data.supervisor()))
            .flatMap(it -> it.running().stream())
            .map(ProcessMark::commandLine)
            .toList();
    var current = remembered.build().map(Chosen::id).orElse("");
    try (var copies = Files.list(data.builds())) {
      var unused =
          copies
              .filter(copy -> COPY.matcher(copy.getFileName().toString()).matches())
              .filter(copy -> !copy.getFileName().toString().equals(current))
              .filter(copy -> !isUsed(copy, used))
              .toList();
      unused.forEach(PrivateFiles::removeTree);
      return unused.size();
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read: %s", data.builds(), e.getMessage());
    }
  }

  private static boolean isUsed(Path copy, List<String> commandLines) {
    var mention = DataDirectory.BUILDS + "/" + copy.getFileName() + "/";
    return commandLines.stream().anyMatch(it -> it.contains(mention));
  }
}
