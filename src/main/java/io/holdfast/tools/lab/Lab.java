package io.holdfast.tools.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A network for one cluster, with a place for each node, for the database and for the clients. It
 * is a directory too: in it other processes find the ways in ({@link #at}).
 */
public final class Lab implements AutoCloseable {
  private static final String ROUTER = "router";
  private static final String INTERFACE = "eth0";

  /** Before the kernel's own rules but the one for local addresses. */
  private static final int PRIORITY = 100;

  private final Path directory;
  private final Map<String, Namespace> made = new LinkedHashMap<>();
  private final Set<Cut> cuts = new LinkedHashSet<>();
  private boolean closed;

  /** What one sends does not reach the other. */
  private record Cut(Place from, Place to) {
    String rule(String verb) {
      return "rule %s priority %d from %s to %s blackhole"
          .formatted(verb, PRIORITY, from.host(), to.host());
    }
  }

  private Lab(Path directory) {
    this.directory = directory;
  }

  /** Why there can be no lab on this machine, and what helps; empty when there can be one. */
  public static Optional<String> obstacle() {
    var missing =
        Stream.of("ip", "unshare", "nsenter").filter(it -> Programs.find(it).isEmpty()).toList();
    if (!missing.isEmpty()) {
      return Optional.of(
          "network namespaces need %s: install iproute2 and util-linux"
              .formatted(String.join(", ", missing)));
    }
    try (var tried = Namespace.make()) {
      Programs.run(
          List.of(Programs.path("nsenter"), "--net=" + tried.file(), Programs.path("ip"), "link"),
          Stream.empty());
      return Optional.empty();
    } catch (LabFailure e) {
      return Optional.of("network namespaces need root: run this as root (" + e.getMessage() + ")");
    }
  }

  /** Makes a lab; it is gone again when it is closed, or this process has ended. */
  public static Lab make(int nodes) {
    try {
      var lab = new Lab(Files.createTempDirectory("holdfast-lab-"));
      Runtime.getRuntime().addShutdownHook(new Thread(lab::close, "take the lab apart"));
      try {
        lab.furnish(nodes);
      } catch (RuntimeException e) {
        lab.close();
        throw e;
      }
      return lab;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lab that another process has made. */
  public static Lab at(Path directory) {
    if (!Files.exists(directory.resolve(ROUTER))) {
      throw new LabFailure("there is no lab in " + directory);
    }
    return new Lab(directory);
  }

  private void furnish(int nodes) throws IOException {
    add(ROUTER);
    var forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
    Programs.run(enter(ROUTER, List.of("/bin/sh", "-c", forward)), Stream.empty());
    for (var place : places(nodes)) {
      connect(place, add(place.name()));
    }
  }

  private static List<Place> places(int nodes) {
    return Stream.concat(
            IntStream.rangeClosed(1, nodes).mapToObj(Place::node),
            Stream.of(Place.DATABASE, Place.CLIENTS))
        .toList();
  }

  private Namespace add(String name) throws IOException {
    var namespace = Namespace.make();
    made.put(name, namespace);
    Files.createSymbolicLink(directory.resolve(name), namespace.file());
    return namespace;
  }

  private void connect(Place place, Namespace namespace) {
    ip(
        ROUTER,
        "link add name %s type veth peer name %s netns %d"
            .formatted(place.name(), INTERFACE, namespace.holderPid()),
        "address add %s/30 dev %s".formatted(place.gateway(), place.name()),
        "link set %s up".formatted(place.name()));
    ip(
        place.name(),
        "link set lo up",
        "address add %s/30 dev %s".formatted(place.host(), INTERFACE),
        "link set %s up".formatted(INTERFACE),
        "route add default via " + place.gateway());
  }

  /** All of it in one run of the program, so that several cuts are made within a moment. */
  private void ip(String where, String... commands) {
    Programs.run(enter(where, List.of(Programs.path("ip"), "-batch", "-")), Stream.of(commands));
  }

  /** For {@link #at}. */
  public Path directory() {
    return directory;
  }

  /** The command by which a command runs in that place; the process is the command's own. */
  public List<String> in(Place place, List<String> command) {
    return enter(place.name(), command);
  }

  private List<String> enter(String name, List<String> command) {
    var entering = new ArrayList<String>();
    entering.add(Programs.path("nsenter"));
    entering.add("--net=" + directory.resolve(name));
    entering.addAll(command);
    return entering;
  }

  /** From now on nothing passes between the one side and the other, until {@link #heal}. */
  public void cut(List<Place> side, List<Place> other) {
    change(
        Stream.concat(pairs(side, other).stream(), pairs(other, side).stream()).toList(),
        List.of());
  }

  /** From now on nothing that the one side sends reaches the other. */
  public void cutOneWay(List<Place> from, List<Place> to) {
    change(pairs(from, to), List.of());
  }

  /** All ways are open again. */
  public void heal() {
    change(List.of(), List.copyOf(cuts));
  }

  private static List<Cut> pairs(List<Place> from, List<Place> to) {
    return from.stream().flatMap(one -> to.stream().map(other -> new Cut(one, other))).toList();
  }

  private void change(List<Cut> added, List<Cut> removed) {
    var fresh = added.stream().filter(it -> !cuts.contains(it)).distinct().toList();
    if (fresh.isEmpty() && removed.isEmpty()) {
      return;
    }
    ip(
        ROUTER,
        Stream.concat(
                fresh.stream().map(it -> it.rule("add")),
                removed.stream().map(it -> it.rule("del")))
            .toArray(String[]::new));
    cuts.addAll(fresh);
    removed.forEach(cuts::remove);
  }

  /** Takes everything apart that was made here, and ends what still runs in it. */
  @Override
  public synchronized void close() {
    if (closed || made.isEmpty()) {
      return;
    }
    closed = true;
    made.values().forEach(Namespace::close);
    try {
      for (var name : made.keySet()) {
        Files.deleteIfExists(directory.resolve(name));
      }
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
