package io.holdfast.caching;

import static io.holdfast.caching.Given.at;
import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.request;
import static io.holdfast.caching.Given.response;
import static io.holdfast.caching.Given.stored;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.UpdateDecision.AskAgain;
import io.holdfast.caching.UpdateDecision.Outdated;
import io.holdfast.caching.UpdateDecision.PassOn;
import io.holdfast.caching.UpdateDecision.Updated;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9111, sections 3.2, 4.3.4 and 4.3.5: what confirms a stored response, and what that does. */
class UpdatingTest {
  private static final String STALE = "Cache-Control: max-age=2 | ";

  /** Noon and ten seconds. */
  private static UpdateDecision notModified(
      CacheRequest request, String fields, StoredResponse... asked) {
    return Updating.notModified(
        request, List.of(asked), response(304, fields), at(9), at(10), CacheSettings.DEFAULTS);
  }

  private static StoredResponse updated(String storedFields, String confirmed) {
    return ((Updated) notModified(get(""), confirmed, stored(storedFields))).answer();
  }

  private static UpdateDecision head(int status, String fields, StoredResponse... matching) {
    return Updating.head(
        request("HEAD", ""),
        List.of(matching),
        response(status, fields),
        at(9),
        at(10),
        CacheSettings.DEFAULTS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Test-Header", "X-Test-Header", "Content-Foo", "X-Content-Foo", "Content-Location",
        "Content-MD5", "Content-Type", "Content-Security-Policy", "Clear-Site-Data", "Expires",
        "Public-Key-Pins", "Set-Cookie", "X-Frame-Options", "X-XSS-Protection"
      })
  void section3_2NewFieldsReplaceTheStoredOnes(String name) {
    var fields =
        updated(
                STALE + "ETag: \"1\" | " + name + ": a | " + name + ": b",
                "ETag: \"1\" | " + name.toLowerCase() + ": c")
            .fields();
    assertThat(fields.all(name)).containsExactly("c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length", "Content-Encoding", "Content-Range"})
  void section3_2WhatTheStoredBytesAreIsNotChanged(String name) {
    var fields =
        updated(STALE + "ETag: \"1\" | " + name + ": 10", "ETag: \"1\" | " + name + ": 36")
            .fields();
    assertThat(fields.all(name)).containsExactly("10");
    assertThat(updated(STALE + "ETag: \"1\"", "ETag: \"1\" | " + name + ": 36").fields().has(name))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Connection", "Keep-Alive", "Transfer-Encoding", "Proxy-Authenticate"})
  void section3_2WhatIsNotStoredIsNotUpdatedEither(String name) {
    var fields = updated(STALE + "ETag: \"1\"", "ETag: \"1\" | " + name + ": x").fields();
    assertThat(fields.has(name)).isFalse();
  }

  @Test
  void section3_2FieldsOfTheConnectionOrWithheldDoNotComeIn() {
    var fields =
        updated(
                STALE + "ETag: \"1\" | A: 1 | B: 1",
                "ETag: \"1\" | Connection: a | A: 2 | B: 2"
                    + " | Cache-Control: max-age=60, no-cache=\"b\"")
            .fields();
    assertThat(fields.all("A")).containsExactly("1");
    assertThat(fields.all("B")).containsExactly("1");
  }

  @Test
  void section4_3_4WhatIsNotNamedStays() {
    assertThat(updated(STALE + "Last-Modified: @-99 | A: b", "Last-Modified: @-99").fields())
        .isEqualTo(
            Given.fields("Cache-Control: max-age=2 | A: b | Last-Modified: @-99 | Date: @0"));
  }

  @Test
  void section4_3_4TheAgeBeginsAnew() {
    var updated = updated("Cache-Control: max-age=60 | ETag: \"1\" | Age: 50", "Date: @10");
    assertThat(updated.fields().has("Age")).isFalse();
    assertThat(updated.age(at(12))).isEqualTo(3);
    assertThat(updated.isFresh(at(68))).isTrue();
    assertThat(updated.isFresh(at(69))).isFalse();
    var aged = updated("Cache-Control: max-age=60 | ETag: \"1\"", "Date: @10 | Age: 20");
    assertThat(aged.age(at(10))).isEqualTo(21);
  }

  @Test
  void section4_3_4ANotModifiedWithoutADateIsDatedWhenItCame() {
    assertThat(updated(STALE + "ETag: \"1\"", "Date: - | ETag: \"1\"").fields().all("Date"))
        .containsExactly(Given.date(10));
  }

  @Test
  void section4_3_4NewDirectivesCount() {
    var updated = updated(STALE + "ETag: \"1\"", "ETag: \"1\" | Cache-Control: max-age=3600");
    assertThat(updated.policy().lifetimeSeconds()).isEqualTo(3600);
    assertThat(updated(STALE + "ETag: \"1\"", "ETag: \"1\"").policy().lifetimeSeconds())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-store", "private", "private, max-age=60"})
  void section4_3_4NewDirectivesMayForbidToKeepIt(String control) {
    var decision =
        (Updated)
            notModified(
                get(""), "ETag: \"1\" | Cache-Control: " + control, stored(STALE + "ETag: \"1\""));
    assertThat(decision.answer().fields().first("Cache-Control")).contains(control);
    assertThat(decision.updated()).isEmpty();
    assertThat(decision.replaced()).hasSize(1);
  }

  /** Asked about, in this order: "1" of 11:59:50, "1" of noon, "2", W/"3" twice, and a date. */
  @ParameterizedTest(name = "304 with {0}: {1}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "ETag: \"1\";                        b a",
        "ETag: \"2\";                        c",
        "ETag: W/\"3\";                      e",
        "ETag: W/\"1\";                      b",
        "ETag: \"3\";                        again",
        "ETag: \"9\";                        again",
        "ETag: W/\"9\";                      again",
        "ETag: \"9\" | Last-Modified: @-99;  again",
        "Last-Modified: @-99;                f",
        "Last-Modified: @-98;                again",
        "A: b;                               again"
      })
  void section4_3_4WhichStoredResponsesAreSelected(String confirmed, String expected) {
    var asked =
        new StoredResponse[] {
          variant("a", "ETag: \"1\" | Date: @-10"),
          variant("b", "ETag: \"1\" | Date: @0"),
          variant("c", "ETag: \"2\" | Date: @1"),
          variant("d", "ETag: W/\"3\" | Date: @-5"),
          variant("e", "ETag: W/\"3\" | Date: @-4"),
          variant("f", "Last-Modified: @-99 | Date: @-3")
        };
    var decision = notModified(get("V: b"), confirmed, asked);
    assertThat(decision instanceof Updated updated ? names(updated.replaced()) : "again")
        .isEqualTo(expected);
  }

  private static StoredResponse variant(String name, String fields) {
    return stored(get("V: " + name), ok(STALE + "Vary: V | N: " + name + " | " + fields));
  }

  private static String names(List<StoredResponse> responses) {
    return String.join(
        " ", responses.stream().map(r -> r.fields().first("N").orElseThrow()).toList());
  }

  @Test
  void section4_3_4WithoutAValidatorItCanOnlyMeanTheOneAskedAbout() {
    assertThat(notModified(get(""), "A: b", stored(STALE + "ETag: \"1\"")))
        .isInstanceOf(Updated.class);
  }

  @Test
  void section4_3_4AnotherTagThanAskedForIsNoConfirmation() {
    assertThat(notModified(get(""), "ETag: \"2\"", stored(STALE + "ETag: \"1\"")))
        .isEqualTo(new AskAgain());
  }

  @Test
  void section4_3_2TheClientsOwnConditionIsItsOwn() {
    assertThat(notModified(get("If-None-Match: \"7\""), "ETag: \"7\"")).isEqualTo(new PassOn());
  }

  @Test
  void section4_1AVariantThatIsTheAnswerForAnotherRequestIsStoredForBoth() {
    var english = variant("en", "ETag: \"1\"");
    var request = get("V: en-GB");
    var decision = (Updated) notModified(request, "ETag: \"1\"", english);
    assertThat(decision.updated()).hasSize(2);
    assertThat(decision.answer().vary().matches(request.fields())).isTrue();
    assertThat(Variants.selected(get("V: en"), decision.updated())).isPresent();
    assertThat(Variants.selected(request, decision.updated())).contains(decision.answer());
    var other = variant("fr", "ETag: \"2\"");
    assertThat(Variants.with(decision, List.of(other, english), CacheSettings.DEFAULTS))
        .containsExactly(other, decision.updated().get(0), decision.answer());
  }

  @ParameterizedTest(name = "stored [{0}], HEAD {1} with [{2}]: updated {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "ETag: \"1\";           200; ETag: \"1\" | Content-Length: 10;      true",
        "ETag: \"1\";           200; A: b;                                  true",
        "ETag: \"1\";           200; ETag: \"2\";                           false",
        "ETag: \"1\";           200; ETag: \"1\" | Content-Length: 11;      false",
        "Last-Modified: @-99;   200; Last-Modified: @-99;                   true",
        "Last-Modified: @-99;   200; Last-Modified: @-98;                   false",
        "A: b;                  200; ETag: \"1\";                           false",
        "ETag: \"1\";           410; ETag: \"1\";                           false",
        "ETag: \"1\";           404; A: b;                                  false"
      })
  void section4_3_5AHeadUpdatesOrOutdates(
      String storedFields, int status, String fields, boolean updates) {
    var response = stored(STALE + storedFields);
    var decision = head(status, fields + " | Cache-Control: max-age=1000", response);
    if (updates) {
      assertThat(((Updated) decision).updated().get(0).isFresh(at(500))).isTrue();
    } else {
      assertThat(decision).isEqualTo(new Outdated(List.of(response)));
    }
  }

  @Test
  void section4_3_5FieldsThatHeadDoesNotHaveStay() {
    var updated = (Updated) head(200, "B: 2", stored(STALE + "A: 1 | B: 1"));
    assertThat(updated.answer().fields().first("A")).contains("1");
    assertThat(updated.answer().fields().first("B")).contains("2");
  }

  @Test
  void section4_3_5AFailureSaysNothing() {
    assertThat(head(503, "", stored(STALE + "ETag: \"1\""))).isEqualTo(new PassOn());
    assertThat(head(200, "")).isEqualTo(new PassOn());
  }

  @Test
  void aStoredErrorIsNotConfirmedByASuccess() {
    var gone = stored(get(""), response(404, STALE));
    assertThat(head(200, "", gone)).isEqualTo(new Outdated(List.of(gone)));
  }
}
