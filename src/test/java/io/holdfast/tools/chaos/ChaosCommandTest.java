package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
