package io.holdfast.caching;

import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.refusal;
import static io.holdfast.caching.Given.reuse;
import static io.holdfast.caching.Given.stored;
import static io.holdfast.caching.Given.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.StoringDecision.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9213. In the tables {@code C} is Cache-Control, {@code N} CDN- and {@code H} Holdfast-. */
class TargetedControlTest {

  private static String fields(String text) {
    return ("ETag: \"1\" | " + text)
        .replace("C:", "Cache-Control:")
        .replace("N:", "CDN-Cache-Control:")
        .replace("H:", "Holdfast-Cache-Control:");
  }

  @ParameterizedTest(name = "{0}: {1} s")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "N: max-age=3600;                                3600",
        "N: max-age=2147483648;                          2147483648",
        "N: max-age=99999999999;                         2147483648",
        "N: max-age=0;                                   0",
        "N: max-age=-1;                                  0",
        "N: foobar, max-age=3600;                        3600",
        "N: max-age=3600 | Expires: @-10;                3600",
        "N: max-age=3600 | Expires: 0;                   3600",
        "N: max-age=0 | Expires: @10000;                 0",
        "N: none | Expires: @10000;                      0",
        "N: none | C: max-age=60;                        0",
        "C: max-age=1 | N: max-age=3600;                 3600",
        "C: max-age=3600 | N: max-age=1;                 1",
        "C: s-maxage=3600 | N: max-age=1;                1",
        "C: max-age=1 | N: max-age=60 | H: max-age=5;    5",
        "H: max-age=5 | C: max-age=1;                    5",
        "H: max-age=5 | N: max-age=60;                   5",
        "N: max-age=1, max-age=2;                        2",
        "N: max-age=1 | N: s-maxage=2;                   2",
        "C: max-age=7 | N: ;                             7",
        "C: max-age=7 | H:  | N: max-age=8;              8",
        "C: max-age=7 | H: &&& | N: max-age=8;           8",
        "C: max-age=7 | N: max-age=100, &&&&&;           7",
        "C: max-age=7 | N: max-age=\"100\";              7",
        "C: max-age=7 | N: max-age=100.0;                7",
        "C: max-age=7 | N: max-age=x;                    7",
        "C: max-age=7 | N: max-age;                      7",
        "C: max-age=7 | N: MaX-aGe=100;                  7",
        "C: max-age=7 | N: max-age =100;                 7",
        "C: max-age=7 | N: max-age= 100;                 7",
        "C: max-age=7 | N: max-age=100,;                 7",
        "C: max-age=7 | N: max-age=1234567890123456;     7",
        "C: max-age=7 | Other-Cache-Control: max-age=9;  7"
      })
  void section2_2TheFirstValidFieldDecidesAlone(String text, long seconds) {
    assertThat(stored(fields(text)).policy().lifetimeSeconds()).isEqualTo(seconds);
  }

  @Test
  void section2_1ParametersAreIgnored() {
    assertThat(stored(fields("N: max-age=5;x=1;y")).policy().lifetimeSeconds()).isEqualTo(5);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "C: no-store | N: max-age=10000;               ",
        "C: private | N: max-age=10000;                ",
        "C: no-store | N: none;                        ",
        "C: max-age=60 | N: no-store;                  NO_STORE",
        "C: max-age=60 | N: private;                   PRIVATE",
        "C: max-age=60 | N: no-store=?0;               ",
        "C: max-age=60 | N: no-store=1;                NO_STORE",
        "C: max-age=60 | N: private=\"a\";             ",
        "C: no-store | N: max-age=10000, &&&&&;        NO_STORE",
        "C: no-store | N: max-age=\"10000\";           NO_STORE",
        "C: no-store | N: ;                            NO_STORE",
        "C: no-store | N: ( ;                          NO_STORE"
      })
  void section2_2ItDecidesWhatIsStored(String text, Reason reason) {
    assertThat(refusal(get(""), ok(fields(text))).orElse(null)).isEqualTo(reason);
  }

  @Test
  void section2_2TheOtherDirectivesHaveTheirMeaning() {
    assertThat(word(reuse(get(""), 3, stored(fields("C: max-age=60 | N: no-cache, max-age=60")))))
        .isEqualTo("Validate");
    var strict = stored(fields("N: max-age=2, must-revalidate"));
    assertThat(Given.onError(reuse(get(""), 3, strict))).isEmpty();
    var lenient = stored(fields("N: max-age=2, stale-while-revalidate=60 | C: must-revalidate"));
    assertThat(word(reuse(get(""), 3, lenient))).isEqualTo("StaleWhileRevalidate");
  }

  @Test
  void section2_2ItIsPassedOn() {
    assertThat(stored(fields("N: max-age=60")).fields().has("CDN-Cache-Control")).isTrue();
  }

  @Test
  void section2_1NamedFieldsAreWithheld() {
    var response = stored(fields("N: max-age=60, no-cache=\"a, b\" | a: 1 | b: 2 | c: 3"));
    assertThat(response.fields().has("a")).isFalse();
    assertThat(response.fields().has("b")).isFalse();
    assertThat(response.fields().has("c")).isTrue();
  }
}
