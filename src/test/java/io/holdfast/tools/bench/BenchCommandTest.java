package io.holdfast.tools.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
  private final StringWriter printed = new StringWriter();

  private int execute(String... args) {
    var writer = new PrintWriter(printed, true);
    return BenchCommand.commandLine().setOut(writer).setErr(writer).execute(args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--only patch",
        "--only million",
        "--seconds 0",
        "--connections 0",
        "--nodes 0",
        "--base-port 65000",
        "--config /no/such/file",
        "--beside a=1,2",
        "--only forward --beside a",
        "--only forward --keep",
        "--only cache --keep",
        "--only changes --keep",
        "--only operations --keep",
        "--only operations --backlog -1",
        "--odd"
      })
  void refusesWrongUseInOneLineWithExitCode2(String args) {
    assertThat(execute(args.split(" "))).isEqualTo(2);
    assertThat(printed.toString()).startsWith("bench: ").hasLineCount(1);
  }

  @Test
  void touchesNoDirectoryThatIsSomebodyElses(@TempDir Path directory) throws Exception {
    var mine = Files.writeString(directory.resolve("mine"), "x");

    assertThat(execute("--data", directory.toString())).isEqualTo(2);
    assertThat(execute("--data", mine.toString())).isEqualTo(2);
    assertThat(printed.toString()).contains("is not an empty directory").hasLineCount(2);
    assertThat(mine).hasContent("x");
  }

  @Test
  void explainsItself() {
    assertThat(execute("--help")).isZero();
    assertThat(printed.toString())
        .contains("--only", "--beside", "--connections", "--config", "Exit codes");
  }
}
