package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonContentTest {
  private static final int DEPTH_MAX = 64;
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1.5e+10",
        "1e999",
        "1E-999",
        "\"\"",
        "\"a\"",
        " \t\r\n {\"a\" : [ 1 , {} ] } \n",
        "\"\\u0000\\n\\\"\\\\\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"\ud83d\ude00\u00e9\"",
        "{\"a\":1,\"b\":{\"a\":1}}",
        "[{\"a\":1},{\"a\":2}]",
        "{\"\":1}",
        "{\"a\":1,\"A\":2}",
        "123456789012345678901234567890.123456789012345678901234567890"
      })
  void takesOneJsonValue(String json) {
    assertThat(faultOf(json)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "{1:2}",
        "[1 2]",
        "[}",
        "{]",
        "nul",
        "nullx",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1a",
        "[1a]",
        "\"",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"a\tb\"",
        "\"a\nb\"",
        "\"a\u0000b\"",
        "'a'",
        "{} {}",
        "1 2",
        "{}x",
        "[] ,",
        "null null",
        "// c\n1",
        "/* c */ 1",
        "# c\n1",
        "1 // c",
        "\u00a01",
        "\f1",
        "\u000b1",
        "[1]\u0000",
        "\u0000",
        "undefined",
        "\ufeff1 ",
        "[\ufeff1]"
      })
  void refusesWhatIsNotOneJsonValue(String text) {
    assertThat(faultOf(text)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"b\":2,\"a\":3}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"x\":{\"\":1,\"\":1}}]",
        "{\"\u00e9\":1,\"\\u00e9\":2}"
      })
  void refusesANameThatComesTwice(String json) {
    assertThat(faultOf(json)).hasValueSatisfying(fault -> assertThat(fault).contains("uplicate"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud83dx\"",
        "\"\\ude00\\ud83d\"",
        "\"\\ud83d\\ud83d\\ude00\"",
        "{\"\\ud800\":1}",
        "[\"\\uD800\\n\"]"
      })
  void refusesHalfOfASurrogatePair(String json) {
    assertThat(faultOf(json)).hasValueSatisfying(fault -> assertThat(fault).contains("surrogate"));
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "22c328,       a continuation that is none",
    "2280,         a continuation without a beginning",
    "22c022,       half of a pair",
    "22c0af22,     an overlong solidus",
    "22e08080af22, an overlong form of three",
    "22f08080af22, an overlong form of four",
    "22eda08022,   an encoded surrogate",
    "22f490808022, more than U+10FFFF",
    "22ff22,       a byte that UTF-8 does not have",
    "fffe31,       UTF-16",
    "22e282,       the end in the middle"
  })
  void refusesWhatIsNotUtf8(String hex, String why) {
    assertThat(JsonContent.faultOf(HexFormat.of().parseHex(hex), DEPTH_MAX))
        .as(why)
        .contains("The content is not valid UTF-8");
  }

  @Test
  void refusesOtherEncodingsAndByteOrderMarks() {
    assertThat(JsonContent.faultOf("[1]".getBytes(StandardCharsets.UTF_16LE), DEPTH_MAX))
        .isPresent();
    assertThat(JsonContent.faultOf("[1]".getBytes(StandardCharsets.UTF_16BE), DEPTH_MAX))
        .isPresent();
    assertThat(faultOf("\ufeff[1]"))
        .hasValueSatisfying(fault -> assertThat(fault).contains("byte order mark"));
  }

  @ParameterizedTest(name = "{0} is {1} deep")
  @CsvSource(
      delimiter = '|',
      value = {"1 | 0", "[] | 1", "{} | 1", "[[]] | 2", "{\"a\":[1]} | 2", "[[],[[]]] | 3"})
  void countsArraysInArrays(String json, int depth) {
    assertThat(JsonContent.faultOf(bytes(json), depth)).isEmpty();
    if (depth > 0) {
      assertThat(JsonContent.faultOf(bytes(json), depth - 1))
          .hasValueSatisfying(fault -> assertThat(fault).startsWith("Nested deeper than"));
    }
  }

  @Property(tries = 200)
  void theLimitOfDepthIsExact(@ForAll @IntRange(min = 1, max = 1000) int depth) {
    var json = bytes("[".repeat(depth) + "]".repeat(depth));
    assertThat(JsonContent.faultOf(json, depth)).isEmpty();
    assertThat(JsonContent.faultOf(json, depth - 1)).isPresent();
  }

  @Test
  void saysWhereTheFaultIs() {
    assertThat(faultOf("{\n  \"a\": x\n}"))
        .hasValueSatisfying(fault -> assertThat(fault).contains("(line 2, column "));
    assertThat(faultOf("[1]\n[2]"))
        .contains("There is more than one JSON value (line 2, column 1)");
  }

  @Test
  void repeatsOnlyAPartOfWhatWasSent() {
    var name = "n".repeat(100_000);
    assertThat(faultOf("{\"%1$s\":1,\"%1$s\":2}".formatted(name)).orElseThrow())
        .hasSizeLessThan(300);
    assertThat(faultOf("x".repeat(100_000)).orElseThrow()).hasSizeLessThan(300);
  }

  @Test
  void hostileContentIsAnsweredSoon() {
    var brackets = "[".repeat(100_000);
    var objects = "{\"a\":".repeat(100_000);
    var keys =
        IntStream.range(0, 1_000_000)
            .mapToObj(i -> "\"" + i + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    var escapes = "\"" + "\\u0041".repeat(160_000) + "\"";
    var digits = "9".repeat(960 * 1024);
    Assertions.assertTimeout(
        SOON,
        () -> {
          assertThat(faultOf(brackets)).isPresent();
          assertThat(faultOf(objects)).isPresent();
          assertThat(faultOf(keys)).isEmpty();
          assertThat(faultOf(escapes)).isEmpty();
          assertThat(faultOf(digits)).isEmpty();
        });
  }

  @Test
  void namesWithEqualHashesAreTakenAndAreNotSlow() {
    // "Aa" and "BB" have the same hash, and so have all words of n of them.
    var keys =
        IntStream.range(0, 1 << 15)
            .mapToObj(
                i -> Integer.toBinaryString(1 << 15 | i).replace("0", "Aa").replace("1", "BB"))
            .map(name -> '"' + name + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    Assertions.assertTimeout(SOON, () -> assertThat(faultOf(keys)).isEmpty());
  }

  @Property(tries = 300)
  void whatAJsonWriterWritesIsTaken(@ForAll("values") Object value) throws IOException {
    var json = new ObjectMapper().writeValueAsBytes(value);
    assertThat(JsonContent.faultOf(json, DEPTH_MAX)).isEmpty();
    if (json.length > 1 && (json[0] == '{' || json[0] == '[' || json[0] == '"')) {
      var broken = java.util.Arrays.copyOf(json, json.length - 1);
      assertThat(JsonContent.faultOf(broken, DEPTH_MAX)).isPresent();
    }
  }

  @Property
  void noBytesMakeItFail(@ForAll byte[] content) {
    assertThatCode(() -> JsonContent.faultOf(content, DEPTH_MAX)).doesNotThrowAnyException();
  }

  @Provide
  Arbitrary<Object> values() {
    var text = Arbitraries.strings().withCharRange(' ', '\ud7ff').ofMaxLength(8);
    Arbitrary<Object> leaf =
        Arbitraries.oneOf(
            text.asGeneric(),
            Arbitraries.doubles().asGeneric(),
            Arbitraries.longs().asGeneric(),
            Arbitraries.of(true, false).asGeneric());
    return Arbitraries.recursive(
        () -> leaf,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(3).asGeneric(),
                Arbitraries.maps(text, inner).ofMaxSize(3).asGeneric()),
        0,
        4);
  }

  private static Optional<String> faultOf(String text) {
    return JsonContent.faultOf(bytes(text), DEPTH_MAX);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
