package io.holdfast.tools;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The load balancer's configuration, as a file and as README shows it. */
class BalancerExampleTest {
  private static final String BEGIN = "backend holdfast";

  @Test
  void readmeShowsTheBackendAsItIsInTheFile() throws IOException {
    assertThat(backend("README.md", "    "))
        .isNotEmpty()
        .isEqualTo(backend("conf/haproxy.cfg", ""));
  }

  /** The indented lines that follow, without comments. */
  private static List<String> backend(String file, String indent) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .dropWhile(line -> !line.equals(indent + BEGIN))
        .skip(1)
        .takeWhile(line -> line.startsWith(indent + "  "))
        .map(String::strip)
        .filter(line -> !line.startsWith("#"))
        .toList();
  }
}
