package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small fields: Cache-Control of a request, Cache-Status, Idempotency-Key. */
class RequestFieldsTest {

  @ParameterizedTest(name = "Cache-Control: {0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "no-cache                 | true",
        "No-Cache                 | true",
        "max-age=0                | true",
        "max-age=00               | true",
        "max-age=\"0\"            | true",
        "max-stale, MAX-AGE=0     | true",
        "no-store                 | false",
        "max-age=1                | false",
        "max-age=10               | false",
        "max-age                  | false",
        "max-age=                 | false",
        "min-fresh=0              | false",
        "only-if-cached           | false",
        "x=\"a, no-cache, b\"     | false",
        "x=\"a\\\", no-cache\"    | false",
        "x-no-cache               | false",
        "''                       | false"
      })
  void rfc9111Section5_2_1TellsWhoRefusesStaleAnswers(String field, boolean refuses) {
    assertThat(CacheDirectives.parse(Optional.of(field)).refusesStale()).isEqualTo(refuses);
  }

  @Test
  void withoutCacheControlAStaleAnswerIsTaken() {
    assertThat(CacheDirectives.parse(Optional.empty()).refusesStale()).isFalse();
  }

  @Test
  void rfc9211Section2NamesTheCacheAndWhy() {
    assertThat(CacheStatus.hit("owner-moving")).isEqualTo("holdfast; hit; detail=owner-moving");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "abc                | abc",
        "\"abc\"            | abc",
        "\"a b\"            | 'a b'",
        "\"a\\\"b\\\\c\"    | 'a\"b\\c'",
        "a,b;c=d            | 'a,b;c=d'",
        "'  abc  '          | abc"
      })
  void aKeyIsAStringInQuotesOrBare(String field, String key) {
    assertThat(RequestKey.parse(field)).map(RequestKey::value).contains(key);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\"\"",
        "\"",
        "\"a",
        "a\"",
        "\"a\"b",
        "\"a\", \"b\"",
        "\"a\";x=1",
        "a b",
        "\"a\\b\"",
        "\"a\\",
        "\u00e9",
        "\"\u00e9\"",
        "\"a\tb\"",
        "a\u0000"
      })
  void otherKeysAreMalformed(String field) {
    assertThat(RequestKey.parse(field)).isEmpty();
  }

  @Test
  void aKeyHasAtMost255Characters() {
    assertThat(RequestKey.parse("k".repeat(255))).isPresent();
    assertThat(RequestKey.parse("k".repeat(256))).isEmpty();
    assertThat(RequestKey.parse('"' + "\\\\".repeat(255) + '"')).isPresent();
    assertThat(RequestKey.parse('"' + "k".repeat(256) + '"')).isEmpty();
  }

  @Property
  void everyStringIsReadAsItIsWritten(
      @ForAll @CharRange(from = ' ', to = '~') @StringLength(min = 1, max = 255) String value) {
    var quoted = '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    assertThat(RequestKey.parse(quoted)).contains(new RequestKey(value));
  }
}
