package io.holdfast;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MainTest {
  private static final String BAD = "src/test/resources/config/values.conf";

  private final Properties properties = new Properties();
  private final List<String> started = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void startsTheNodeAndEndsAsItDoes() {
    properties.setProperty("holdfast.database.url", "jdbc:h2:mem:x");
    properties.setProperty("holdfast.node.name", "n7");
    assertThat(run()).isEqualTo(7);
    assertThat(started).containsExactly("n7");
    assertThat(out.toString() + err).isEmpty();
  }

  @Test
  void printsEveryFaultAndStartsNothing() {
    properties.setProperty("holdfast.node.http-port", "x");
    assertThat(run("--config", BAD)).isEqualTo(2);
    assertThat(started).isEmpty();
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .hasSizeGreaterThan(20)
        .allMatch(line -> line.startsWith(BAD + ": ") || line.startsWith("system property: "))
        .contains(
            "system property: holdfast.node.http-port: \"x\" is not a whole number;"
                + " give 1 to 65535");
  }

  @Test
  void asksForADatabaseWhereNoneIsNamed() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("holdfast.database.url: is empty; give one");
  }

  @Test
  void printsTheValuesInForceWithTheirPlaces() {
    properties.setProperty("holdfast.database.url", "jdbc:h2:mem:x");
    properties.setProperty("holdfast.database.password", "sesame");
    assertThat(run("--check-config")).isZero();
    assertThat(started).isEmpty();
    assertThat(out.toString().lines())
        .contains(
            "holdfast.database.url = \"jdbc:h2:mem:x\"    # system property",
            "holdfast.database.password = \"***\"    # system property",
            "holdfast.http.idle-timeout = \"75s\"");
  }

  @Test
  void checksABadConfigurationAsItWouldStartIt() {
    assertThat(run("--check-config", "--config", BAD)).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void leavesThePropertiesOfTheLogsAlone() {
    properties.setProperty("holdfast.database.url", "jdbc:h2:mem:x");
    properties.setProperty("holdfast.node", "n1");
    properties.setProperty("holdfast.access-log", "INFO");
    assertThat(run()).isEqualTo(7);
  }

  @Test
  void refusesAnUnknownOption() {
    assertThat(run("--confg", BAD)).isEqualTo(2);
    assertThat(err.toString()).contains("--confg", "--config");
    assertThat(started).isEmpty();
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("--config", "--check-config", "Exit codes");
  }

  @Test
  void saysItsVersion() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("Holdfast ");
  }

  private int run(String... args) {
    return Main.command(properties, this::start)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int start(
      HoldfastSettings.Result.Loaded loaded, Supplier<HoldfastSettings.Result> again) {
    started.add(loaded.settings().node().name());
    return 7;
  }
}
