package io.holdfast.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process that we started, or did not start yet: what its directory says of it. Every signal is
 * preceded by a look whether the process still is the one that was started.
 *
 * <p>A process that was stopped in order has no {@code pid} file; one that has died still has it.
 * So the supervisor tells the two apart, also when it was not there.
 *
 * @param name as people call it: {@code n1}, {@code database}
 * @param directory holds its {@code pid} file and its {@code log}
 */
record OwnProcess(String name, Path directory) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  Path pidFile() {
    return directory.resolve("pid");
  }

  /** Says that the process is being stopped, or was asked to end and did not. */
  private Path dismissal() {
    return directory.resolve("stopping");
  }

  Path log() {
    return directory.resolve("log");
  }

  Path previousLog() {
    return directory.resolve("log.1");
  }

  /** The process, if it runs. */
  Optional<ProcessMark> running() {
    return lastStarted().filter(ProcessMark::isAlive);
  }

  /** The process that has died, and that nobody has stopped. */
  Optional<ProcessMark> died() {
    return isDismissed() ? Optional.empty() : lastStarted().filter(mark -> !mark.isAlive());
  }

  private Optional<ProcessMark> lastStarted() {
    try {
      return ProcessMark.parse(Files.readString(pidFile()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read (%s)", pidFile(), e.getMessage());
    }
  }

  ProcessMark.RunState state() {
    return running().map(ProcessMark::state).orElse(ProcessMark.RunState.ENDED);
  }

  /** Whatever becomes of it from now on, its end is meant. */
  void dismiss() {
    try {
      Files.writeString(dismissal(), "");
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be written (%s)", dismissal(), e.getMessage());
    }
  }

  boolean isDismissed() {
    return Files.exists(dismissal());
  }

  /** It is not there, and nobody misses it. */
  void forget() {
    try {
      Files.deleteIfExists(pidFile());
      Files.deleteIfExists(dismissal());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts it in a session of its own, without input, its output in a new log; the log of last time
   * is kept beside it.
   */
  Process start(List<String> command) {
    try {
      Files.createDirectories(directory);
      if (Files.exists(log())) {
        Files.move(log(), previousLog(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      var process =
          new ProcessBuilder(Sessions.detached(command))
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(log().toFile())
              .start();
      note(process);
      return process;
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be started: %s", name, e.getMessage());
    }
  }

  /** What cannot be noted must not run: nobody would find it again. */
  private void note(Process process) throws IOException {
    try {
      ProcessMark.of(process.pid())
          .ifPresent(mark -> PrivateFiles.replace(pidFile(), out -> out.write(mark.text())));
      Files.deleteIfExists(dismissal());
    } catch (Refusal | IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** The same where the disk may be full: what the file has is written over, at the same length. */
  void noteInPlace(Process process) throws IOException {
    var mark = ProcessMark.of(process.pid()).orElseThrow(() -> new IOException("it has ended"));
    try (var file = FileChannel.open(pidFile(), StandardOpenOption.WRITE)) {
      var text = mark.text();
      var padded = text + " ".repeat((int) Math.max(0, file.size() - text.length()));
      file.write(ByteBuffer.wrap(padded.getBytes(StandardCharsets.US_ASCII)), 0);
    } catch (IOException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Sends a signal to the process if it runs. */
  boolean signal(Signal signal) {
    var target = running();
    target.ifPresent(mark -> signal.send(mark.pid()));
    return target.isPresent();
  }

  /** Waits until it has ended, and forgets it then. */
  boolean awaitEnd(Duration atMost) {
    boolean ended = running().map(mark -> awaitDeath(mark, atMost)).orElse(true);
    if (ended) {
      forget();
    }
    return ended;
  }

  /** Waits until a process has ended; who looks after it sees that it has. */
  static boolean awaitDeath(ProcessMark mark, Duration atMost) {
    var deadline = System.nanoTime() + atMost.toNanos();
    while (mark.isAlive()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      rest(LOOK_EVERY);
    }
    return true;
  }

  /** Waits a moment between two looks. */
  static void rest(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.failed("interrupted");
    }
  }
}
