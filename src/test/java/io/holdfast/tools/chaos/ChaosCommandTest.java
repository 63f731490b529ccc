package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChaosCommandTest {
  private final StringWriter err = new StringWriter();

  private int chaos(String... arguments) {
    return ChaosCommand.commandLine().setErr(new PrintWriter(err, true)).execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--fault flood",
        "--fault kill --nodes 1",
        "--rate 0",
        "--seconds 1",
        "--hot 20 --keys 10",
        "--base-port 65000",
        "--base-port 1000",
        "--runs 0",
        "--config /no/such/file",
        "--rate many"
      })
  void refusesWrongUseInOneLine(String arguments) {
    assertThat(chaos(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString()).startsWith("chaos: ").hasLineCount(1);
  }

  @Test
  void touchesNoDirectoryThatIsSomebodyElses(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("mine"), "x");

    assertThat(chaos("--data", directory.toString())).isEqualTo(2);
    assertThat(directory.resolve("mine")).exists();
  }

  @Test
  void printsMedianAndWorstOfSeveralRuns() {
    var table = Tables.of(List.of(report(1, 3), report(0, 1), report(0, 2)));

    assertThat(table.lines().filter(it -> it.startsWith("recovery")))
        .containsExactly(
            "recovery, s                     3.00      1.00      2.00      2.00      3.00");
    assertThat(table.lines().filter(it -> it.startsWith("success")))
        .containsExactly(
            "success %                     99.000   100.000   100.000   100.000    99.000");
  }

  @Test
  void showsSomeViolationsOfEachKind() {
    var violation = new Violation(Violation.Kind.TWICE, "one write, two versions");

    assertThat(Tables.violations(Collections.nCopies(9, violation)))
        .hasSize(6)
        .startsWith("TWICE: 9", "  one write, two versions");
  }

  private static RunReport report(long failed, double recovery) {
    return new RunReport(100, failed, 0, 0, 0, 0, recovery, 0, 0, 0, Map.of(), List.of());
  }
}
