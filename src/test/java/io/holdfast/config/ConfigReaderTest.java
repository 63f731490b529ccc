package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  private final ConfigFaults faults = new ConfigFaults("");

  private enum Colour {
    DARK_RED,
    BLUE
  }

  @Test
  void readsEachType() {
    var reader =
        reader(
            """
            s = text, i = 7, d = 5s, b = 2KiB, p = 20%, f = on, c = dark-red, h = node7
            u = "http://127.0.0.1:9001/x", l = [a, 1], us = ["https://a", "http://b:1"], port = 80
            """);
    assertThat(reader.string("s")).isEqualTo("text");
    assertThat(reader.integer("i", 0, 7)).isEqualTo(7);
    assertThat(reader.duration("d", Duration.ZERO, Duration.ofDays(1)))
        .isEqualTo(Duration.ofSeconds(5));
    assertThat(reader.bytes("b", 0, 4096)).isEqualTo(2048);
    assertThat(reader.percent("p")).isEqualTo(0.2);
    assertThat(reader.flag("f")).isTrue();
    assertThat(reader.choice("c", Colour.class)).isEqualTo(Colour.DARK_RED);
    assertThat(reader.host("h")).isEqualTo("node7");
    assertThat(reader.url("u")).isEqualTo(URI.create("http://127.0.0.1:9001/x"));
    assertThat(reader.strings("l")).containsExactly("a", "1");
    assertThat(reader.urls("us"))
        .containsExactly(URI.create("https://a"), URI.create("http://b:1"));
    assertThat(reader.port("port")).isEqualTo(80);
    reader.finish();
    assertThat(faults.list()).isEmpty();
  }

  @Test
  void goesOnAfterAFaultAndTellsWhichKeysAreGood() {
    var reader = reader("i = x, j = 3\nk = y");
    assertThat(reader.integer("i", 5, 7)).isBetween(5, 7);
    assertThat(reader.integer("j", 0, 7)).isEqualTo(3);
    assertThat(reader.flag("k")).isFalse();
    assertThat(reader.good("i")).isFalse();
    assertThat(reader.good("j")).isTrue();
    assertThat(reader.good("j", "k")).isFalse();
    assertThat(lines())
        .containsExactly(
            "x.conf: 1: root.i: \"x\" is not a whole number; give 5 to 7",
            "x.conf: 2: root.k: \"y\" is neither true nor false; write one of them");
  }

  @Test
  void namesTheElementOfAListThatIsAtFault() {
    var reader = reader("us = [\n\"http://a\"\n\"ftp://b\"\n]");
    reader.urls("us");
    assertThat(lines())
        .containsExactly(
            "x.conf: 3: root.us[1]: \"ftp://b\" is not a URL;"
                + " give one as in \"http://127.0.0.1:9001\"");
    assertThat(reader.good("us")).isFalse();
  }

  @Test
  void aSingleTextIsAListWithCommas() {
    assertThat(reader("l = \"10.0.0.1, 10.0.0.0/8\"").addressBlocks("l"))
        .isEqualTo(List.of("10.0.0.1", "10.0.0.0/8"));
    assertThat(reader("l = \"\"").addressBlocks("l")).isEmpty();
    assertThat(faults.list()).isEmpty();
  }

  @Test
  void aSectionThatIsNoneIsOneFault() {
    var section = reader("s = 5").section("s");
    assertThat(section.integer("a", 1, 2)).isEqualTo(1);
    assertThat(section.strings("b")).isEmpty();
    assertThat(section.good("a")).isFalse();
    assertThat(lines())
        .containsExactly("x.conf: 1: root.s: is not a section; write root.s { ... }");
  }

  @Test
  void aKeyOfAnotherSectionIsFoundThere() {
    var reader = reader("idle-timeout = 5s, http { idle-timeout = 5s }");
    reader.section("http").duration("idle-timeout", Duration.ZERO, Duration.ofDays(1));
    reader.finish();
    assertThat(lines())
        .containsExactly(
            "x.conf: 1: root.idle-timeout: unknown key;"
                + " the nearest known one is root.http.idle-timeout");
  }

  @Test
  void aSecretIsKnownByItsPath() {
    var reader = reader("a { token = x }");
    assertThat(reader.section("a").secret("token")).isEqualTo("x");
    assertThat(reader.secrets()).containsExactly("root.a.token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"node7", "a.b.example", "127.0.0.1", "::1", "fe80::1", "n-1"})
  void takesHosts(String host) {
    assertThat(reader("h = \"%s\"".formatted(host)).host("h")).isEqualTo(host);
    assertThat(faults.list()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "-a",
        "a-",
        "a..b",
        "1.2.3",
        "1.2.3.4.5",
        "999.1.1.1",
        "::",
        "0.0.0.0",
        ":x",
        "a:80",
        "[::1]"
      })
  void refusesWhatIsNoHost(String host) {
    reader("h = \"%s\"".formatted(host)).host("h");
    assertThat(faults.list()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/", "node", "10.0.0/8", ""})
  void refusesWhatIsNoBlockOfAddresses(String block) {
    reader("l = [\"%s\"]".formatted(block)).addressBlocks("l");
    assertThat(faults.list()).hasSize(1);
  }

  private ConfigReader reader(String text) {
    var options = ConfigParseOptions.defaults().setOriginDescription("x.conf");
    return ConfigReader.of(
        ConfigFactory.parseString("root {" + text + "}", options), "root", faults);
  }

  private List<String> lines() {
    return faults.list().stream().map(ConfigFault::toString).toList();
  }
}
