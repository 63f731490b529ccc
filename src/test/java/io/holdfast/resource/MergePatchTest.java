package io.holdfast.resource;

import static io.holdfast.resource.Patching.bytes;
import static io.holdfast.resource.Patching.patch;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.Patch.Kind;
import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {
  @ParameterizedTest(name = "RFC 7396, appendix A: {0} with {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":\"b\"}         | {\"a\":\"c\"}                | {\"a\":\"c\"}",
        "{\"a\":\"b\"}         | {\"b\":\"c\"}                | {\"a\":\"b\",\"b\":\"c\"}",
        "{\"a\":\"b\"}         | {\"a\":null}                 | {}",
        "{\"a\":\"b\",\"b\":\"c\"} | {\"a\":null}             | {\"b\":\"c\"}",
        "{\"a\":[\"b\"]}       | {\"a\":\"c\"}                | {\"a\":\"c\"}",
        "{\"a\":\"c\"}         | {\"a\":[\"b\"]}              | {\"a\":[\"b\"]}",
        "{\"a\":{\"b\":\"c\"}} | {\"a\":{\"b\":\"d\",\"c\":null}} | {\"a\":{\"b\":\"d\"}}",
        "{\"a\":[{\"b\":\"c\"}]} | {\"a\":[1]}                | {\"a\":[1]}",
        "[\"a\",\"b\"]         | [\"c\",\"d\"]                | [\"c\",\"d\"]",
        "{\"a\":\"b\"}         | [\"c\"]                      | [\"c\"]",
        "{\"a\":\"foo\"}       | null                         | null",
        "{\"a\":\"foo\"}       | \"bar\"                      | \"bar\"",
        "{\"e\":null}          | {\"a\":1}                    | {\"e\":null,\"a\":1}",
        "[1,2]                 | {\"a\":\"b\",\"c\":null}     | {\"a\":\"b\"}",
        "{}                    | {\"a\":{\"bb\":{\"ccc\":null}}} | {\"a\":{\"bb\":{}}}"
      })
  void appendixA(String original, String patch, String result) {
    assertThat(patched(original, patch)).isEqualTo(result);
  }

  @Test
  void section3() {
    var document =
        """
        {"title": "Goodbye!",
         "author": {"givenName": "John", "familyName": "Doe"},
         "tags": ["example", "sample"],
         "content": "This will be unchanged"}
        """;
    var patch =
        """
        {"title": "Hello!", "phoneNumber": "+01-123-456-7890",
         "author": {"familyName": null}, "tags": ["example"]}
        """;
    assertThat(patched(document, patch))
        .isEqualTo(
            "{\"title\":\"Hello!\",\"author\":{\"givenName\":\"John\"},\"tags\":[\"example\"],"
                + "\"content\":\"This will be unchanged\",\"phoneNumber\":\"+01-123-456-7890\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"z\":1.50,\"m\":1E400,\"a\":[-0,1e5]} | {\"z\":2.0} | {\"z\":2.0,\"m\":1E400,\"a\":[-0,1e5]}",
        "{\"b\":1,\"a\":2} | {\"c\":3,\"b\":4} | {\"b\":4,\"a\":2,\"c\":3}",
        "{\"a\":1,\"b\":2} | {\"a\":1.0} | {\"a\":1.0,\"b\":2}",
        "{\"a\":1} | {\"b\":[{\"c\":null}]} | {\"a\":1,\"b\":[{\"c\":null}]}"
      })
  void keepsDigitsOrderAndNullsInArrays(String document, String patch, String result) {
    assertThat(patched(document, patch)).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"{}", "{\"a\":1}", "{\"x\":null}", "{\"b\":{}}", "{\"a\":1,\"b\":{\"y\":null}}"})
  void whatChangesNothingGivesBackTheVeryBytes(String patch) {
    var document = bytes("{ \"a\" : 1,\n \"b\": {\"c\\u0061\": \"\\u00e9\"} }");
    var outcome = patch(Kind.MERGE, patch).apply(document, Patching.BYTES_MAX, Patching.DEPTH_MAX);
    assertThat(((Outcome.Patched) outcome).content()).isSameAs(document);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"{\"a\":1,\"a\":2}", "{", "1 2", "\"\\ud800\""})
  void refusesWhatIsNotJson(String content) {
    assertThat(Patching.read(Kind.MERGE, content)).isInstanceOf(Reading.NotJson.class);
  }

  @Test
  void staysWithinItsBounds() {
    var patch = patch(Kind.MERGE, "{\"a\":{\"b\":[12]}}");
    assertThat(patch.apply(bytes("{}"), 16, 3)).isInstanceOf(Outcome.Patched.class);
    assertThat(patch.apply(bytes("{}"), 15, 3)).isEqualTo(new Outcome.TooLarge());
    assertThat(patch.apply(bytes("{}"), 16, 2))
        .isEqualTo(
            new Outcome.TooDeep("the patched document is nested deeper than 2 arrays and objects"));
    assertThat(patch.apply(bytes("[[[]]]"), 16, 2)).isInstanceOf(Outcome.TooDeep.class);
  }

  @Test
  void aDocumentThatIsTooLongAlreadyMayBecomeShorterButNoneMayStayTooLong() {
    var document = bytes("{\"a\":\"0123456789\",\"b\":\"0123456789\"}");
    assertThat(patch(Kind.MERGE, "{\"a\":null}").apply(document, 20, 64))
        .isInstanceOf(Outcome.Patched.class);
    assertThat(patch(Kind.MERGE, "{\"a\":1}").apply(document, 20, 64))
        .isEqualTo(new Outcome.TooLarge());
    assertThat(patch(Kind.MERGE, "{}").apply(document, 20, 64)).isInstanceOf(Outcome.Patched.class);
  }

  @Test
  void mergesManyMembersAndNamesWithEqualHashes() {
    var names =
        IntStream.range(0, 1 << 13)
            .mapToObj(
                i -> Integer.toBinaryString(1 << 13 | i).replace("0", "Aa").replace("1", "BB"))
            .toList();
    var document = names.stream().map(n -> '"' + n + "\":0").collect(joined());
    var removing = names.stream().map(n -> '"' + n + "\":null").collect(joined());
    var outcome = patch(Kind.MERGE, removing).apply(bytes(document), document.length(), 64);
    assertThat(Patching.content(outcome)).isEqualTo("{}");
  }

  private static Collector<CharSequence, ?, String> joined() {
    return Collectors.joining(",", "{", "}");
  }

  private static String patched(String document, String patch) {
    return Patching.patched(Kind.MERGE, document, patch);
  }
}
