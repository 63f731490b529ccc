package io.holdfast.tools;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * One process of this machine, told from every other that had or will have its number. Linux only:
 * it reads {@code /proc}.
 *
 * @param startTicks when it started, in the kernel's ticks since boot
 * @param boot which boot of the machine that was
 */
record ProcessMark(long pid, long startTicks, String boot) {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private static final Path UPTIME = Path.of("/proc/uptime");

  /** What Linux shows to programs, on every architecture that Java runs on. */
  private static final long TICKS_PER_SECOND = 100;

  /** Fields of {@code /proc/PID/stat}, counted from the one behind the command's name. */
  private static final int STATE = 0;

  private static final int START_TIME = 19;

  /** What the kernel says of a process. */
  enum RunState {
    RUNNING,
    PAUSED,
    ENDED
  }

  /** The process that has this number now; empty when none has. */
  static Optional<ProcessMark> of(long pid) {
    return stat(pid)
        .filter(fields -> stateOf(pid, fields) != RunState.ENDED)
        .map(fields -> new ProcessMark(pid, Long.parseLong(fields[START_TIME]), bootId()));
  }

  /** Reads what {@link #text} wrote; empty for anything else. */
  static Optional<ProcessMark> parse(String text) {
    var words = text.trim().split(" ");
    try {
      return words.length == 3
          ? Optional.of(
              new ProcessMark(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  String text() {
    return pid + " " + startTicks + " " + boot + "\n";
  }

  /** Ended also when its number now belongs to another process. */
  RunState state() {
    return of(pid).filter(this::equals).isPresent()
        ? stat(pid).map(fields -> stateOf(pid, fields)).orElse(RunState.ENDED)
        : RunState.ENDED;
  }

  boolean isAlive() {
    return state() != RunState.ENDED;
  }

  /** What it was started with; empty when it has ended. */
  String commandLine() {
    try {
      return Files.readString(
          Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** How long ago it started. */
  Duration age() {
    try {
      var upSeconds = Double.parseDouble(Files.readString(UPTIME).split(" ")[0]);
      var ticks = (long) (upSeconds * TICKS_PER_SECOND) - startTicks;
      return Duration.ofMillis(Math.max(0, ticks) * 1000 / TICKS_PER_SECOND);
    } catch (IOException e) {
      return Duration.ZERO;
    }
  }

  private static RunState stateOf(long pid, String[] fields) {
    return switch (fields[STATE]) {
      case "T", "t" -> RunState.PAUSED;
      case "Z", "X", "x" -> hasThreads(pid) ? RunState.RUNNING : RunState.ENDED;
      default -> RunState.RUNNING;
    };
  }

  /** A killed process holds its ports and files until the last of its threads is gone. */
  private static boolean hasThreads(long pid) {
    try (var threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      return threads.count() > 1;
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static Optional<String[]> stat(long pid) {
    try {
      var line =
          Files.readString(
              Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
      return Optional.of(line.substring(line.lastIndexOf(')') + 2).split(" "));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT_ID).trim();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
