package io.holdfast.tools.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The programs of the system by which a lab is made. */
final class Programs {
  private static final List<String> DIRECTORIES =
      List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin");

  private static final int ERROR_CHARACTERS_MAX = 300;

  private Programs() {}

  static Optional<String> find(String name) {
    return DIRECTORIES.stream()
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  static String path(String name) {
    return find(name).orElseThrow(() -> new LabFailure(name + " is not installed"));
  }

  /** Runs a program with this input to its end; fails with what it said if it did not succeed. */
  static void run(List<String> command, Stream<String> input) {
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var in = process.getOutputStream()) {
        for (var line : input.toList()) {
          in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException e) {
        // It did not read all of it: its exit code and output say why.
      }
      var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new LabFailure(String.join(" ", command) + ": " + shortened(output.strip()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabFailure("interrupted");
    }
  }

  private static String shortened(String output) {
    return output.length() <= ERROR_CHARACTERS_MAX
        ? output
        : output.substring(0, ERROR_CHARACTERS_MAX) + "...";
  }
}
