package io.holdfast.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Prometheus's own word on what it is to read. */
public final class Promtool {
  private static final String NAME = "promtool";
  private static final String MISSING =
      "There is no promtool: apt-get install prometheus (its package has it)";

  private Promtool() {}

  /**
   * What it has to say, and how it ended. Where it is missing the test is skipped, but never where
   * {@code CI} is set.
   */
  public record Said(int exitCode, String text) {}

  /** Runs it with that as its standard input. */
  public static Said of(String input, String... arguments)
      throws IOException, InterruptedException {
    if (System.getenv("CI") == null) {
      assumeTrue(isThere(), MISSING);
    } else if (!isThere()) {
      throw new AssertionError(MISSING);
    }
    var command = new ArrayList<>(List.of(NAME));
    command.addAll(List.of(arguments));
    var given = Files.createTempFile("promtool-", ".txt");
    try {
      Files.writeString(given, input);
      var process =
          new ProcessBuilder(command)
              .redirectInput(given.toFile())
              .redirectErrorStream(true)
              .start();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Said(process.waitFor(), text);
    } finally {
      Files.delete(given);
    }
  }

  private static boolean isThere() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(it -> Files.isExecutable(Path.of(it, NAME)));
  }
}
