package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, section 5.6.7. */
class HttpDateTest {
  private static final Instant EXAMPLE = Instant.parse("1994-11-06T08:49:37Z");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"
      })
  void readsTheThreeFormatsOfTheRfc(String text) {
    assertThat(HttpDate.parse(text)).contains(EXAMPLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SUN, 06 nov 1994 08:49:37 gMT",
        "sunDAY, 06-NOV-94 08:49:37 gmt",
        "sun NOV  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Mon Nov  6 08:49:37 1994"
      })
  void readsNamesInAnyCaseAndDoesNotMindTheWrongDayOfTheWeek(String text) {
    assertThat(HttpDate.parse(text)).contains(EXAMPLE);
  }

  @Test
  void readsAsctimeWithTwoDigitsOfTheDay() {
    assertThat(HttpDate.parse("Wed Nov 16 08:49:37 1994"))
        .contains(Instant.parse("1994-11-16T08:49:37Z"));
  }

  @ParameterizedTest
  @CsvSource({
    "'Thursday, 01-Jan-26 00:00:00 GMT', 2026-01-01T00:00:00Z",
    "'Tuesday, 01-Jan-69 00:00:00 GMT', 2069-01-01T00:00:00Z",
    "'Thursday, 01-Jan-70 00:00:00 GMT', 1970-01-01T00:00:00Z"
  })
  void placesYearsOfTwoDigits(String text, Instant instant) {
    assertThat(HttpDate.parse(text)).contains(instant);
  }

  @Test
  void writesTheFixedFormatAndCutsTheSecond() {
    assertThat(HttpDate.format(EXAMPLE.plusMillis(999))).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-1",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Anf 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov  1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 AEST",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Wed, 30 Feb 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, x"
      })
  void refusesWhatIsNoDate(String text) {
    assertThat(HttpDate.parse(text)).isEmpty();
  }

  @Property
  void whatItWritesItReads(@ForAll @LongRange(min = 0, max = 253402300799L) long second) {
    var instant = Instant.ofEpochSecond(second);
    assertThat(HttpDate.parse(HttpDate.format(instant))).contains(instant);
    assertThat(HttpDate.format(instant)).hasSize(29);
  }
}
