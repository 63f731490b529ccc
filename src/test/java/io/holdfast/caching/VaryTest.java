package io.holdfast.caching;

import static io.holdfast.caching.Given.get;
import static io.holdfast.caching.Given.ok;
import static io.holdfast.caching.Given.reuse;
import static io.holdfast.caching.Given.stored;
import static io.holdfast.caching.Given.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.caching.ReuseDecision.Fresh;
import io.holdfast.caching.ReuseDecision.Validate;
import io.holdfast.http.CacheStatus.Forward;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9111, section 4.1: keys with Vary. */
class VaryTest {
  private static final String FRESH = "Cache-Control: max-age=5000 | Vary: ";

  @ParameterizedTest(name = "Vary: {0}, stored for [{1}], asked with [{2}]: {3}")
  @CsvSource(
      delimiter = ';',
      value = {
        "Foo;            Foo: 1;                        Foo: 1;                        true",
        "foo;            FOO: 1;                        fOo: 1;                        true",
        "Foo;            Foo: 1;                        Foo: 2;                        false",
        "Foo;            Foo: a;                        Foo: A;                        false",
        "Foo;            '';                            Foo: 1;                        false",
        "Foo;            Foo: 1;                        '';                            false",
        "Foo;            '';                            '';                            true",
        "Foo;            Foo: ;                         '';                            false",
        "Foo;            Foo: 1 | Other: 2;             Foo: 1 | Other: 3;             true",
        "Foo, Bar;       Foo: 1 | Bar: abc;             Foo: 1 | Bar: abc;             true",
        "Foo, Bar;       Foo: 1 | Bar: abc;             Foo: 2 | Bar: abc;             false",
        "Foo, Bar;       Foo: 1 | Bar: abc;             '';                            false",
        "Foo,, Bar,;     Foo: 1 | Bar: abc;             Bar: abc | Foo: 1;             true",
        "Foo | Vary: Bar; Foo: 1 | Bar: abc;            Foo: 1 | Bar: abd;             false",
        "Foo, Bar, Baz;  Foo: 1 | Bar: abc | Baz: 789;  Foo: 1 | Baz: 789 | Bar: abcde; false",
        "Foo, Bar, Baz;  Foo: 1 | Baz: 789;             Foo: 1 | Baz: 789;             true",
        "Foo, Bar, Baz;  Foo: 1 | Baz: 789;             Foo: 1 | Bar: x | Baz: 789;    false",
        "Foo;            Foo: 1, 2;                     Foo: 1 | Foo: 2;               true",
        "Foo;            Foo: 1,2;                      Foo:  1,  2 ;                  true",
        "Foo;            Foo: 1,2;                      Foo: 2,1;                      false",
        "Foo;            Foo: \"1, 2\";                 Foo: \"1,2\";                  false",
        "Accept-Language; Accept-Language: en, de;      Accept-Language: de, en;       true",
        "Accept-Language; Accept-Language: en, de;      Accept-Language: eN, De;       true",
        "Accept-Language; Accept-Language: en, de;      Accept-Language:  en,   de;    true",
        "Accept-Language; Accept-Language: en, de;      Accept-Language: en;           false",
        "Accept-Encoding; Accept-Encoding: gzip, br;    Accept-Encoding: br,x-gzip;    true",
        "Accept-Encoding; Accept-Encoding: gzip;        Accept-Encoding: br;           false"
      })
  void aStoredResponseMatchesByTheNamedFields(
      String vary, String storedFor, String asked, boolean matches) {
    var response = stored(get(storedFor), ok(FRESH + vary));
    assertThat(reuse(get(asked), 3, response) instanceof Fresh).isEqualTo(matches);
  }

  @Test
  void weightsAreEqualHoweverTheyAreWritten() {
    var response =
        stored(get("Accept-Language: de;q=0.50, en;q=1.0"), ok(FRESH + "Accept-Language"));
    assertThat(word(reuse(get("Accept-Language: en, de; Q=0.5"), 3, response))).isEqualTo("Fresh");
    assertThat(word(reuse(get("Accept-Language: en, de;q=0.4"), 3, response)))
        .isNotEqualTo("Fresh");
  }

  @Test
  void typesKeepTheirParameters() {
    var response = stored(get("Accept: text/HTML;Level=A, */*;q=0.1"), ok(FRESH + "Accept"));
    assertThat(word(reuse(get("Accept: */*;q=0.1,text/html;level=A"), 3, response)))
        .isEqualTo("Fresh");
    assertThat(word(reuse(get("Accept: */*;q=0.1,text/html;level=a"), 3, response)))
        .isNotEqualTo("Fresh");
  }

  @Test
  void theLanguageThatIsWantedMostIsThatOfTheStoredResponse() {
    var german =
        stored(
            get("Accept-Language: en, de"), ok(FRESH + "Accept-Language | Content-Language: de"));
    var weighted = get("Accept-Language: fr;q=0.5, de;q=1.0");
    assertThat(word(reuse(weighted, 3, german))).isEqualTo("Fresh");
    for (var other :
        List.of("fr, de", "de;q=0.5, fr", "de;q=0", "*", "de-CH, de;q=0.9", "en;q=0.1")) {
      assertThat(reuse(get("Accept-Language: " + other), 3, german)).isNotInstanceOf(Fresh.class);
    }
    assertThat(reuse(get(""), 3, german)).isNotInstanceOf(Fresh.class);
  }

  @Test
  void otherFieldsHaveToMatchAllTheSame() {
    var german =
        stored(
            get("Accept-Language: en, de | Foo: 1"),
            ok(FRESH + "Accept-Language, Foo | Content-Language: de"));
    assertThat(word(reuse(get("Accept-Language: de | Foo: 1"), 3, german))).isEqualTo("Fresh");
    assertThat(word(reuse(get("Accept-Language: de | Foo: 2"), 3, german))).isEqualTo("Miss");
  }

  @Test
  void twoVariantsAreStoredAndChosenFrom() {
    var first = stored(get("Foo: 1"), ok(FRESH + "Foo | V: 1"));
    var second = stored(get("Foo: 2"), ok(FRESH + "Foo | V: 2"));
    assertThat(reuse(get("Foo: 1"), 3, first, second)).isEqualTo(new Fresh(first));
    assertThat(reuse(get("Foo: 2"), 3, first, second)).isEqualTo(new Fresh(second));
    assertThat(reuse(get("Foo: 3"), 3, first, second))
        .isInstanceOfSatisfying(
            ReuseDecision.Miss.class, miss -> assertThat(miss.why()).isEqualTo(Forward.VARY_MISS));
  }

  @Test
  void ofSeveralThatMatchTheMostRecentIsChosen() {
    var older = stored(get("Foo: 1"), ok(FRESH + "Foo | Date: @-10"));
    var newer = stored(get(""), ok("Cache-Control: max-age=60 | Date: @-5"));
    assertThat(Variants.matching(get("Foo: 1"), List.of(older, newer)))
        .containsExactly(newer, older);
    assertThat(Variants.selected(get("Foo: 2"), List.of(older, newer))).contains(newer);
  }

  @Test
  void whatTheRequestPrefersComesBeforeWhatIsRecent() {
    var german =
        stored(get(""), ok("Cache-Control: max-age=60 | Content-Language: de | Date: @-9"));
    var english = stored(get("Foo: 1"), ok(FRESH + "Foo | Content-Language: en"));
    var request = get("Foo: 1 | Accept-Language: de, en;q=0.5");
    assertThat(Variants.selected(request, List.of(english, german))).contains(german);
    var other = get("Foo: 1 | Accept-Language: en-GB, en, *;q=0.1");
    assertThat(Variants.selected(other, List.of(german, english))).contains(english);
  }

  @Test
  void anotherVariantsTagMayBeTheAnswer() {
    var first = stored(get("Foo: 1"), ok(FRESH + "Foo | ETag: \"a\""));
    var second = stored(get("Foo: 2"), ok(FRESH + "Foo | ETag: \"b\""));
    assertThat(reuse(get("Foo: 3"), 3, first, second))
        .isInstanceOfSatisfying(
            Validate.class,
            validate -> {
              assertThat(validate.why()).isEqualTo(Forward.VARY_MISS);
              assertThat(validate.forwarded().first("If-None-Match")).contains("\"a\", \"b\"");
              assertThat(validate.forwarded().first("Foo")).contains("3");
              assertThat(validate.onError()).isEmpty();
            });
  }

  @Test
  void aNewResponseTakesThePlaceOfWhatCouldHaveAnsweredItsRequest() {
    var settings = CacheSettings.DEFAULTS;
    var plain = stored(get("Foo: 1"), ok("Cache-Control: max-age=60"));
    var first = stored(get("Foo: 1"), ok(FRESH + "Foo | V: 1"));
    var second = stored(get("Foo: 2"), ok(FRESH + "Foo | V: 2"));
    var again = stored(get("Foo: 1"), ok(FRESH + "Foo | V: 3"));
    var all = Variants.with(get("Foo: 1"), first, List.of(plain), settings);
    assertThat(all).containsExactly(first);
    all = Variants.with(get("Foo: 2"), second, all, settings);
    all = Variants.with(get("Foo: 1"), again, all, settings);
    assertThat(all).containsExactly(second, again);
    assertThat(Variants.with(get("Foo: 1"), plain, all, settings)).containsExactly(second, plain);
  }

  @Test
  void thereIsABoundToVariants() {
    var settings = Given.settings(0, 0);
    List<StoredResponse> all = List.of();
    for (int i = 0; i < 10_000; i++) {
      var request = get("Foo: " + i);
      all = Variants.with(request, stored(request, ok(FRESH + "Foo")), all, settings);
    }
    assertThat(all).hasSize(4);
    assertThat(reuse(get("Foo: 9999"), 3, all.toArray(StoredResponse[]::new)))
        .isInstanceOf(Fresh.class);
  }
}
