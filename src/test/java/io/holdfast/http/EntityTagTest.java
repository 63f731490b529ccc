package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, sections 8.8.3 and 13.1.1. */
class EntityTagTest {

  @ParameterizedTest(name = "{0} against {1}: strong {2}, weak {3}")
  @CsvSource({
    "W/\"1\", W/\"1\", false, true",
    "W/\"1\", W/\"2\", false, false",
    "W/\"1\", \"1\",   false, true",
    "\"1\",   W/\"1\", false, true",
    "\"1\",   \"1\",   true,  true",
    "\"1\",   \"2\",   false, false"
  })
  void section8_8_3_2ComparesAsItsTableSays(String a, String b, boolean strong, boolean weak) {
    var first = EntityTag.parse(a).orElseThrow();
    var second = EntityTag.parse(b).orElseThrow();
    assertThat(first.matchesStrongly(second)).isEqualTo(strong);
    assertThat(first.matchesWeakly(second)).isEqualTo(weak);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "\"xyzzy\"",
        "W/\"xyzzy\"",
        "\"a,b\"",
        "\"a\\b\"",
        "\"\u00e9\"",
        "\"!#~\""
      })
  void section8_8_3TakesTags(String text) {
    assertThat(EntityTag.parse(text)).map(EntityTag::toString).contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "1",
        "\"",
        "\"1",
        "1\"",
        "w/\"1\"",
        "W/",
        "W/1",
        "W /\"1\"",
        "W/ \"1\"",
        "\"a b\"",
        "\"a\tb\"",
        "\"a\u007f\"",
        "\"1\",",
        "\"1\"x",
        "\"1\", \"2\"",
        "'1'"
      })
  void section8_8_3RefusesWhatIsNoTag(String text) {
    assertThat(EntityTag.parse(text)).isEmpty();
  }

  @Test
  void section13_1_1TakesAStarOrAList() {
    assertThat(EntityTag.parseList(" * ")).contains(new EntityTag.Tags(true, List.of()));
    assertThat(EntityTag.parseList("\"1\", W/\"2\",\"3\""))
        .contains(
            new EntityTag.Tags(
                false,
                List.of(EntityTag.strong("1"), new EntityTag(true, "2"), EntityTag.strong("3"))));
  }

  @Test
  void section5_6_1_2SkipsEmptyElements() {
    assertThat(EntityTag.parseList(", \"1\",, ,\"2\" ,"))
        .map(tags -> tags.tags().size())
        .contains(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ",",
        ", ,",
        "*, \"1\"",
        "\"1\", *",
        "**",
        "\"1\" \"2\"",
        "\"1\";\"2\"",
        "1, 2"
      })
  void section13_1_1RefusesOtherLists(String text) {
    assertThat(EntityTag.parseList(text)).isEmpty();
  }

  @Property
  void everyListIsReadAsItIsWritten(@ForAll("tags") List<EntityTag> tags) {
    var text = tags.stream().map(EntityTag::toString).collect(Collectors.joining(", "));
    assertThat(EntityTag.parseList(text)).isEqualTo(Optional.of(new EntityTag.Tags(false, tags)));
  }

  @Property
  void noTextMakesItFail(@ForAll String text) {
    assertThat(EntityTag.parseList(text)).isNotNull();
  }

  @Provide
  Arbitrary<List<EntityTag>> tags() {
    var opaque =
        Arbitraries.strings()
            .withCharRange('#', '~')
            .withChars('!', '\u0080', '\u00ff')
            .ofMaxLength(5);
    return Combinators.combine(Arbitraries.of(true, false), opaque)
        .as(EntityTag::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(5);
  }
}
