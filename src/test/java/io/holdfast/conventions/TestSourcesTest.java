package io.holdfast.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what is asked of source text; a finding reads {@code file:line: what it is}. */
class TestSourcesTest {
  private static final Path SOURCES = Path.of("src");

  private static final List<Pattern> UNWANTED =
      List.of(
          Pattern.compile("\\bTO" + "DO\\b|\\bFIX" + "ME\\b"),
          Pattern.compile("@Dis" + "abled\\b"));

  private static final List<Pattern> SLEEPS =
      List.of(
          Pattern.compile("Thread\\.sleep\\("), Pattern.compile("TimeUnit\\.[A-Z]+\\.sleep\\("));

  /** Command lines wait for processes that are not their children: they can only look again. */
  private static final Path MAY_SLEEP = SOURCES.resolve("main/java/io/holdfast/tools");

  @Test
  void noSourceSleepsOrIsLeftUnfinished() throws IOException {
    assertThat(findings()).isEmpty();
  }

  private static List<String> findings() throws IOException {
    try (var files = Files.walk(SOURCES)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.getFileName().toString().equals("TestSourcesTest.java"))
          .flatMap(file -> findings(file).stream())
          .toList();
    }
  }

  private static List<Pattern> unwanted(Path file) {
    return file.startsWith(MAY_SLEEP)
        ? UNWANTED
        : Stream.concat(UNWANTED.stream(), SLEEPS.stream()).toList();
  }

  private static List<String> findings(Path file) {
    var found = new ArrayList<String>();
    try {
      var lines = Files.readAllLines(file);
      for (var i = 0; i < lines.size(); i++) {
        for (var pattern : unwanted(file)) {
          var match = pattern.matcher(lines.get(i));
          if (match.find()) {
            found.add("%s:%d: %s".formatted(file, i + 1, match.group()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }
}
