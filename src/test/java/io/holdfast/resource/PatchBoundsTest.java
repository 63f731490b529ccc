package io.holdfast.resource;

import static io.holdfast.resource.Patching.BYTES_MAX;
import static io.holdfast.resource.Patching.DEPTH_MAX;
import static io.holdfast.resource.Patching.bytes;
import static io.holdfast.resource.Patching.patch;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.resource.Patch.Kind;
import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import java.time.Duration;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Patches that are written to cost much. */
class PatchBoundsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void copiesThatDoubleStopBeforeTheyAreMade() {
    var bomb = many("{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}", 1_000);
    assertThat(apply("[\"0123456789\"]", bomb, BYTES_MAX, 10_000))
        .isEqualTo(new Outcome.TooLarge());
    assertThat(apply("[\"0123456789\"]", bomb, Integer.MAX_VALUE, 10_000))
        .isEqualTo(new Outcome.TooLarge());
    // The same array twice in itself, over and over: as wide as it is deep.
    var wide =
        many(
            "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
                + "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/a\"}",
            1_000);
    assertThat(apply("{\"a\":1}", wide, Integer.MAX_VALUE, 10_000))
        .isEqualTo(new Outcome.TooLarge());
  }

  @Test
  void theLimitIsExact() {
    var patch = "[{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/-\"}]";
    assertThat(apply("[\"\u00e9\"]", patch, 11, 1)).isInstanceOf(Outcome.Patched.class);
    assertThat(apply("[\"\u00e9\"]", patch, 10, 1)).isEqualTo(new Outcome.TooLarge());
  }

  @Test
  void stopsWhereItIsTooDeep() {
    var deeper = many("{\"op\":\"copy\",\"from\":\"\",\"path\":\"/0\"}", 1_000);
    assertThat(apply("[]", deeper, BYTES_MAX, DEPTH_MAX)).isInstanceOf(Outcome.TooLarge.class);
    var deep = many("{\"op\":\"add\",\"path\":\"/0\",\"value\":[]}", 1);
    assertThat(apply("[]", deep, BYTES_MAX, 1))
        .isEqualTo(
            new Outcome.TooDeep(
                "element 0: the document is nested deeper than 1 arrays and objects"));
    assertThat(apply("[]", deep, BYTES_MAX, 2)).isInstanceOf(Outcome.Patched.class);
    assertThat(apply("[[]]", "[]", BYTES_MAX, 1))
        .isEqualTo(new Outcome.TooDeep("the document is nested deeper than 1 arrays and objects"));
  }

  @Test
  void nestsAsDeepAsItMayAndNoDeeper() {
    var value = "[".repeat(DEPTH_MAX - 3) + "]".repeat(DEPTH_MAX - 3);
    var patch = "[{\"op\":\"add\",\"path\":\"/a\",\"value\":" + value + "}]";
    assertThat(apply("{}", patch, BYTES_MAX, DEPTH_MAX)).isInstanceOf(Outcome.Patched.class);
    assertThat(apply("{}", patch, BYTES_MAX, DEPTH_MAX - 3)).isInstanceOf(Outcome.TooDeep.class);
    var endless = "[{\"op\":\"add\",\"path\":\"\",\"value\":" + "[".repeat(100_000);
    assertThat(Patching.read(Kind.JSON_PATCH, endless)).isInstanceOf(Reading.NotJson.class);
    assertThat(Patching.read(Kind.MERGE, "{\"a\":".repeat(100_000)))
        .isInstanceOf(Reading.NotJson.class);
  }

  @Test
  void aHundredThousandOperationsAreNotSlow() {
    var front = many("{\"op\":\"add\",\"path\":\"/0\",\"value\":0}", 100_000);
    var document =
        IntStream.range(0, 130_000).mapToObj(i -> "1").collect(Collectors.joining(",", "[", "]"));
    Assertions.assertTimeout(
        SOON,
        () ->
            assertThat(Patching.content(apply(document, front, 1_000_000, DEPTH_MAX)))
                .hasSize(2 * 230_000 + 1));
  }

  @Test
  void copyingAndChangingLargeValuesOverAndOverIsNotSlow() {
    var members =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "\"" + i + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    var each =
        "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},"
            + "{\"op\":\"replace\",\"path\":\"/b/77\",\"value\":1},"
            + "{\"op\":\"remove\",\"path\":\"/b/78\"}";
    var patch = many(each, 20_000);
    Assertions.assertTimeout(
        SOON,
        () ->
            assertThat(apply("{\"a\":" + members + "}", patch, BYTES_MAX, DEPTH_MAX))
                .isInstanceOf(Outcome.Patched.class));
  }

  @Test
  void testingALongNumberOverAndOverIsNotSlow() {
    var document = "[1" + "0".repeat(200_000) + "]";
    var patch = many("{\"op\":\"test\",\"path\":\"/0\",\"value\":1e200000}", 50_000);
    Assertions.assertTimeout(
        SOON,
        () ->
            assertThat(apply(document, patch, BYTES_MAX, DEPTH_MAX))
                .isInstanceOf(Outcome.Patched.class));
  }

  private static Outcome apply(String document, String patch, int bytesMax, int depthMax) {
    return patch(Kind.JSON_PATCH, patch).apply(bytes(document), bytesMax, depthMax);
  }

  private static String many(String operations, int count) {
    return "[" + String.join(",", Collections.nCopies(count, operations)) + "]";
  }
}
