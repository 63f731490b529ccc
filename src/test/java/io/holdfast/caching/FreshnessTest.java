package io.holdfast.caching;

import static io.holdfast.caching.Given.NOON;
import static io.holdfast.caching.Given.at;
import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.response;
import static io.holdfast.caching.Given.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Policy.Source;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9111, section 4.2: lifetime and age. */
class FreshnessTest {

  private static long lifetime(String fields) {
    return stored("ETag: \"1\" | " + fields).policy().lifetimeSeconds();
  }

  @ParameterizedTest(name = "{0}: {1} s")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "max-age=3600;                                3600",
        "MaX-aGe=3600;                                3600",
        "max-age=003600;                              3600",
        "max-age=\"3600\";                            3600",
        "foobar, max-age=3600;                        3600",
        "foobar=\"x,y\", max-age=3600, baz=1;         3600",
        "max-age=0;                                   0",
        "max-age=2147483647;                          2147483647",
        "max-age=2147483648;                          2147483648",
        "max-age=2147483649;                          2147483648",
        "max-age=99999999999;                         2147483648",
        "max-age=99999999999999999999999999999999;    2147483648",
        "max-age=-3600;                               0",
        "max-age='3600';                              0",
        "max-age=3600.0;                              0",
        "max-age=3600.5;                              0",
        "max-age=a3600;                               0",
        "max-age=3600a;                               0",
        "max-age =3600;                               0",
        "max-age= 3600;                               0",
        "max-age=;                                    0",
        "max-age;                                     0",
        "max-age=+60;                                 0",
        "max-age=1800, max-age=1;                     0",
        "max-age=1, max-age=1800;                     0",
        "max-age=1800, max-age=1800;                  1800",
        "max-age=1800, max-age=x;                     0",
        "extension=\"max-age=3600\", max-age=1;       1",
        "max-age=1, extension=\"max-age=3600\";       1",
        "extension=\"a\\\", max-age=3600\", max-age=1; 1",
        "s-maxage=3600;                               3600",
        "max-age=3600, s-maxage=1;                    1",
        "s-maxage=1, max-age=3600;                    1",
        "max-age=1, s-maxage=3600;                    3600",
        "max-age=3600, s-maxage=x;                    0",
        "max-age=3600 | Cache-Control: s-maxage=1;    1",
        "max-age=1800 | Cache-Control: max-age=1;     0"
      })
  void section4_2_1Directives(String control, long seconds) {
    assertThat(lifetime("Cache-Control: " + control)).isEqualTo(seconds);
  }

  @ParameterizedTest(name = "{0}: {1} s")
  @CsvSource(
      delimiter = ';',
      value = {
        "Expires: @60;                                              60",
        "Expires: @2592000;                                         2592000",
        "Expires: @-2592000;                                        0",
        "Expires: @0;                                               0",
        "Expires: 0;                                                0",
        "Expires: -1;                                               0",
        "Expires: ;                                                 0",
        "Expires: @300 | Date: @400;                                0",
        "Expires: @20 | Date: @10;                                  10",
        "Expires: @10 | Date: foo;                                  10",
        "Expires: @10 | Date: -;                                    10",
        "Expires: @60 | Expires: @60;                               60",
        "Expires: @60 | Expires: @61;                               0",
        "Expires: @60 | Cache-Control: max-age=5;                   5",
        "Expires: @-60 | Cache-Control: max-age=5;                  5",
        "Expires: 0 | Cache-Control: max-age=5;                     5",
        "Expires: @60 | Cache-Control: max-age=0;                   0",
        "Expires: @60 | Cache-Control: max-age=x;                   0",
        "Expires: @-10 | Cache-Control: max-age=0, s-maxage=60;     60",
        "Expires: Tue, 19 Jan 2038 14:14:08 GMT;                    380254448",
        "Expires: Sun, 21 Nov 2286 04:46:39 GMT;                    2147483648",
        "Expires: Thursday, 18-Aug-50 02:01:18 GMT;                 777132078",
        "Expires: Thu Aug  8 02:01:18 2050;                         776268078",
        "Expires: THU, 18 AUG 2050 02:01:18 gMT;                    777132078",
        "Expires: Thu, 18 Aug 2050 02:01:18 UTC;                    0",
        "Expires: Thu, 18 Aug 2050 02:01:18 AEST;                   0",
        "Expires: Thu, 18 Aug 50 02:01:18 GMT;                      0",
        "Expires: Thu 18 Aug 2050 02:01:18 GMT;                     0",
        "Expires: Thu, 18  Aug  2050 02:01:18 GMT;                  0",
        "Expires: Thu, 18-Aug-2050 02:01:18 GMT;                    0",
        "Expires: Thu, 18 Aug 2050 02.01.18 GMT;                    0",
        "Expires: Thu, 18 Aug 2050 2:01:18 GMT;                     0"
      })
  void section5_3Expires(String fields, long seconds) {
    assertThat(lifetime(fields)).isEqualTo(seconds);
  }

  @Test
  void section5_3AnInvalidExpiresIsNoReasonToGuess() {
    assertThat(stored("Expires: 0 | Last-Modified: @-86400").policy().source())
        .isEqualTo(Source.EXPIRES);
  }

  @ParameterizedTest(name = "modified {0} s ago: {1} s")
  @CsvSource({
    "0, 0",
    "5, 0",
    "10, 1",
    "60, 6",
    "3600, 360",
    "86400, 8640",
    "864000, 86400",
    "8640000, 86400",
    "-100, 0"
  })
  void section4_2_2ATenthOfTheTimeSinceModificationButNotOverADay(long ago, long seconds) {
    assertThat(lifetime("Last-Modified: @" + -ago)).isEqualTo(seconds);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "200; ;        8640", "203; ;     8640", "204; ;     8640", "300; ; 8640", "301; ; 8640",
        "404; ;        8640", "405; ;     8640", "410; ;     8640", "414; ; 8640", "501; ; 8640",
        "599; public;  8640", "403; public; 8640", "201; max-age=5; 5"
      })
  void section4_2_2OnlyWhereTheStatusOrPublicAllowsIt(int status, String control, long seconds) {
    var fields = "Last-Modified: @-86400" + (control == null ? "" : " | Cache-Control: " + control);
    assertThat(stored(get(""), response(status, fields)).policy().lifetimeSeconds())
        .isEqualTo(seconds);
  }

  @Test
  void section4_2_2NothingIsGuessedWithoutAModificationDate() {
    var response = stored("");
    assertThat(response.policy().source()).isEqualTo(Source.NONE);
    assertThat(response.isFresh(NOON)).isFalse();
  }

  @Test
  void section4_2AResponseIsFreshWhileItsLifetimeIsGreaterThanItsAge() {
    var response = stored("Cache-Control: max-age=2");
    assertThat(response.isFresh(at(1.999))).isTrue();
    assertThat(response.isFresh(at(2))).isFalse();
    assertThat(response.isFresh(at(3))).isFalse();
    assertThat(response.staleFrom()).isEqualTo(at(2));
  }

  @ParameterizedTest(name = "{0}: {1} s old")
  @CsvSource(
      delimiter = ';',
      value = {
        "Age: 30;                     30",
        "Age: 0030;                   30",
        "Age: abc;                    0",
        "Age: -7200;                  0",
        "Age: 7200.0;                 0",
        "Age: ;                       0",
        "Age: 2147483647;             2147483647",
        "Age: 2147483648;             2147483648",
        "Age: 2147483649;             2147483648",
        "Age: 99999999999999999999;   2147483648",
        "Age: 7200, 0;                7200",
        "Age: 0, 7200;                0",
        "Age: 7200 | Age: 0;          7200",
        "Age: 0 | Age: 7200;          0",
        "Age: 0, 0;                   0",
        "Age: 3600 | Age: 3600;       3600",
        "Date: @-7200;                7200",
        "Date: @-10 | Age: 25;        25",
        "Date: @10 | Age: 15;         15",
        "Date: @7200;                 0",
        "Date: foo | Age: 5;          5",
        "Date: - | Age: 5;            5"
      })
  void section4_2_3InitialAge(String fields, long seconds) {
    var text = fields + " | Cache-Control: max-age=99999999999";
    assertThat(stored(text).age(NOON)).isEqualTo(seconds);
  }

  @Test
  void section5_1AnAgeWithAParameterIsNone() {
    assertThat(stored("Cache-Control: max-age=3600 | Age: 7200;foo=bar").age(NOON)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2147483647", "2147483648", "2147483649"})
  void section1_2_2AGreatAgeIsStale(String age) {
    assertThat(stored("Cache-Control: max-age=3600 | Age: " + age).isFresh(NOON)).isFalse();
  }

  @Test
  void section4_2_3TheTimeThatTheAnswerTookCounts() {
    var slow =
        Storing.decide(
            get(""),
            ok("Cache-Control: max-age=60 | Age: 10"),
            NOON.minusSeconds(5),
            NOON,
            CacheSettings.DEFAULTS);
    assertThat(((StoringDecision.Store) slow).response().age(NOON)).isEqualTo(15);
  }

  @Test
  void section4_2_3AFractionOfASecondBehindTheDateIsNoAge() {
    var later =
        Storing.decide(
            get(""),
            ok("Cache-Control: max-age=60"),
            NOON.plusMillis(900),
            NOON.plusMillis(900),
            CacheSettings.DEFAULTS);
    assertThat(((StoringDecision.Store) later).response().policy().initialAgeMillis()).isZero();
  }

  @Test
  void section4_2_3AgeGrowsWithTimeAndNeverFallsBelowWhatItWas() {
    var response = stored("Cache-Control: max-age=60 | Age: 10");
    assertThat(response.age(at(-30))).isEqualTo(10);
    assertThat(response.age(at(0.9))).isEqualTo(10);
    assertThat(response.age(at(1))).isEqualTo(11);
    assertThat(response.age(at(100))).isEqualTo(110);
    assertThat(response.age(NOON.plus(Duration.ofDays(50000)))).isEqualTo(1L << 31);
  }

  @Test
  void section4_2AnAgeOverTheLifetimeIsStaleFromTheBeginning() {
    assertThat(stored("Cache-Control: max-age=3600 | Age: 7200").isFresh(NOON)).isFalse();
    assertThat(stored("Expires: @10 | Date: @-10 | Age: 25").isFresh(NOON)).isFalse();
    assertThat(stored("Expires: @20 | Date: @10 | Age: 15").isFresh(NOON)).isFalse();
    assertThat(stored("Cache-Control: max-age=3600 | Date: @-7200").isFresh(NOON)).isFalse();
  }

  @Test
  void ttlIsWhatIsLeftAndNegativeAfterwards() {
    var response = stored("Cache-Control: max-age=60");
    assertThat(response.ttl(NOON)).isEqualTo(60);
    assertThat(response.ttl(at(0.5))).isEqualTo(60);
    assertThat(response.ttl(at(59.5))).isEqualTo(1);
    assertThat(response.ttl(at(90))).isEqualTo(-30);
  }

  @Test
  void aSoftPurgeMakesStaleWithoutMakingOld() {
    var staled = stored("Cache-Control: max-age=60").staled(at(10));
    assertThat(staled.isFresh(at(10))).isFalse();
    assertThat(staled.staleFrom()).isEqualTo(at(10));
    assertThat(staled.staled(at(20))).isEqualTo(staled);
  }
}
