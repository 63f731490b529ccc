package io.holdfast.caching;

import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.refusal;
import static io.holdfast.caching.Given.request;
import static io.holdfast.caching.Given.response;
import static io.holdfast.caching.Given.stored;
import static io.holdfast.caching.Given.storing;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.StoringDecision.Reason;
import io.holdfast.caching.StoringDecision.Store;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9111, section 3: what is stored. */
class StoringTest {
  private static final String FRESH = "Cache-Control: max-age=60";

  @ParameterizedTest
  @ValueSource(
      ints = {
        200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599
      })
  void section3AnyFinalStatusIsStoredWithAnExplicitLifetime(int status) {
    assertThat(refusal(get(""), response(status, FRESH))).isEmpty();
    assertThat(refusal(get(""), response(status, "Expires: @60"))).isEmpty();
    assertThat(refusal(get(""), response(status, "Cache-Control: s-maxage=60"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 101, 102, 103, 199, 600, 999, 304, 412, 416, 428, 429, 431, 511})
  void section3NoInterimStatusAndNoneThatAnswersOneRequestAloneIsStored(int status) {
    assertThat(refusal(get(""), response(status, FRESH))).contains(Reason.STATUS);
  }

  static IntStream heuristic() {
    return IntStream.of(200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501);
  }

  @ParameterizedTest
  @MethodSource("heuristic")
  void section3SomeStatusCodesSuffice(int status) {
    assertThat(refusal(get(""), response(status, "Last-Modified: @-86400"))).isEmpty();
    assertThat(refusal(get(""), response(status, ""))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {201, 202, 299, 302, 303, 307, 400, 401, 403, 409, 499, 500, 502, 503, 504, 599})
  void section3OthersDoNot(int status) {
    assertThat(refusal(get(""), response(status, "Last-Modified: @-86400")))
        .contains(Reason.NO_FRESHNESS);
    assertThat(refusal(get(""), response(status, "ETag: \"1\""))).contains(Reason.NO_FRESHNESS);
  }

  @ParameterizedTest
  @ValueSource(ints = {201, 302, 403, 503, 599})
  void section3PublicIsEnoughForAnyStatus(int status) {
    var head = response(status, "Cache-Control: public | Last-Modified: @-86400");
    assertThat(refusal(get(""), head)).isEmpty();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "no-store;                                       NO_STORE",
        "No-StOrE;                                       NO_STORE",
        "no-store=1;                                     NO_STORE",
        "max-age=10000, no-store;                        NO_STORE",
        "no-store, max-age=0;                            NO_STORE",
        "public, max-age=60, no-store;                   NO_STORE",
        "private;                                        PRIVATE",
        "private, max-age=60;                            PRIVATE",
        "PRIVATE, public, s-maxage=60;                   PRIVATE",
        "private=, max-age=60;                           PRIVATE",
        "private=\"\", max-age=60;                       PRIVATE",
        "private=\"a b\", max-age=60;                    PRIVATE",
        "private=\"a\", private, max-age=60;             PRIVATE"
      })
  void section3DirectivesForbid(String control, Reason reason) {
    assertThat(refusal(get(""), ok("Cache-Control: " + control + " | Expires: @60")))
        .contains(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "max-age=60",
        "extension=\"no-store\", max-age=60",
        "max-age=60, x=\"private, no-store\"",
        "private=\"a\", max-age=60",
        "no-cache, max-age=60",
        "nothing-to-see-here"
      })
  void section3OthersDoNotForbid(String control) {
    assertThat(refusal(get(""), ok("Cache-Control: " + control + " | ETag: \"1\""))).isEmpty();
  }

  @Test
  void section5_2_1_5NothingIsStoredOfAnAnswerToARequestThatForbidsIt() {
    assertThat(refusal(get("Cache-Control: no-store"), ok(FRESH)))
        .contains(Reason.REQUEST_NO_STORE);
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, METHOD", "PUT, METHOD", "PATCH, METHOD", "DELETE, METHOD", "OPTIONS, METHOD",
    "M-SEARCH, METHOD", "get, METHOD", "POST, METHOD", "GET,", "QUERY,"
  })
  void section3OnlyAnswersToMethodsThatAreUnderstood(String method, Reason reason) {
    assertThat(refusal(request(method, ""), ok(FRESH)).orElse(null)).isEqualTo(reason);
  }

  /** Another change may have been made since: see the package note. */
  @Test
  void anAnswerToPostIsNotStoredAlsoIfItCouldStandForGet() {
    var head = ok(FRESH + " | Content-Location: /a");
    assertThat(refusal(request("POST", ""), head)).contains(Reason.METHOD);
  }

  @ParameterizedTest(name = "{0} {1}: {2}")
  @CsvSource({
    "200, 'max-age=60, no-store, must-understand',",
    "404, 'must-understand, no-store, max-age=60',",
    "599, 'max-age=60, no-store, must-understand', STATUS",
    "599, 'max-age=60, must-understand',           STATUS",
    "299, 'max-age=60, must-understand',           STATUS",
    "599, 'max-age=60',",
    "200, 'private, no-store, must-understand',    PRIVATE"
  })
  void section5_2_2_3MustUnderstand(int status, String control, Reason reason) {
    assertThat(refusal(get(""), response(status, "Cache-Control: " + control)).orElse(null))
        .isEqualTo(reason);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "max-age=60,                                         AUTHORIZATION",
    "'max-age=60, proxy-revalidate',                     AUTHORIZATION",
    "'max-age=60, no-cache',                             AUTHORIZATION",
    "'max-age=60, public=x',                             AUTHORIZATION",
    "'max-age=60, public',",
    "'max-age=60, must-revalidate',",
    "s-maxage=60,",
    "s-maxage=0,",
    "'private, s-maxage=60',                             PRIVATE"
  })
  void section3_5Authorization(String control, Reason reason) {
    var head = ok("Cache-Control: " + control + " | ETag: \"1\"");
    assertThat(refusal(get("Authorization: Basic x"), head).orElse(null)).isEqualTo(reason);
  }

  @Test
  void section3_5WithoutAnyDirective() {
    assertThat(refusal(get("Authorization: Basic x"), ok("Expires: @60")))
        .contains(Reason.AUTHORIZATION);
  }

  @ParameterizedTest(name = "request with a cookie: {0}, response sets one: {1}, {2}: {3}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "true;  false; Cache-Control: max-age=60;                       ",
        "true;  false; Cache-Control: public;                           ",
        "true;  false; Expires: @60;                                    ",
        "true;  false; Cache-Control: no-cache | ETag: \"1\";           ",
        "true;  false; Cache-Control: max-age=0, must-revalidate | ETag: \"1\";",
        "true;  false; Cache-Control: max-age=0 | ETag: \"1\";          COOKIE",
        "true;  false; Last-Modified: @-86400;                          COOKIE",
        "true;  false; ETag: \"1\";                                     COOKIE",
        "true;  false; ETag: \"1\" | Vary: A, Cookie;                    ",
        "true;  true;  ETag: \"1\" | Vary: A, Cookie;                    SET_COOKIE",
        "false; true;  Cache-Control: max-age=60;                       ",
        "false; true;  Cache-Control: public | Last-Modified: @-86400;  ",
        "false; true;  Last-Modified: @-86400;                          SET_COOKIE",
        "false; true;  ETag: \"1\";                                     SET_COOKIE",
        "false; true;  Cache-Control: no-cache | ETag: \"1\";           SET_COOKIE",
        "false; true;  Cache-Control: no-cache=\"Set-Cookie\";          ",
        "true;  true;  Cache-Control: max-age=60;                       "
      })
  void section7_3CookiesForbidNothingThatTheServiceAllows(
      boolean cookie, boolean sets, String fields, Reason reason) {
    var head = ok(fields + (sets ? " | Set-Cookie: a=b" : ""));
    assertThat(refusal(get(cookie ? "Cookie: a=b" : ""), head).orElse(null)).isEqualTo(reason);
  }

  @Test
  void section7_3TheStoredCookieIsGivenToOthersAsTheServiceSaid() {
    assertThat(stored(FRESH + " | Set-Cookie: a=b | Set-Cookie: c=d").fields().all("set-cookie"))
        .containsExactly("a=b", "c=d");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization"
      })
  void section3_1FieldsOfTheConnectionAreNotStored(String name) {
    assertThat(stored(FRESH + " | " + name + ": x | Other: y").fields().has(name)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Test-Header", "X-Test-Header", "Content-Foo", "Content-Encoding", "Content-Location",
        "Content-MD5", "Content-Range", "Content-Security-Policy", "Content-Type", "ETag",
        "Clear-Site-Data", "Expires", "Public-Key-Pins", "Set-Cookie", "Set-Cookie2",
        "X-Frame-Options", "X-XSS-Protection", "CDN-Cache-Control", "Warning", "Age"
      })
  void section3_1AllOthersAre(String name) {
    assertThat(stored("Cache-Control: max-age=60, public | " + name + ": x").fields().first(name))
        .contains("x");
  }

  @Test
  void section3_1ConnectionNamesFieldsThatAreNotStored() {
    var response =
        stored(FRESH + " | Connection: a, B | Connection: d | a: 1 | b: 2 | c: 3 | D: 4");
    assertThat(response.fields().has("a")).isFalse();
    assertThat(response.fields().has("b")).isFalse();
    assertThat(response.fields().has("d")).isFalse();
    assertThat(response.fields().first("c")).contains("3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"private=\"a, B\"", "no-cache=\"a,b\"", "private=a, no-cache=\"b\""})
  void sections5_2_2_4And7NamedFieldsAreNotStored(String control) {
    var response = stored("Cache-Control: max-age=60, " + control + " | a: 1 | b: 2 | c: 3");
    assertThat(response.fields().has("a")).isFalse();
    assertThat(response.fields().has("b")).isFalse();
    assertThat(response.fields().has("c")).isTrue();
    assertThat(response.isFresh(Given.at(1))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "foo", "0"})
  void aDateThatIsMissingOrWrongIsTheTimeOfReceipt(String date) {
    assertThat(stored(FRESH + " | Date: " + date).fields().all("Date"))
        .containsExactly(Given.date(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "*, *",
        ", *",
        "*, Foo",
        "Foo, *",
        "* | Vary: *",
        " | Vary: *",
        "f(o",
        "a b",
        "fö",
        "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"
      })
  void section4_1WhatNoRequestCanMatchIsNotStored(String vary) {
    assertThat(refusal(get(""), ok(FRESH + " | Vary: " + vary))).contains(Reason.VARY);
  }

  @Test
  void boundlessSelectingFieldsAreNotStored() {
    assertThat(refusal(get("Foo: " + "x".repeat(9000)), ok(FRESH + " | Vary: Foo")))
        .contains(Reason.VARY);
  }

  @ParameterizedTest
  @CsvSource({
    "1048576,",
    "1048577, CONTENT_TOO_LARGE",
    "99999999999999999999, CONTENT_TOO_LARGE",
    "x,"
  })
  void contentOverTheLimitIsNotStored(String length, Reason reason) {
    assertThat(refusal(get(""), ok(FRESH + " | Content-Length: " + length)).orElse(null))
        .isEqualTo(reason);
  }

  @Test
  void contentOfAnotherLengthThanAnnouncedIsNotStored() {
    var response = ((Store) storing(get(""), ok(FRESH + " | Content-Length: 5"))).response();
    assertThat(response.completed(4, 9)).isEmpty();
    assertThat(response.completed(5, 9)).isPresent();
    var unknown = ((Store) storing(get(""), ok(FRESH))).response();
    assertThat(unknown.completed(7, 9).orElseThrow().contentLength()).isEqualTo(7);
    assertThat(unknown.completed(7, 9).orElseThrow().contentId()).isEqualTo(9);
  }

  @Test
  void whatCouldNeverBeUsedIsNotStored() {
    var never = Given.settings(0, 0);
    var head = ok("Cache-Control: max-age=0");
    assertThat(Storing.decide(get(""), head, Given.NOON, Given.NOON, never))
        .isEqualTo(new StoringDecision.Refused(Reason.USELESS));
    assertThat(refusal(get(""), head)).isEmpty();
  }

  @Test
  void reasonsAreTokens() {
    assertThat(Reason.REQUEST_NO_STORE.token()).isEqualTo("request-no-store");
  }
}
