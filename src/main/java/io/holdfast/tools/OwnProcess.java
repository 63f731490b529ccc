package io.holdfast.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process that we started, or did not start yet: what its directory says of it. Every signal is
 * preceded by a look whether the process still is the one that was started.
 *
 * @param name as people call it: {@code n1}, {@code database}
 * @param directory holds its {@code pid} file and its {@code log}
 */
record OwnProcess(String name, Path directory) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);

  Path pidFile() {
    return directory.resolve("pid");
  }

  Path log() {
    return directory.resolve("log");
  }

  Path previousLog() {
    return directory.resolve("log.1");
  }

  /** The process, if it runs. */
  Optional<ProcessMark> running() {
    try {
      return Files.exists(pidFile())
          ? ProcessMark.parse(Files.readString(pidFile())).filter(ProcessMark::isAlive)
          : Optional.empty();
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be read (%s)", pidFile(), e.getMessage());
    }
  }

  ProcessMark.RunState state() {
    return running().map(ProcessMark::state).orElse(ProcessMark.RunState.ENDED);
  }

  void forget() {
    try {
      Files.deleteIfExists(pidFile());
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
      var mark = ProcessMark.of(process.pid());
      if (mark.isPresent()) {
        Files.writeString(pidFile(), mark.get().text());
      }
      return process;
    } catch (IOException e) {
      throw Refusal.failed("%s cannot be started: %s", name, e.getMessage());
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
    var deadline = System.nanoTime() + atMost.toNanos();
    while (running().isPresent()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      rest(LOOK_EVERY);
    }
    forget();
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
