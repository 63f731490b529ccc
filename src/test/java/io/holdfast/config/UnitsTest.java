package io.holdfast.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {

  @ParameterizedTest
  @CsvSource({
    "10s, PT10S",
    "10 s, PT10S",
    "1.5s, PT1.5S",
    "1500ms, PT1.5S",
    "2 minutes, PT2M",
    "3h, PT3H",
    "1d, PT24H",
    "0.5ms, PT0.0005S",
    "7us, PT0.000007S",
    "7ns, PT0.000000007S"
  })
  void readsDurations(String text, Duration duration) {
    assertThat(Units.duration(text)).isEqualTo(new Parsed.Good<>(duration));
  }

  @ParameterizedTest
  @CsvSource({
    "1B, 1",
    "1KiB, 1024",
    "1 KiB, 1024",
    "1kB, 1000",
    "1.5KiB, 1536",
    "64MiB, 67108864",
    "1MB, 1000000",
    "2GiB, 2147483648",
    "1GB, 1000000000"
  })
  void readsSizes(String text, long bytes) {
    assertThat(Units.bytes(text)).isEqualTo(new Parsed.Good<>(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "s", "-1s", "1", "1.s", ".5s", "1s2", "1e3s", "1S", "1 s s", "∞s"})
  void refusesOtherDurations(String text) {
    assertThat(Units.duration(text)).isInstanceOf(Parsed.Bad.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "KiB",
        "-1KiB",
        "1K",
        "1k",
        "1M",
        "1G",
        "1KB",
        "1kib",
        "1s",
        "99999999999GiB"
      })
  void refusesOtherSizes(String text) {
    assertThat(Units.bytes(text)).isInstanceOf(Parsed.Bad.class);
  }

  @ParameterizedTest
  @CsvSource({"0%, 0.0", "20%, 0.2", "12.5%, 0.125", "100%, 1.0"})
  void readsPercentages(String text, double share) {
    assertThat(Units.percent(text)).isEqualTo(new Parsed.Good<>(share));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "0.2", "101%", "-1%", "%", "20s"})
  void refusesOtherPercentages(String text) {
    assertThat(Units.percent(text)).isInstanceOf(Parsed.Bad.class);
  }

  @Test
  void saysWhatToWriteInstead() {
    assertThat(reason(Units.duration("75"))).isEqualTo("\"75\" has no unit; write \"75s\"");
    assertThat(reason(Units.bytes("64K")))
        .isEqualTo("\"64K\": K can mean two things; write \"64KiB\"");
    assertThat(reason(Units.percent("50"))).isEqualTo("\"50\" has no unit; write \"50%\"");
  }

  @Property
  void whatIsPrintedIsReadBack(@ForAll @LongRange(min = 0, max = 1L << 50) long count) {
    assertThat(Units.bytes(Units.print(count))).isEqualTo(new Parsed.Good<>(count));
    var duration = Duration.ofNanos(count);
    assertThat(Units.duration(Units.print(duration))).isEqualTo(new Parsed.Good<>(duration));
  }

  private static String reason(Parsed<?> parsed) {
    return ((Parsed.Bad<?>) parsed).reason();
  }
}
