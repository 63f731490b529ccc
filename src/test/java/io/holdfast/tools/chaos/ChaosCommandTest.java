package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
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
        "--fault walk --nodes 1",
        "--fault roll --nodes 1",
        "--rate 0",
        "--seconds 1",
        "--hot 20 --keys 10",
        "--base-port 65000",
        "--base-port 1000",
        "--runs 0",
        "--documents 1000",
        "--config /no/such/file",
        "--rate many"
      })
  void refusesWrongUseInOneLine(String arguments) {
    assertThat(chaos(arguments.split(" "))).isEqualTo(2);
    assertThat(err.toString()).startsWith("chaos: ").hasLineCount(1);
  }

  @Test
  void saysWhatMoreDocumentsNeed(@TempDir Path directory) throws Exception {
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var config =
        Files.writeString(
            directory.resolve("away.conf"),
            "holdfast.database.url = \"jdbc:postgresql://127.0.0.1:" + port + "/hold\"");
    var data = directory.resolve("data");

    assertThat(chaos("--documents", "5")).isEqualTo(2);
    for (var documents : List.of("-1", "10000001", "5")) {
      assertThat(
              chaos(
                  "--documents",
                  documents,
                  "--config",
                  config.toString(),
                  "--data",
                  data.toString()))
          .isEqualTo(2);
    }

    assertThat(data).doesNotExist();
    assertThat(err.toString().lines())
        .satisfiesExactly(
            it ->
                assertThat(it)
                    .endsWith("needs a --config for PostgreSQL, such as conf/postgresql.conf"),
            it -> assertThat(it).isEqualTo("chaos: --documents is 0 to 10000000"),
            it -> assertThat(it).isEqualTo("chaos: --documents is 0 to 10000000"),
            it ->
                assertThat(it)
                    .startsWith(
                        "chaos: no schema can be made in the database that the configuration names: ")
                    .contains("refused"));
  }

  @Test
  void helpNamesEachFaultInALine() {
    var out = new StringWriter();

    ChaosCommand.commandLine().setOut(new PrintWriter(out, true)).execute("--help");

    Faults.all()
        .forEach(it -> assertThat(out.toString()).containsPattern(it.word() + " +" + words(it)));
    assertThat(out.toString()).contains("walk").contains("--seed");
    assertThat(out.toString().lines()).allMatch(it -> it.length() <= 80);
  }

  private static String words(Fault fault) {
    return Pattern.quote(fault.what()) + "\n";
  }

  @Test
  void saysInALineWhyAFaultCannotBeDoneHere(@TempDir Path directory) throws Exception {
    var config =
        Files.writeString(
            directory.resolve("two.conf"),
            "holdfast.database.url = \"jdbc:postgresql://a,b/hold\"");

    var data = directory.resolve("data");

    for (var fault : List.of("slow-db", "db-stop", "partition")) {
      assertThat(chaos("--fault", fault, "--config", config.toString(), "--data", data.toString()))
          .isEqualTo(2);
    }

    assertThat(data).doesNotExist();
    assertThat(err.toString().lines())
        .containsExactly(
            "chaos: slow-db: the database's URL names not exactly one server to stand before",
            "chaos: db-stop: the configuration names a database that is not ours to stop",
            "chaos: partition: the configuration names a database that has no place in a lab");
  }

  @Test
  void touchesNoDirectoryThatIsSomebodyElses(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("mine"), "x");

    assertThat(chaos("--data", directory.toString())).isEqualTo(2);
    assertThat(directory.resolve("mine")).exists();
  }
}
