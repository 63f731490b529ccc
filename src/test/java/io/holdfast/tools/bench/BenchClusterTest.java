package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a script in the place of {@code scripts/cluster} that notes what it is asked for. */
class BenchClusterTest {
  private static final String STATUS =
      """
      {"nodes":[{"documents":5},{"documents":null},{"documents":-1},{"documents":7}],
       "database":{}}
      """;

  @TempDir private Path directory;
  private final StringWriter printed = new StringWriter();

  @Test
  void stopsWhatItStarted() throws IOException {
    start("echo '" + STATUS + "'").close();

    assertThat(asked()).startsWith("start").endsWith("stop");
  }

  @Test
  void leavesRunningWhatADeniedStartHasFound() {
    assertThatThrownBy(() -> start("exit 2"))
        .isInstanceOf(BenchCluster.Failed.class)
        .extracting(it -> ((BenchCluster.Failed) it).exitCode())
        .isEqualTo(2);

    assertThat(asked()).containsExactly("start");
  }

  @Test
  void stopsWhatABrokenOffStartHasBegun() {
    assertThatThrownBy(() -> start("exit 130")).isInstanceOf(BenchCluster.Failed.class);

    assertThat(asked()).containsExactly("start", "stop");
  }

  @Test
  void countsTheDocumentsOfNodesThatKnowTheirNumber() throws IOException {
    try (var cluster = start("echo '" + STATUS + "'")) {
      assertThat(cluster.documents()).isEqualTo(12);
    }
  }

  private BenchCluster start(String body) throws IOException {
    var noting = "#!/bin/sh\necho \"$1\" >> '%s'\n%s\n".formatted(directory.resolve("asked"), body);
    var script = Files.writeString(directory.resolve("cluster"), noting);
    assertThat(script.toFile().setExecutable(true)).isTrue();
    var place = new BenchCluster.Place(directory.resolve("data"), false, 28080, false);
    return BenchCluster.start(script, place, 3, Optional.empty(), new PrintWriter(printed, true));
  }

  private List<String> asked() {
    try {
      return Files.readAllLines(directory.resolve("asked"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
