package io.holdfast.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * The archive of loaded classes that lets a node start in about half the time (class data sharing,
 * JEP 350). It is made once after each build, by a cluster of one node on a directory of its own
 * that starts, answers a few requests and stops; never by a start, which would have to wait for it.
 * Where it cannot be made, that is noted beside it, and not tried again for an hour.
 */
final class SharedClasses {
  private static final Duration READY_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(30);
  private static final Duration TRY_AGAIN_AFTER = Duration.ofHours(1);
  private static final int PORT_TRIES = 20;

  private final Home home;
  private final Build build;
  private final Path archive;

  /** {@code prepare}. */
  @Command(
      name = "prepare",
      description = "Makes later starts faster; once after a build (start does it when it builds).",
      mixinStandardHelpOptions = true)
  static final class Prepare implements Callable<Integer> {
    @ParentCommand private ClusterCommand parent;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      var progress = new Progress(spec.commandLine().getOut(), System.console() != null);
      ensure(parent.home(), progress);
      progress.end();
      return 0;
    }
  }

  private SharedClasses(Home home, Build build) {
    this.home = home;
    this.build = build;
    this.archive = build.archive();
  }

  /** Makes the archive if it is missing and can be made. */
  static void ensure(Home home, Progress progress) {
    home.build().ifPresent(build -> new SharedClasses(home, build).ensure(progress));
  }

  private Path failed() {
    return archive.resolveSibling(archive.getFileName() + ".failed");
  }

  private void ensure(Progress progress) {
    if (Files.exists(archive)
        || hasFailedLately()
        || !Files.isWritable(archive.toAbsolutePath().getParent())) {
      return;
    }
    progress.show("preparing fast starts (once after a build)");
    try {
      make();
    } catch (IOException | Refusal | UncheckedIOException e) {
      note(e.getMessage());
    }
  }

  private boolean hasFailedLately() {
    try {
      var failedAt = Files.getLastModifiedTime(failed()).toInstant();
      return failedAt.plus(TRY_AGAIN_AFTER).isAfter(Instant.now());
    } catch (IOException e) {
      return false;
    }
  }

  private void make() throws IOException {
    var directory = Files.createTempDirectory("holdfast-classes");
    try {
      var made = directory.resolve("archive");
      run(directory, made);
      if (Files.exists(made)) {
        var part =
            archive.resolveSibling(archive.getFileName() + "." + ProcessHandle.current().pid());
        Files.move(made, part, StandardCopyOption.REPLACE_EXISTING);
        removeOthers();
        Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(failed());
      } else {
        note("the node that should have written it did not");
      }
    } finally {
      PrivateFiles.removeTree(directory);
    }
  }

  /** Those of earlier builds; who runs with one keeps it open. */
  private void removeOthers() throws IOException {
    try (var files = Files.newDirectoryStream(archive.getParent(), "holdfast-*.jsa")) {
      for (var file : files) {
        Files.delete(file);
      }
    }
  }

  private void run(Path directory, Path made) {
    var data = new DataDirectory(directory.resolve("data"));
    data.prepare();
    var writing = List.of("-XX:ArchiveClassesAtExit=" + made, "-Xlog:cds=off");
    var cluster =
        new Cluster(
            home.running(build.copiedTo(data.builds())).on(Network.OWN).withNodeOptions(writing),
            data,
            new Remembered(1, freePorts(), Optional.empty(), Optional.empty()),
            OperatorFile.read(Optional.empty()));
    var starter = new Starter(cluster, Progress.silent());
    try {
      starter.check(List.of(1), true);
      starter.start(List.of(1), true);
      starter.awaitReady(READY_MAX);
      request(cluster.addresses(1));
      data.node(1).signal(Signal.TERM);
      data.node(1).awaitEnd(STOP_MAX);
    } finally {
      data.running(cluster.remembered()).forEach(it -> it.signal(Signal.KILL));
      data.running(cluster.remembered()).forEach(it -> it.awaitEnd(STOP_MAX));
    }
  }

  /** The classes that a first request of each kind loads. */
  private static void request(NodeStatus.Addresses node) {
    var client = HttpClient.newHttpClient();
    var document = node.http().resolve("/docs/a");
    for (var method : List.of("PUT", "GET", "HEAD", "PUT", "DELETE", "GET")) {
      send(client, document, method, method.equals("PUT") ? "{\"a\":1}" : "");
    }
    send(client, node.admin().resolve("/metrics"), "GET", "");
    send(client, node.admin().resolve("/cluster"), "GET", "");
  }

  private static void send(HttpClient client, URI target, String method, String content) {
    var request =
        HttpRequest.newBuilder(target)
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .method(
                method,
                content.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(content))
            .build();
    try {
      client.send(request, HttpResponse.BodyHandlers.discarding());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.failed("interrupted");
    }
  }

  /** Below those that the system gives to clients. */
  private static Ports freePorts() {
    for (var i = 0; i < PORT_TRIES; i++) {
      var ports = new Ports(ThreadLocalRandom.current().nextInt(12_000, 30_000));
      try {
        ports.of(1).forEach((kind, port) -> PortCheck.requireFree(Network.LOOPBACK, port, kind));
        PortCheck.requireFree(Network.LOOPBACK, ports.database(), "database");
        return ports;
      } catch (Refusal e) {
        // try others
      }
    }
    throw Refusal.failed("no free ports");
  }

  private void note(String why) {
    try {
      Files.writeString(failed(), why + "\n");
    } catch (IOException e) {
      // then it is tried again, which is right as well
    }
  }
}
