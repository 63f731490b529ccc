package io.holdfast.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.tools.TestCluster;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What README promises of {@code scripts/demo --auto}, in less time than one needs to watch. */
@Timeout(300)
@Tag("alone")
class DemoTest {
  private static final double PACE = 0.3;
  private static final Pattern ROW =
      Pattern.compile(
          "(?<step>\\S.*?) +(?<answered>\\d+) +\\d+ +(?<refused>\\d+) +\\d+ +(?<failed>\\d+) +[0-9.]+ s");

  @TempDir Path root;

  @Test
  void breaksEverythingItselfAndLosesNothing() throws Exception {
    var printed = new StringWriter();
    int code =
        new CommandLine(new DemoCommand(TestCluster.quickScript(root), PACE))
            .setOut(new PrintWriter(printed))
            .execute("--auto", "--base-port", Integer.toString(TestCluster.freeBlock()));
    assertThat(code).as("%s", printed).isZero();
    var rows = printed.toString().lines().map(ROW::matcher).filter(it -> it.matches()).toList();
    assertThat(rows)
        .extracting(it -> it.group("step"))
        .containsExactly(
            "nothing",
            "kill a node",
            "pause a node for 6 s",
            "stop the database for 5 s",
            "make a service slow",
            "kill everything, start again");
    assertThat(rows)
        .allSatisfy(
            it -> {
              assertThat(it.group("failed")).isEqualTo("0");
              assertThat(Integer.parseInt(it.group("answered"))).isPositive();
            });
    assertThat(rows)
        .filteredOn(
            it ->
                !Set.of("pause a node for 6 s", "stop the database for 5 s")
                    .contains(it.group("step")))
        .allMatch(it -> it.group("refused").equals("0"));
    assertThat(printed.toString())
        .containsPattern("watch: http://127.0.0.1:\\d+/")
        .containsPattern("acknowledged writes lost: 0 of [1-9]\\d* documents");
  }
}
