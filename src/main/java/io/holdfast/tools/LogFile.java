package io.holdfast.tools;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a process printed. */
final class LogFile {
  private static final int TAIL_BYTES = 16 * 1024;
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private LogFile() {}

  /** The last line that is not blank, or words that say there is none. */
  static String lastLine(Path log) {
    var lines = lastLines(log, 1);
    return lines.isEmpty() ? "it printed nothing to " + log : lines.get(0);
  }

  /** Up to so many of the last lines that are not blank. */
  static List<String> lastLines(Path log, int count) {
    try (var file = new RandomAccessFile(log.toFile(), "r")) {
      var length = (int) Math.min(TAIL_BYTES, file.length());
      var bytes = new byte[length];
      file.seek(file.length() - length);
      file.readFully(bytes);
      var lines =
          new String(bytes, StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.subList(Math.max(0, lines.size() - count), lines.size());
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Prints a log, and, if asked to, what comes to it, until the command is ended. */
  static void print(Path log, boolean follow, PrintWriter out) throws IOException {
    var position = copy(log, 0, out);
    while (follow) {
      OwnProcess.rest(LOOK_EVERY);
      // A node that starts anew begins a new log.
      position = copy(log, Files.exists(log) && Files.size(log) >= position ? position : 0, out);
    }
  }

  private static long copy(Path log, long from, PrintWriter out) throws IOException {
    if (!Files.exists(log)) {
      return 0;
    }
    long end;
    try (var channel = Files.newByteChannel(log)) {
      channel.position(from);
      Channels.newReader(channel, StandardCharsets.UTF_8).transferTo(out);
      end = channel.position();
    }
    out.flush();
    return end;
  }
}
