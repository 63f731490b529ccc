package io.holdfast.testing;

import io.holdfast.tools.lab.Lab;
import io.holdfast.tools.lab.Place;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Ways between this JVM, which is outside of the lab, and what is inside: each is a pair of relays,
 * one here and one in a process there. Opened all at once, since each place costs a process.
 */
public final class LabPassage implements AutoCloseable {
  private final Path directory;
  private final List<Process> processes = new ArrayList<>();
  private final List<Relay> relays = new ArrayList<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();

  private LabPassage() throws IOException {
    directory = Files.createTempDirectory("hf-passage-");
  }

  /**
   * Opens ways in, from ports on loopback here, and a way out, from the database's place to a
   * database that listens on loopback here.
   *
   * @param targets addresses inside, {@code HOST:PORT}, asked for from the clients' place
   * @param database what the database's place listens on, and what that leads to, {@code HOST:PORT}
   */
  public static LabPassage open(Lab lab, List<String> targets, Map.Entry<String, String> database) {
    try {
      var passage = new LabPassage();
      try {
        passage.lead(lab, targets, database);
      } catch (IOException | RuntimeException e) {
        passage.close();
        throw e;
      }
      return passage;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void lead(Lab lab, List<String> targets, Map.Entry<String, String> database)
      throws IOException {
    var socket = socket("database");
    relays.add(Relay.start(socket, database.getValue()));
    process(lab, Place.DATABASE, List.of(database.getKey(), socket));
    var inside = new ArrayList<String>();
    for (var target : targets) {
      inside.add(socket(target));
      inside.add(target);
    }
    process(lab, Place.CLIENTS, inside);
    for (var target : targets) {
      var relay = Relay.start("127.0.0.1:0", socket(target));
      relays.add(relay);
      ports.put(target, relay.port());
    }
  }

  /** An address with a colon is one of TCP. */
  private String socket(String name) {
    return directory.resolve(name.replace(':', '-')).toString();
  }

  private void process(Lab lab, Place place, List<String> fromTo) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Relay.class.getName()));
    command.addAll(fromTo);
    var process = new ProcessBuilder(lab.in(place, command)).redirectErrorStream(true).start();
    processes.add(process);
    var said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
    if (!"listening".equals(said)) {
      throw new IOException("no relay in " + place + ": " + said);
    }
  }

  /** The port on loopback here that leads to that address inside. */
  public int portTo(String target) {
    return ports.get(target);
  }

  @Override
  public void close() {
    relays.forEach(Relay::close);
    processes.forEach(Process::destroyForcibly);
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
