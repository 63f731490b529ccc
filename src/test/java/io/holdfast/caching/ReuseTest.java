package io.holdfast.caching;

import static io.holdfast.caching.Given.at;
import static io.holdfast.caching.Given.forwarded;
import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.onError;
import static io.holdfast.caching.Given.request;
import static io.holdfast.caching.Given.response;
import static io.holdfast.caching.Given.reuse;
import static io.holdfast.caching.Given.stored;
import static io.holdfast.caching.Given.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.ReuseDecision.Bypass;
import io.holdfast.caching.ReuseDecision.Fresh;
import io.holdfast.caching.ReuseDecision.Miss;
import io.holdfast.caching.ReuseDecision.NothingStored;
import io.holdfast.caching.ReuseDecision.StaleWhileRevalidate;
import io.holdfast.caching.ReuseDecision.Validate;
import io.holdfast.http.CacheStatus.Forward;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 9111, sections 4, 4.2.4 and 5.2; RFC 5861; RFC 8246: when the service is asked. In the tables
 * a response has a tag where the outcome is {@code Validate}.
 */
class ReuseTest {
  private static final String TAG = " | ETag: \"1\"";

  @Test
  void section4NothingIsStored() {
    assertThat(reuse(get(""), 0))
        .isInstanceOfSatisfying(
            Miss.class, miss -> assertThat(miss.why()).isEqualTo(Forward.URI_MISS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH", "get"})
  void section4OtherMethodsPassBy(String method) {
    assertThat(reuse(request(method, ""), 0, stored("Cache-Control: max-age=60")))
        .isEqualTo(new Bypass(Forward.METHOD));
  }

  @ParameterizedTest
  @ValueSource(strings = {"If-Match: \"1\"", "If-Unmodified-Since: @0"})
  void section4_3_2ConditionsOnTheStateOfTheTargetPassBy(String condition) {
    assertThat(reuse(get(condition), 0, stored("Cache-Control: max-age=60" + TAG)))
        .isEqualTo(new Bypass(Forward.BYPASS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void section4AFreshResponseIsTheAnswerToGetAndHead(String method) {
    var response = stored("Cache-Control: max-age=60");
    assertThat(reuse(request(method, ""), 3, response)).isEqualTo(new Fresh(response));
    assertThat(reuse(request(method, "Cookie: a=b"), 3, response)).isInstanceOf(Fresh.class);
  }

  @ParameterizedTest(name = "{0}, after {1} s: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "max-age=60;                            59; Fresh",
        "max-age=60;                            60; Validate",
        "max-age=2;                             3;  Validate",
        "max-age=0;                             0;  Validate",
        "max-age=10000, no-cache;               0;  Validate",
        "max-age=10000, No-CaChE;               0;  Validate",
        "no-cache;                              0;  Validate",
        "no-cache=;                             0;  Validate",
        "no-cache=\"x\", max-age=60;            3;  Fresh",
        "max-age=60, must-revalidate;           3;  Fresh",
        "max-age=60, proxy-revalidate;          3;  Fresh",
        "max-age=60, immutable;                 3;  Fresh",
        "max-age=60, immutable;                 60; Validate",
        "max-age=60, no-transform;              3;  Fresh",
        "s-maxage=60;                           3;  Fresh",
        "max-age=3600, s-maxage=1;              3;  Validate",
        "public;                                0;  Validate",
        "max-age=1, stale-while-revalidate=9;   3;  StaleWhileRevalidate",
        "max-age=1, stale-while-revalidate=9;   9.9; StaleWhileRevalidate",
        "max-age=1, stale-while-revalidate=9;   10; Validate",
        "max-age=1, stale-while-revalidate=4, must-revalidate;  3; Validate",
        "max-age=1, stale-while-revalidate=4, proxy-revalidate; 3; Validate",
        "s-maxage=1, stale-while-revalidate=4;  3;  Validate",
        "max-age=1, stale-while-revalidate=4, no-cache; 3; Validate",
        "max-age=1, stale-while-revalidate=x;   3;  Validate",
        "max-age=1, stale-while-revalidate=9, stale-while-revalidate=8; 3; Validate",
        "max-age=0, stale-while-revalidate=4;   3;  StaleWhileRevalidate"
      })
  void section5_2_2ResponseDirectives(String control, double seconds, String decision) {
    assertThat(word(reuse(get(""), seconds, stored("Cache-Control: " + control + TAG))))
        .isEqualTo(decision);
  }

  @Test
  void section5_2_2MustRevalidateIsValidatedOnceStale() {
    var response = stored("Cache-Control: max-age=2, must-revalidate" + TAG);
    assertThat(word(reuse(get(""), 1, response))).isEqualTo("Fresh");
    assertThat(forwarded(reuse(get(""), 3, response)).first("If-None-Match")).contains("\"1\"");
  }

  @ParameterizedTest(name = "{0}; response {1}, after {2} s: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "Cache-Control: no-cache;                 max-age=60;                3;  Validate",
        "Cache-Control: No-Cache;                 max-age=60, immutable;     3;  Validate",
        "Pragma: no-cache;                        max-age=60;                3;  Validate",
        "Pragma: NO-CACHE;                        max-age=60;                3;  Validate",
        "Pragma: foo;                             max-age=60;                3;  Fresh",
        "Pragma: no-cache | Cache-Control: x;     max-age=60;                3;  Fresh",
        "Cache-Control: nothing-to-see-here;      max-age=60;                3;  Fresh",
        "Cache-Control: no-store;                 max-age=60;                3;  Miss",
        "Cache-Control: max-age=0;                max-age=60;                0;  Validate",
        "Cache-Control: max-age=1;                max-age=60;                3;  Validate",
        "Cache-Control: max-age=1;                max-age=60;                1;  Fresh",
        "Cache-Control: max-age=600;              max-age=60;                3;  Fresh",
        "Cache-Control: max-age=\"600\";          max-age=60;                3;  Fresh",
        "Cache-Control: max-age=x;                max-age=60;                3;  Validate",
        "Cache-Control: max-age=600, max-age=1;   max-age=60;                3;  Validate",
        "Cache-Control: max-age=0;                max-age=60, immutable;     3;  Fresh",
        "Cache-Control: max-age=0;                max-age=2, immutable;      3;  Validate",
        "Cache-Control: min-fresh=50;             max-age=60;                3;  Fresh",
        "Cache-Control: min-fresh=58;             max-age=60;                3;  Validate",
        "Cache-Control: min-fresh=2000;           max-age=1500;              3;  Validate",
        "Cache-Control: min-fresh=x;              max-age=60;                3;  Fresh",
        "Cache-Control: min-fresh=1, min-fresh=58; max-age=60;               3;  Validate",
        "Cache-Control: max-stale;                max-age=2;                 9999; Stale",
        "Cache-Control: max-stale=1000;           max-age=2;                 3;  Stale",
        "Cache-Control: max-stale=1000;           max-age=2;                 1003;  Validate",
        "Cache-Control: max-stale=1;              max-age=2;                 3;  Stale",
        "Cache-Control: max-stale=0;              max-age=2;                 3;  Validate",
        "Cache-Control: max-stale=x;              max-age=2;                 3;  Validate",
        "Cache-Control: max-stale=9, max-stale=1; max-age=2;                 9;  Validate",
        "Cache-Control: max-stale;                max-age=2, must-revalidate; 3; Validate",
        "Cache-Control: max-stale;                max-age=2, proxy-revalidate; 3; Validate",
        "Cache-Control: max-stale;                s-maxage=2;                3;  Validate",
        "Cache-Control: max-stale;                max-age=60, no-cache;      3;  Validate",
        "Cache-Control: max-stale, no-cache;      max-age=2;                 3;  Validate",
        "Cache-Control: max-stale, min-fresh=1;   max-age=2;                 3;  Validate",
        "Cache-Control: max-age=5, max-stale=10;  max-age=2;                 9;  Stale",
        "Cache-Control: max-age=5, max-stale=10;  max-age=60;                9;  Validate",
        "Cache-Control: max-age=0;     max-age=1, stale-while-revalidate=9;  3;  Validate",
        "Cache-Control: max-age=60;    max-age=1, stale-while-revalidate=9;  3;  Validate",
        "Cache-Control: min-fresh=1;   max-age=1, stale-while-revalidate=9;  3;  Validate",
        "Cache-Control: no-cache;      max-age=1, stale-while-revalidate=9;  3;  Validate",
        "Cache-Control: only-if-cached;           max-age=60;                3;  Fresh",
        "Cache-Control: only-if-cached;           max-age=2;                 3;  NothingStored",
        "Cache-Control: only-if-cached, max-stale; max-age=2;                3;  Stale",
        "Cache-Control: only-if-cached, no-cache; max-age=60;                3;  NothingStored",
        "Cache-Control: only-if-cached; max-age=1, stale-while-revalidate=9; 3;  StaleWhileRevalidate"
      })
  void section5_2_1RequestDirectives(
      String fields, String control, double seconds, String decision) {
    assertThat(word(reuse(get(fields), seconds, stored("Cache-Control: " + control + TAG))))
        .isEqualTo(decision);
  }

  @Test
  void section5_2_1_1AgeCountsForTheRequestsMaxAge() {
    var aged = stored("Cache-Control: max-age=3600 | Age: 1800" + TAG);
    assertThat(word(reuse(get("Cache-Control: max-age=600"), 3, aged))).isEqualTo("Validate");
    assertThat(word(reuse(get("Cache-Control: min-fresh=1799"), 3, aged))).isEqualTo("Validate");
    var stale = stored("Cache-Control: max-age=1500 | Age: 2000" + TAG);
    assertThat(word(reuse(get("Cache-Control: max-stale=1000"), 3, stale))).isEqualTo("Stale");
  }

  @Test
  void section5_2_1_7WithNothingStoredThereIsNoAnswer() {
    assertThat(reuse(get("Cache-Control: only-if-cached"), 0)).isEqualTo(new NothingStored());
  }

  @ParameterizedTest(name = "{0} {1}, asked with [{2}] after {3} s: until {4}")
  @CsvSource(
      delimiter = ';',
      value = {
        "200; max-age=2;                        ;                         3;    3602",
        "200; max-age=2;                        ;                         3601; 3602",
        "200; max-age=2;                        ;                         3602;",
        "200; max-age=2, stale-if-error=60;     ;                         3;    62",
        "200; max-age=2, stale-if-error=60;     ;                         62;",
        "200; max-age=2, stale-if-error=0;      ;                         3;",
        "200; max-age=2, stale-if-error=x;      ;                         3;",
        "200; max-age=0;                        ;                         3;    3600",
        "200; x;                                ;                         3;    3600",
        "200; max-age=2, must-revalidate;       ;                         3;",
        "200; max-age=2, proxy-revalidate;      ;                         3;",
        "200; s-maxage=2;                       ;                         3;",
        "200; max-age=2, s-maxage=2;            ;                         3;",
        "200; max-age=2, no-cache;              ;                         3;",
        "200; max-age=60, no-cache;             ;                         3;",
        "200; max-age=2, must-revalidate, stale-if-error=60; ;            3;",
        "404; max-age=2;                        ;                         3;    3602",
        "500; max-age=2;                        ;                         3;",
        "503; max-age=2, stale-if-error=60;     ;                         3;",
        "200; max-age=2;        Cache-Control: no-cache;                  3;",
        "200; max-age=60;       Cache-Control: no-cache;                  3;",
        "200; max-age=2;        Pragma: no-cache;                         3;",
        "200; max-age=60;       Cache-Control: max-age=0;                 3;",
        "200; max-age=2;        Cache-Control: max-age=1;                 3;",
        "200; max-age=60;       Cache-Control: max-age=1;                 3;    60",
        "200; max-age=60, must-revalidate; Cache-Control: min-fresh=59;   3;    60",
        "200; max-age=60;       Cache-Control: min-fresh=59;              3;    3660",
        "200; max-age=2;        Cache-Control: no-store;                  3;    3602",
        "200; max-age=2;        Cache-Control: max-stale=1;               9;    3602",
        "200; max-age=2;        Cache-Control: stale-if-error=5;          3;    7",
        "200; max-age=2;        Cache-Control: stale-if-error=5;          8;",
        "200; max-age=2;        Cache-Control: stale-if-error=7200;       4000; 7202",
        "200; s-maxage=2;       Cache-Control: stale-if-error=7200;       3;"
      })
  void rfc5861Section4StaleIfError(
      int status, String control, String fields, double seconds, Long until) {
    var head = response(status, "Cache-Control: " + control + TAG);
    var stale = onError(reuse(get(fields), seconds, stored(get(""), head)));
    assertThat(stale.map(StaleOnError::until).orElse(null))
        .isEqualTo(until == null ? null : at(until));
  }

  @Test
  void rfc5861Section4OnlyFailuresOfTheServiceAreErrors() {
    var stale = onError(reuse(get(""), 3, stored("Cache-Control: max-age=2"))).orElseThrow();
    assertThat(stale.allows(at(3))).isTrue();
    assertThat(stale.allows(at(3602))).isFalse();
    for (int status : new int[] {500, 502, 503, 504}) {
      assertThat(stale.allows(at(3), status)).isTrue();
      assertThat(stale.allows(at(3602), status)).isFalse();
    }
    for (int status : new int[] {200, 304, 404, 429, 501, 505}) {
      assertThat(stale.allows(at(3), status)).isFalse();
    }
  }

  @Test
  void theRoutesDefaultsCountWhereTheServiceSaysNothing() {
    var settings = Given.settings(10, 20);
    var silent = stored(get(""), ok("Cache-Control: max-age=1" + TAG), settings);
    assertThat(reuse(get(""), 3, silent)).isInstanceOf(StaleWhileRevalidate.class);
    var spoken =
        stored(get(""), ok("Cache-Control: max-age=1, stale-while-revalidate=0" + TAG), settings);
    assertThat(onError(reuse(get(""), 3, spoken)).orElseThrow().until()).isEqualTo(at(11));
  }

  @Test
  void rfc5861Section3TheBackgroundRequestServesTheCacheAlone() {
    var response = stored("Cache-Control: max-age=1, stale-while-revalidate=9" + TAG);
    var request = get("If-None-Match: \"1\" | Range: bytes=0-1 | If-Range: \"1\" | A: b");
    var fields = forwarded(reuse(request, 3, response));
    assertThat(fields).isEqualTo(Given.fields("A: b | If-None-Match: \"1\""));
    var without = stored("Cache-Control: max-age=1, stale-while-revalidate=9");
    assertThat(forwarded(reuse(request, 3, without))).isEqualTo(Given.fields("A: b"));
  }

  @Test
  void section4_3_1TheCachesConditionsReplaceTheClients() {
    var response = stored("Cache-Control: max-age=1 | Last-Modified: @-600" + TAG);
    var request =
        get("If-None-Match: \"2\" | If-Modified-Since: @0 | Range: bytes=0-1 | If-Range: \"1\"");
    assertThat(forwarded(reuse(request, 3, response)))
        .isEqualTo(Given.fields("If-None-Match: \"1\" | If-Modified-Since: @-600"));
  }

  @Test
  void section4_3_1AllTagsOfTheTargetAreSentButNoDateOfOneAlone() {
    var first =
        stored(get("F: 1"), ok("Cache-Control: max-age=1 | Vary: F | Last-Modified: @-9" + TAG));
    var second = stored(get("F: 2"), ok("Cache-Control: max-age=60 | Vary: F | ETag: W/\"2\""));
    var third = stored(get("F: 3"), ok("Cache-Control: max-age=60 | Vary: F"));
    assertThat(reuse(get("F: 1"), 3, second, third, first))
        .isInstanceOfSatisfying(
            Validate.class,
            validate -> {
              assertThat(validate.asked()).containsExactly(first, second);
              assertThat(validate.why()).isEqualTo(Forward.STALE);
              assertThat(validate.forwarded())
                  .isEqualTo(Given.fields("F: 1 | If-None-Match: \"1\", W/\"2\""));
            });
  }

  @Test
  void section4_3_1ADateIsSentAsItCame() {
    var response = stored("Cache-Control: max-age=1 | Last-Modified: Thu Jan  1 11:00:00 2026");
    assertThat(forwarded(reuse(get(""), 3, response)).first("If-Modified-Since"))
        .contains("Thu Jan  1 11:00:00 2026");
  }

  @Test
  void section4_3_1WhatHasNoValidatorIsFetchedAnew() {
    var response = stored("Cache-Control: max-age=1 | ETag: unquoted | Last-Modified: never");
    assertThat(reuse(get(""), 3, response))
        .isInstanceOfSatisfying(
            Miss.class,
            miss -> {
              assertThat(miss.why()).isEqualTo(Forward.STALE);
              assertThat(miss.forwarded()).isEqualTo(Given.fields(""));
              assertThat(miss.onError()).isPresent();
            });
  }

  @Test
  void section4_3_1TwoValidatorsThatDifferAreNone() {
    var twice = stored("Cache-Control: max-age=1 | ETag: \"1\" | ETag: \"2\"");
    assertThat(word(reuse(get(""), 3, twice))).isEqualTo("Miss");
    var same = stored("Cache-Control: max-age=1 | ETag: \"1\" | ETag: \"1\"");
    assertThat(word(reuse(get(""), 3, same))).isEqualTo("Validate");
  }

  @Test
  void section4_3_1SelectingFieldsAreForwarded() {
    var response = stored(get("Abc: 123"), ok("Expires: @1 | Vary: Abc" + TAG));
    assertThat(forwarded(reuse(get("Abc: 123"), 3, response)).first("Abc")).contains("123");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "If-None-Match: \"x\";                             false; true",
        "If-Modified-Since: @0;                            false; true",
        "If-None-Match: \"x\" | Cookie: a=b;               true;  false",
        "If-None-Match: \"x\" | Authorization: Basic x;    true;  false",
        "If-None-Match: \"x\" | Cache-Control: no-store;   true;  false",
        "Range: bytes=0-1;                                 true;  false",
        "Authorization: Basic x;                           true;  false",
        "Cookie: a=b;                                      true;  true"
      })
  void aMissAsksForWhatCanBeStored(String fields, boolean asItIs, boolean shared) {
    var miss = (Miss) reuse(get(fields), 0);
    assertThat(miss.forwarded().equals(Given.fields(fields))).isEqualTo(asItIs);
    assertThat(miss.mayBeShared()).isEqualTo(shared);
  }

  @Test
  void rfc10008Section2_7AFreshAnswerToQueryIsTheAnswerToTheSameQuery() {
    var fields = Given.fields("Content-Type: a/b");
    var query =
        new CacheRequest("QUERY", CacheKey.query(Given.TARGET, fields, new byte[0]), fields);
    var response = stored(query, ok("Cache-Control: max-age=60"));
    assertThat(reuse(query, 3, response)).isEqualTo(new Fresh(response));
  }
}
