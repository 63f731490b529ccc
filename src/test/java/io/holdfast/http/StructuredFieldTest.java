package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.StructuredField.Decimal;
import io.holdfast.http.StructuredField.Flag;
import io.holdfast.http.StructuredField.Inner;
import io.holdfast.http.StructuredField.Item;
import io.holdfast.http.StructuredField.Text;
import io.holdfast.http.StructuredField.Token;
import io.holdfast.http.StructuredField.Value;
import io.holdfast.http.StructuredField.Whole;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9651. */
class StructuredFieldTest {

  private static Item item(Value value) {
    return new Item(value, Map.of());
  }

  @Test
  void section4_2_2ADictionary() {
    assertThat(StructuredField.dictionary("a=1, b;x=?0;y , c=tok/en:1,d=\"q\\\"\\\\\",*e=-1.50"))
        .contains(
            Map.of(
                "a", item(new Whole(1)),
                "b", new Item(new Flag(true), Map.of("x", new Flag(false), "y", new Flag(true))),
                "c", item(new Token("tok/en:1")),
                "d", item(new Text("q\"\\")),
                "*e", item(new Decimal(new BigDecimal("-1.50")))));
  }

  @Test
  void section4_2_2TheLastOfAKeyCounts() {
    assertThat(StructuredField.dictionary("a=1,b=2,a=3").orElseThrow())
        .containsExactly(Map.entry("b", item(new Whole(2))), Map.entry("a", item(new Whole(3))));
  }

  @Test
  void section4_2_1AList() {
    assertThat(StructuredField.list("  (a \"b\");p=1,  ( ), ?1  "))
        .contains(
            List.of(
                new Item(
                    new Inner(List.of(item(new Token("a")), item(new Text("b")))),
                    Map.of("p", new Whole(1))),
                item(new Inner(List.of())),
                item(new Flag(true))));
  }

  @Test
  void nothingIsAnEmptyListAndDictionary() {
    assertThat(StructuredField.list(" ")).contains(List.of());
    assertThat(StructuredField.dictionary("")).contains(Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {":aGk=:", "@1659578233", "%\"f%c3%bc\"", "1;a=:aGk=:", "999999999999999"})
  void otherTypesAreRead(String text) {
    assertThat(StructuredField.list(text)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1,",
        ",1",
        "1,,2",
        "1 2",
        "&",
        "\"a",
        "\"\\a\"",
        "\"ü\"",
        "(a",
        "(a)b",
        "(a,b)",
        "-",
        "--1",
        "1.",
        "1.1234",
        "1234567890123.1",
        "1234567890123456",
        "?2",
        "?",
        ":!:",
        ":a",
        "@1.5",
        "a;B",
        "a;",
        "a=1",
        "1;a=",
        "\t1"
      })
  void malformedListsAreNone(String text) {
    assertThat(StructuredField.list(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"A=1", "1=a", "a =1", "a= 1", "a=", "a,", "a=1 b", "a==1", "ä", "-a"})
  void malformedDictionariesAreNone(String text) {
    assertThat(StructuredField.dictionary(text)).isEmpty();
  }

  @Property
  void noTextMakesItFail(@ForAll String text) {
    assertThat(StructuredField.list(text)).isNotNull();
    assertThat(StructuredField.dictionary(text)).isNotNull();
  }

  @Property
  void whatIsQuotedIsReadAgain(@ForAll String text) {
    var printable =
        text.chars()
            .filter(c -> c >= 0x20 && c < 0x7f)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    assertThat(StructuredField.list(StructuredField.quoted(text)))
        .contains(List.of(item(new Text(printable))));
  }
}
