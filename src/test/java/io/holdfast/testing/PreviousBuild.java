package io.holdfast.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The build before this one: of the commit before the last that changed the sources, or, while they
 * differ from the last commit, of that. Made once for each commit, under {@code target/}.
 */
public final class PreviousBuild {
  private static final Path BUILDS = Path.of("target", "previous-build").toAbsolutePath();
  private static final List<String> SOURCES = List.of("src/main", "pom.xml");
  private static final long BUILD_MINUTES_MAX = 5;

  private PreviousBuild() {}

  private record Ended(int exitCode, String output) {
    boolean isSuccess() {
      return exitCode == 0;
    }
  }

  /** The distribution, with its {@code lib/}. Skips the test where there is no history. */
  public static synchronized Path distribution() {
    var commit = commit();
    Assumptions.assumeTrue(
        commit.isPresent(),
        "skipped: there is no commit before this one here (git is missing, or the clone is shallow)");
    var directory = BUILDS.resolve(commit.get());
    make(commit.get(), directory);
    return directory.resolve("target/holdfast");
  }

  /** Other processes in which tests run may want it at the same time: one makes it. */
  private static void make(String commit, Path directory) {
    var done = directory.resolve("done");
    try {
      Files.createDirectories(BUILDS);
      try (var channel = FileChannel.open(BUILDS.resolve("lock"), CREATE, WRITE);
          var held = channel.lock()) {
        if (!Files.exists(done)) {
          unpack(commit, directory);
          build(directory);
          write(done);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<String> commit() {
    var changed = git(Stream.concat(Stream.of("status", "--porcelain", "--"), SOURCES.stream()));
    if (!changed.isSuccess()) {
      return Optional.empty();
    }
    var from = changed.output().isBlank() ? lastThatChangedSources() + "~1" : "HEAD";
    var commit = git(Stream.of("rev-parse", "--verify", "--quiet", from + "^{commit}"));
    return commit.isSuccess() ? Optional.of(commit.output().strip()) : Optional.empty();
  }

  private static String lastThatChangedSources() {
    return git(Stream.concat(Stream.of("log", "-1", "--format=%H", "--"), SOURCES.stream()))
        .output()
        .strip();
  }

  private static void unpack(String commit, Path directory) {
    try {
      Files.createDirectories(directory);
      var archive = directory.resolve("sources.tar");
      require(git(Stream.of("archive", "--format=tar", "--output=" + archive, commit)));
      require(run(directory, List.of("tar", "-xf", archive.toString())));
      Files.delete(archive);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it needs is here, since it was tested; else it is fetched. */
  private static void build(Path directory) {
    var command =
        List.of(
            "mvn",
            "-B",
            "-ntp",
            "-q",
            "-Dmaven.test.skip=true",
            "-Dspotless.check.skip=true",
            "package");
    var offline = new ArrayList<>(command);
    offline.add(1, "-o");
    if (!run(directory, offline).isSuccess()) {
      require(run(directory, command));
    }
  }

  /** Who owns the files does not matter to who only reads them. */
  private static Ended git(Stream<String> words) {
    var command = Stream.concat(Stream.of("git", "-c", "safe.directory=*"), words).toList();
    return run(Path.of("").toAbsolutePath(), command);
  }

  private static void require(Ended ended) {
    if (!ended.isSuccess()) {
      throw new IllegalStateException("the previous build cannot be made: " + ended.output());
    }
  }

  private static Ended run(Path directory, List<String> command) {
    try {
      var output = Files.createTempFile("holdfast-previous", ".log");
      var builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
      var process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(BUILD_MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " takes too long");
      }
      var text = Files.readString(output, StandardCharsets.UTF_8);
      Files.delete(output);
      return new Ended(process.exitValue(), text);
    } catch (IOException e) {
      return new Ended(-1, e.toString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path done) {
    try {
      Files.writeString(done, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
