package io.holdfast.caching;

import static io.holdfast.caching.Given.at;
import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.refusal;
import static io.holdfast.caching.Given.request;
import static io.holdfast.caching.Given.response;
import static io.holdfast.caching.Given.reuse;
import static io.holdfast.caching.Given.stored;
import static io.holdfast.caching.Given.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.Answer.NotModified;
import io.holdfast.caching.Answer.Part;
import io.holdfast.caching.Answer.Parts;
import io.holdfast.caching.Answer.Whole;
import io.holdfast.caching.StoringDecision.Reason;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9111, sections 4, 3.3 and 4.3.2, and RFC 9110, sections 13 and 14: what the answer is. */
class AnswerTest {
  private static final String FRESH = "Cache-Control: max-age=60";

  private static Answer answer(String requestFields, StoredResponse response) {
    return Answer.to(get(requestFields), response, at(5));
  }

  @Test
  void section4TheAnswerHasAnAgeAndAllElseAsItCame() {
    var answer = answer("", stored(FRESH + " | Age: 30 | A: b | Expires: @60"));
    assertThat(answer)
        .isEqualTo(
            new Whole(200, Given.fields(FRESH + " | A: b | Expires: @60 | Date: @0 | Age: 35")));
  }

  @ParameterizedTest(name = "{0}; {1}: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "ETag: \"abc\";        If-None-Match: \"abc\";                  304",
        "ETag: \"abc\";        If-None-Match: W/\"abc\";                304",
        "ETag: W/\"abc\";      If-None-Match: W/\"abc\";                304",
        "ETag: W/\"abc\";      If-None-Match: \"abc\";                  304",
        "ETag: \"abcü\";       If-None-Match: \"abcü\";                 304",
        "ETag: \"abc\";        If-None-Match: \"abc\", \"1\", \"2\";    304",
        "ETag: \"abc\";        If-None-Match: \"1\", \"abc\", \"2\";    304",
        "ETag: \"abc\";        If-None-Match: \"1\", \"2\", \"abc\";    304",
        "ETag: \"abc\";        If-None-Match: \"1\" | If-None-Match: \"abc\"; 304",
        "ETag: \"abc\";        If-None-Match: \"1\";                    200",
        "ETag: \"abc\";        If-None-Match: *;                        304",
        "A: b;                 If-None-Match: *;                        304",
        "A: b;                 If-None-Match: \"abc\";                  200",
        "ETag: \"abc\";        If-None-Match: abc;                      200",
        "ETag: \"abc\" | Last-Modified: @-99; If-None-Match: abc | If-Modified-Since: @0; 200",
        "ETag: abc;            If-None-Match: \"abc\";                  200",
        "ETag: \"abc\" | Last-Modified: @-5000; If-None-Match: \"abc\" | If-Modified-Since: @-10000; 304",
        "ETag: \"abc\" | Last-Modified: @-5000; If-None-Match: \"x\" | If-Modified-Since: @-5000; 200",
        "Last-Modified: @-3000; If-Modified-Since: @-3000;              304",
        "Last-Modified: @-3000; If-Modified-Since: @-2000;              304",
        "Last-Modified: @-3000; If-Modified-Since: @-3001;              200",
        "Last-Modified: @-3000; If-Modified-Since: Thursday, 01-Jan-26 11:10:00 GMT; 304",
        "Last-Modified: @-3000; If-Modified-Since: yesterday;           200",
        "A: b;                 If-Modified-Since: @0;                   304",
        "A: b;                 If-Modified-Since: @10;                  304",
        "A: b;                 If-Modified-Since: @-3000;               200"
      })
  void section4_3_2TheClientsConditions(String fields, String condition, int status) {
    var response = stored(FRESH + " | " + fields);
    assertThat(answer(condition, response).status()).isEqualTo(status);
    assertThat(Answer.to(request("HEAD", condition), response, at(5)).status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 404, 410, 500})
  void section4_3_2OnlySuccessHasConditions(int status) {
    var response = stored(get(""), response(status, FRESH + " | ETag: \"abc\""));
    assertThat(answer("If-None-Match: \"abc\"", response).status()).isEqualTo(status);
    assertThat(answer("Range: bytes=0-1", response).status()).isEqualTo(status);
  }

  @Test
  void rfc9110Section15_4_5ANotModifiedHasWhatGuidesCaches() {
    var response =
        stored(
            "Cache-Control: max-age=60 | ETag: \"abc\" | Last-Modified: @-9 | Content-Type: a/b"
                + " | Content-Length: 10 | Content-Location: /b | Expires: @60 | Vary: F | X: y"
                + " | Set-Cookie: a=b");
    assertThat(answer("If-None-Match: \"abc\"", response))
        .isEqualTo(
            new NotModified(
                Given.fields(
                    "Cache-Control: max-age=60 | ETag: \"abc\" | Content-Location: /b"
                        + " | Expires: @60 | Vary: F | Date: @0 | Age: 5")));
    var dated = stored(FRESH + " | Last-Modified: @-9");
    assertThat(answer("If-Modified-Since: @0", dated).fields().has("Last-Modified")).isTrue();
  }

  /** Of the ten bytes 0123456789. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "bytes=0-1;              206 bytes 0-1/10 [0+2]",
        "BYTES=0-1;              206 bytes 0-1/10 [0+2]",
        "bytes=1-;               206 bytes 1-9/10 [1+9]",
        "bytes=-1;               206 bytes 9-9/10 [9+1]",
        "bytes=-20;              206 bytes 0-9/10 [0+10]",
        "bytes=5-99;             206 bytes 5-9/10 [5+5]",
        "bytes=9-9;              206 bytes 9-9/10 [9+1]",
        "bytes=0-1,1-3;          206 bytes 0-3/10 [0+4]",
        "bytes=2-3,0-1;          206 bytes 0-3/10 [0+4]",
        "bytes=0-1, 20-30;       206 bytes 0-1/10 [0+2]",
        "bytes=0-1,,;            206 bytes 0-1/10 [0+2]",
        "bytes=0-1,4-5;          206 parts 0-1 4-5",
        "bytes=8-9,0-1;          206 parts 8-9 0-1",
        "bytes=-1,0-0;           206 parts 9-9 0-0",
        "bytes=10-;              416 bytes */10",
        "bytes=-0;               416 bytes */10",
        "bytes=99-100,10-;       416 bytes */10",
        "bytes=1-0;              200",
        "bytes=a-b;              200",
        "bytes=-;                200",
        "bytes=;                 200",
        "bytes;                  200",
        "bytes=0-1-2;            200",
        "bytes=+0-1;             200",
        "items=0-1;              200",
        "bytes=0-99999999999999999999; 200",
        "bytes=0-1,x;            200",
        "bytes=0-0,2-2,4-4,6-6,8-8,0-0,2-2,4-4,6-6,8-8,0-0,2-2,4-4,6-6,8-8,0-0,2-2; 200"
      })
  void rfc9110Section14_2Ranges(String range, String expected) {
    var response = stored(FRESH + " | ETag: \"a\" | Content-Type: a/b | Content-Length: 10");
    assertThat(text(answer("Range: " + range, response))).isEqualTo(expected);
  }

  private static String text(Answer answer) {
    var text = Integer.toString(answer.status());
    if (answer instanceof Part part) {
      return text
          + " "
          + part.fields().first("Content-Range").orElseThrow()
          + " [%d+%d]".formatted(part.from(), part.length());
    }
    if (answer instanceof Parts parts) {
      return text
          + " parts "
          + parts.content().ranges().stream()
              .map(r -> r.first() + "-" + r.last())
              .collect(Collectors.joining(" "));
    }
    return answer instanceof Answer.Unsatisfiable
        ? text + " " + answer.fields().first("Content-Range").orElseThrow()
        : text;
  }

  @Test
  void aPartHasTheFieldsOfTheWholeButForItsLength() {
    var response = stored(FRESH + " | A: 1 | Content-Length: 10 | ETag: \"a\"");
    assertThat(answer("Range: bytes=2-3", response))
        .isEqualTo(
            new Part(
                Given.fields(
                    FRESH
                        + " | A: 1 | ETag: \"a\" | Date: @0 | Age: 5"
                        + " | Content-Range: bytes 2-3/10"),
                2,
                2));
  }

  @Test
  void severalPartsAreFramed() {
    var response = stored(FRESH + " | Content-Type: text/plain | Content-Length: 10");
    var parts = (Parts) answer("Range: bytes=0-1,4-5", response);
    assertThat(parts.fields().has("Content-Type")).isFalse();
    assertThat(parts.fields().has("Content-Length")).isFalse();
    assertThat(parts.content().pieces("B"))
        .containsExactly(
            new Multipart.Framing(
                "--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n"),
            new Multipart.Slice(0, 2),
            new Multipart.Framing(
                "\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-5/10\r\n\r\n"),
            new Multipart.Slice(4, 2),
            new Multipart.Framing("\r\n--B--\r\n"));
    assertThat(parts.content().length("B")).isEqualTo(62 + 2 + 64 + 2 + 9);
    assertThat(Multipart.contentType("B")).isEqualTo("multipart/byteranges; boundary=B");
  }

  @ParameterizedTest(name = "{0}; If-Range: {1}: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "ETag: \"a\";            \"a\";        206",
        "ETag: \"a\";            \"b\";        200",
        "ETag: W/\"a\";          W/\"a\";      200",
        "ETag: \"a\";            W/\"a\";      200",
        "Last-Modified: @-100;   @-100;        206",
        "Last-Modified: @-100;   @-99;         200",
        "Last-Modified: @-100;   @-101;        200",
        "Last-Modified: @-59;    @-59;         200",
        "ETag: \"a\";            nonsense;     200",
        "A: b;                   \"a\";        200"
      })
  void rfc9110Section13_1_5IfRange(String fields, String condition, int status) {
    var response = stored(FRESH + " | " + fields);
    assertThat(answer("Range: bytes=0-1 | If-Range: " + condition, response).status())
        .isEqualTo(status);
  }

  @Test
  void aConditionIsJudgedBeforeARange() {
    var response = stored(FRESH + " | ETag: \"a\"");
    assertThat(answer("Range: bytes=0-1 | If-None-Match: \"a\"", response).status()).isEqualTo(304);
    assertThat(answer("Range: bytes=0-1 | If-None-Match: \"b\"", response).status()).isEqualTo(206);
  }

  @Test
  void headHasNoRanges() {
    assertThat(Answer.to(request("HEAD", "Range: bytes=0-1"), stored(FRESH), at(0)).status())
        .isEqualTo(200);
  }

  @ParameterizedTest(name = "{0}, {1} bytes: {2}")
  @CsvSource(
      delimiter = ';',
      value = {
        "bytes 4-8/10;    ;   ",
        "bytes 4-8/10;    5;  ",
        "bytes 4-8/*;     5;  ",
        "bytes 4-9/10;    5;  PART",
        "bytes 4-9/9;     ;   PART",
        "bytes 9-4/10;    ;   PART",
        "bytes */10;      ;   PART",
        "items 4-8/10;    ;   PART",
        "nonsense;        ;   PART"
      })
  void section3_3APartIsStoredIfItSaysWhich(String range, String length, Reason reason) {
    var head =
        response(
            206,
            FRESH
                + " | Content-Range: "
                + range
                + (length == null ? "" : " | Content-Length: " + length));
    assertThat(refusal(get("Range: bytes=-5"), head).orElse(null)).isEqualTo(reason);
  }

  @Test
  void section3_3SeveralPartsInOneAnswerAreNotStored() {
    var head = response(206, FRESH + " | Content-Type: multipart/byteranges; boundary=B");
    assertThat(refusal(get("Range: bytes=0-1,4-5"), head)).contains(Reason.PART);
  }

  /** Stored are the bytes 5 to 9 of ten. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "Range: bytes=-5;          206 bytes 5-9/10 [0+5]",
        "Range: bytes=6-8;         206 bytes 6-8/10 [1+3]",
        "Range: bytes=6-;          206 bytes 6-9/10 [1+4]",
        "Range: bytes=-1;          206 bytes 9-9/10 [4+1]",
        "Range: bytes=5-5,7-7;     206 parts 5-5 7-7",
        "Range: bytes=4-6;         Miss",
        "Range: bytes=0-;          Miss",
        "Range: bytes=-6;          Miss",
        "Range: bytes=10-;         Miss",
        "Range: bytes=6-8 | If-Range: \"a\"; 206 bytes 6-8/10 [1+3]",
        "Range: bytes=6-8 | If-Range: \"b\"; Miss",
        "'';                       Miss"
      })
  void section3_3APartIsTheAnswerToRangesWithinIt(String fields, String expected) {
    var head = response(206, FRESH + " | Content-Range: bytes 5-9/10 | ETag: \"a\"");
    var response = stored(get("Range: bytes=-5"), head);
    var decision = reuse(get(fields), 3, response);
    assertThat(
            decision instanceof ReuseDecision.Fresh
                ? text(answer(fields, response))
                : word(decision))
        .isEqualTo(expected);
  }

  @Test
  void theWholeTakesThePlaceOfAPartAndNotTheOtherWayRound() {
    var part = stored(get(""), response(206, FRESH + " | Content-Range: bytes 5-9/10"));
    var whole = stored(FRESH);
    var settings = CacheSettings.DEFAULTS;
    assertThat(Variants.with(get(""), whole, List.of(part), settings)).containsExactly(whole);
    assertThat(Variants.with(get(""), part, List.of(whole), settings)).containsExactly(whole, part);
  }

  @Test
  void aStaleWholeIsValidatedForARangeAndAStalePartIsFetchedAnew() {
    var whole = stored("Cache-Control: max-age=1 | ETag: \"a\"");
    var forwarded = Given.forwarded(reuse(get("Range: bytes=0-1"), 3, whole));
    assertThat(forwarded).isEqualTo(Given.fields("If-None-Match: \"a\""));
    var part =
        stored(
            get(""),
            response(206, "Cache-Control: max-age=1 | ETag: \"a\" | Content-Range: bytes 0-4/10"));
    assertThat(Given.forwarded(reuse(get("Range: bytes=0-1"), 3, part)))
        .isEqualTo(Given.fields("Range: bytes=0-1"));
  }

  @Test
  void contentOfUnknownLengthIsGivenWhole() {
    var unknown = ((StoringDecision.Store) Given.storing(get(""), ok(FRESH))).response();
    assertThat(answer("Range: bytes=0-1", unknown).status()).isEqualTo(200);
  }
}
