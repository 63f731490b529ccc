package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.ClusterView.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The clock of a node is put an hour forward, and back later; its monotonic clock goes on as it
 * does on a real machine. All of the nodes run with libfaketime, which looks into a file in each
 * one's own directory.
 */
final class ClockSkew implements Fault {
  private static final String LIBRARY = "libfaketimeMT.so.1";

  /** Where Debian, Fedora and others put it. */
  private static final List<Path> DIRECTORIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime"),
          Path.of("/usr/lib64/faketime"),
          Path.of("/usr/lib/faketime"));

  private static final String FILE = "clock";
  private static final String AN_HOUR_AHEAD = "+3600\n";
  private static final String RIGHT = "+0\n";

  private Path data = Path.of("");

  @Override
  public String word() {
    return "clock-skew";
  }

  @Override
  public String what() {
    return "a node's clock is put an hour forward (with libfaketime)";
  }

  @Override
  public Victims victims() {
    return Victims.ANY;
  }

  @Override
  public Asked asked() {
    return Asked.ALWAYS;
  }

  @Override
  public Limits limits() {
    return Limits.of(
        Goal.worst(Quantity.FAILED, 0),
        Goal.worst(Quantity.READ_GAP, Kill.READ_GAP_SECONDS),
        Goal.worst(Quantity.DOWNED, 0));
  }

  @Override
  public Optional<String> obstacle(DatabaseAddress database) {
    return library().isPresent()
        ? Optional.empty()
        : Optional.of("libfaketime is not there: apt-get install faketime");
  }

  private static Optional<Path> library() {
    return DIRECTORIES.stream().map(it -> it.resolve(LIBRARY)).filter(Files::exists).findFirst();
  }

  @Override
  public void prepare(Preparation preparation) {
    data = preparation.data();
    for (int node = 1; node <= preparation.nodes(); node++) {
      set(preparation.directory(node), RIGHT);
    }
    preparation.variable("LD_PRELOAD", library().orElseThrow().toString());
    preparation.variable("FAKETIME_TIMESTAMP_FILE", FILE);
    preparation.variable("FAKETIME_CACHE_DURATION", "1");
    preparation.variable("FAKETIME_DONT_FAKE_MONOTONIC", "1");
  }

  private static void set(Path directory, String offset) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve(FILE), offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public long harm(Site site, List<Node> victims) {
    victims.forEach(it -> set(data.resolve(it.name()), AN_HOUR_AHEAD));
    return site.tell("the clock of %s is an hour ahead".formatted(names(victims)));
  }

  /** A node that says nothing of it leaves its operator to wonder about its log. */
  @Override
  public Mended mend(Site site, List<Node> victims) {
    victims.stream()
        .filter(it -> !site.cluster().run("logs", it.name()).contains("clock"))
        .forEach(it -> site.miss(it.name() + " says nothing of its clock"));
    victims.forEach(it -> set(data.resolve(it.name()), RIGHT));
    return new Mended(
        site.tell("the clock of %s is right".formatted(names(victims))), Mended.NEVER);
  }

  private static String names(List<Node> nodes) {
    return String.join(", ", nodes.stream().map(Node::name).toList());
  }
}
