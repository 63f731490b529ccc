package io.holdfast.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentIdTest {

  @Test
  void nothingBehindTheRouteIsTheCollection() {
    assertThat(DocumentId.parse("")).isEqualTo(new DocumentId.Collection());
  }

  @Test
  void aSlashAloneIsNothing() {
    assertThat(DocumentId.parse("/")).isEqualTo(new DocumentId.Nothing());
  }

  @ParameterizedTest
  @CsvSource({
    "/a,           a",
    "/A-Z.0_9~,    A-Z.0_9~",
    "/%61,         a",
    "/%7E%7e,      ~~",
    "/%2D%2E%5F,   -._",
    "/...,         ...",
    "/.a,          .a"
  })
  void anEncodedUnreservedCharacterIsThatCharacter(String remainder, String id) {
    assertThat(DocumentId.parse(remainder)).isEqualTo(new DocumentId.Document(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/b",
        "/a/",
        "//",
        "//a",
        "/%2F",
        "/%2f",
        "/a%2Fb",
        "/%00",
        "/%20",
        "/a b",
        "/a+b",
        "/a:b",
        "/a@b",
        "/a;b",
        "/a,b",
        "/a!",
        "/%",
        "/%4",
        "/%4g",
        "/%g4",
        "/a%",
        "/%%41",
        "/%C3%A9",
        "/\u00e9",
        "/%\uff14\uff11",
        "/.",
        "/..",
        "/%2E",
        "/%2e%2E",
        "/.%2e",
        "/\u0000",
        "/*"
      })
  void anythingElseIsMalformed(String remainder) {
    assertThat(DocumentId.parse(remainder)).isInstanceOf(DocumentId.Malformed.class);
  }

  @Test
  void anIdHasAtMost128CharactersAfterDecoding() {
    assertThat(DocumentId.parse("/" + "a".repeat(128))).isInstanceOf(DocumentId.Document.class);
    assertThat(DocumentId.parse("/" + "%61".repeat(128))).isInstanceOf(DocumentId.Document.class);
    assertThat(DocumentId.parse("/" + "a".repeat(129))).isInstanceOf(DocumentId.Malformed.class);
  }

  @Property
  void everyIdIsReadAsItIsWrittenEncodedOrNot(
      @ForAll @AlphaChars @NumericChars @Chars({'-', '_', '~'}) @StringLength(min = 1, max = 128)
          String id) {
    var encoded = id.chars().mapToObj("%%%02X"::formatted).collect(Collectors.joining("", "/", ""));
    assertThat(DocumentId.parse("/" + id)).isEqualTo(new DocumentId.Document(id));
    assertThat(DocumentId.parse(encoded)).isEqualTo(new DocumentId.Document(id));
  }

  @Property
  void noTextMakesItFail(@ForAll String text) {
    assertThat(DocumentId.parse("/" + text)).isNotNull();
  }
}
