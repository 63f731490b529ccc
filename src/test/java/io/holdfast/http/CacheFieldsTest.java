package io.holdfast.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.CacheStatus.Forward;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9211; RFC 9110, sections 5 and 14; RFC 9111, section 1.2.2. */
class CacheFieldsTest {

  @Test
  void rfc9211AHit() {
    assertThat(CacheStatus.hit().withTtl(-412).withKey("http://x/\"a\"").because("owner-moving"))
        .extracting(CacheStatus::value)
        .isEqualTo("holdfast; hit; ttl=-412; key=\"http://x/\\\"a\\\"\"; detail=owner-moving");
    assertThat(CacheStatus.hit("cut-off")).isEqualTo("holdfast; hit; detail=cut-off");
  }

  @Test
  void rfc9211AForwardedRequest() {
    assertThat(
            CacheStatus.forwarded(Forward.STALE)
                .withForwardedStatus(304)
                .withTtl(60)
                .asStored()
                .asCollapsed()
                .value())
        .isEqualTo("holdfast; fwd=stale; fwd-status=304; ttl=60; stored; collapsed");
    assertThat(CacheStatus.forwarded(Forward.URI_MISS).value()).isEqualTo("holdfast; fwd=uri-miss");
  }

  @Test
  void rfc9211HitAndForwardedExcludeEachOther() {
    assertThat(CacheStatus.hit().asStored().asCollapsed().withForwardedStatus(200).value())
        .isEqualTo("holdfast; hit");
  }

  @Test
  void rfc9211ItIsAStructuredField() {
    for (var why : Forward.values()) {
      assertThat(StructuredField.list(CacheStatus.forwarded(why).because("x").value())).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "10, 10",
    "0010, 10",
    "2147483648, 2147483648",
    "2147483649, 2147483648",
    "99999999999999999999, 2147483648",
    "00000000000000000000001, 1"
  })
  void section1_2_2DeltaSeconds(String text, long seconds) {
    assertThat(DeltaSeconds.parse(text)).isEqualTo(OptionalLong.of(seconds));
  }

  @Property
  void onlyDigitsAreDeltaSeconds(@ForAll String text) {
    assertThat(DeltaSeconds.parse(text).isPresent()).isEqualTo(text.matches("[0-9]+"));
  }

  @Test
  void section5_3LinesOfOneNameAreOneList() {
    var fields = Fields.of("A", "1", "b", "2", "a", "3");
    assertThat(fields.joined("a")).contains("1, 3");
    assertThat(fields.all("A")).containsExactly("1", "3");
    assertThat(fields.first("B")).contains("2");
    assertThat(fields.joined("c")).isEmpty();
    assertThat(fields.without(Set.of("a"))).isEqualTo(Fields.of("b", "2"));
    assertThat(fields.with("A", "4")).isEqualTo(Fields.of("b", "2", "A", "4"));
    assertThat(fields.replacedBy(Fields.of("B", "5", "B", "6")))
        .isEqualTo(Fields.of("A", "1", "a", "3", "B", "5", "B", "6"));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes 0-4/10,     true", "bytes 0-4/*,   true", "bytes 5-4/10,  false",
    "bytes 0-10/10,    false", "bytes 0-9/10, true", "bytes */10,    false",
    "bytes 0-4,        false", "items 0-4/10, false", "bytes=0-4/10, false"
  })
  void section14_4ContentRange(String text, boolean valid) {
    assertThat(ContentRange.parse(text).map(ContentRange::toString).isPresent()).isEqualTo(valid);
    ContentRange.parse(text).ifPresent(range -> assertThat(range).hasToString(text));
  }

  @Property
  void section15_3_7_2RangesThatTouchAreOne(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 30) Integer> firsts,
      @ForAll @IntRange(min = 1, max = 40) int length) {
    var text = new StringBuilder("bytes=");
    for (int first : firsts) {
      text.append(first).append('-').append(first + 2).append(',');
    }
    var ranges = Ranges.parse(text.toString()).orElseThrow().within(length);
    for (var range : ranges) {
      assertThat(range.last()).isLessThan(length);
      assertThat(ranges).filteredOn(other -> other != range).noneMatch(range::touches);
    }
    for (int first : firsts) {
      assertThat(first >= length || ranges.stream().anyMatch(r -> r.contains(byteAt(first))))
          .isTrue();
    }
  }

  private static ByteRange byteAt(long position) {
    return new ByteRange(position, position);
  }
}
