package io.holdfast.resource;

import static io.holdfast.resource.Patching.bytes;
import static io.holdfast.resource.Patching.patch;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.resource.Patch.Kind;
import io.holdfast.resource.Patch.Outcome;
import io.holdfast.resource.Patch.Reading;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PatchPropertiesTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private static final List<String> LEAVES =
      List.of(
          "0",
          "-0",
          "1",
          "1.50",
          "1E400",
          "1e5",
          "1e999999999",
          "true",
          "false",
          "null",
          "\"\ud83d\ude00\"",
          "\"\\ud83d\\ude00\"",
          "\"\\u0061\\/\"");

  private static final List<String> NAMES =
      List.of("\"b\"", "\"\"", "\"a\"", "\"0\"", "\"~1\"", "\"\u00e9\"", "\"a/\"");

  private static final int BYTES_MAX = 300;
  private static final int DEPTH_MAX = 4;

  @Property(tries = 2_000)
  void whateverIsAppliedHasAnOutcomeWithinTheBounds(
      @ForAll("values") String document, @ForAll("operations") List<String> operations) {
    var content = bytes(document);
    var reading = Patch.read(Kind.JSON_PATCH, bytes(operations.toString()), DEPTH_MAX);
    if (reading instanceof Reading.Readable readable) {
      hold(content, readable.patch().apply(content, BYTES_MAX, DEPTH_MAX));
    }
    assertThat(content).isEqualTo(bytes(document));
  }

  @Property(tries = 500)
  void whateverIsMergedHasAnOutcomeWithinTheBounds(
      @ForAll("values") String document, @ForAll("values") String merge) {
    var reading = Patch.read(Kind.MERGE, bytes(merge), DEPTH_MAX);
    if (reading instanceof Reading.Readable readable) {
      hold(bytes(document), readable.patch().apply(bytes(document), BYTES_MAX, DEPTH_MAX));
    }
  }

  private static void hold(byte[] document, Outcome outcome) {
    if (outcome instanceof Outcome.Patched patched && patched.content() != document) {
      assertThat(patched.content()).hasSizeLessThanOrEqualTo(BYTES_MAX);
      assertThat(JsonContent.faultOf(patched.content(), DEPTH_MAX)).isEmpty();
    }
  }

  @Property
  void anyJsonIsReadAsAPatchOrRefused(@ForAll("values") String content) {
    assertThat(Patch.read(Kind.JSON_PATCH, bytes(content), 64)).isNotNull();
    assertThat(Patch.read(Kind.MERGE, bytes(content), 64)).isInstanceOf(Reading.Readable.class);
  }

  @Property
  void anyBytesAreReadAsAPatchOrRefused(@ForAll byte[] content) {
    for (var kind : Kind.values()) {
      assertThat(Patch.read(kind, content, 64)).isNotNull();
    }
  }

  @Property
  void theDifferenceMergedIntoTheOneGivesTheOther(
      @ForAll("values") String one, @ForAll("values") String other) throws IOException {
    // A null in an object cannot be asked for (RFC 7396, section 1).
    var from = JSON.readTree(one);
    var to = withoutNulls(JSON.readTree(other));
    var difference = JSON.writeValueAsString(difference(from, to));
    var merged = Patching.patched(Kind.MERGE, one, difference);
    assertThat(JSON.readTree(merged)).isEqualTo(to);
  }

  private static JsonNode withoutNulls(JsonNode node) {
    if (node.isObject()) {
      ((ObjectNode) node).removeIf(JsonNode::isNull);
      node.forEach(PatchPropertiesTest::withoutNulls);
    }
    return node;
  }

  private static JsonNode difference(JsonNode from, JsonNode to) {
    if (!from.isObject() || !to.isObject()) {
      return to;
    }
    var difference = JSON.createObjectNode();
    from.fieldNames().forEachRemaining(name -> difference.putNull(name));
    for (Map.Entry<String, JsonNode> member : to.properties()) {
      var before = from.path(member.getKey());
      if (before.equals(member.getValue())) {
        difference.remove(member.getKey());
      } else {
        difference.set(member.getKey(), difference(before, member.getValue()));
      }
    }
    return difference;
  }

  @Property
  void aPatchWhoseLastElementFailsChangesNothing(
      @ForAll("values") String document, @ForAll("adding") List<String> operations) {
    var content = bytes(document);
    var failing = operations.stream().collect(Collectors.joining(",", "[", ""));
    var patch =
        patch(
            Kind.JSON_PATCH,
            failing
                + (operations.isEmpty() ? "" : ",")
                + "{\"op\":\"test\",\"path\":\"\",\"value\":\"no such document\"}]");
    var outcome = patch.apply(content, Patching.BYTES_MAX, Patching.DEPTH_MAX);
    assertThat(outcome).isInstanceOf(Outcome.Conflict.class);
    assertThat(content).isEqualTo(bytes(document));
    // Nor is anything left in the patch.
    assertThat(patch.apply(content, Patching.BYTES_MAX, Patching.DEPTH_MAX)).isEqualTo(outcome);
  }

  @Property
  void aTreeIsWrittenAsLongAsItSaysAndReadAsItWas(@ForAll("values") String document)
      throws IOException {
    var tree = JsonTree.parse(bytes(document), 64).orElseThrow();
    var written = tree.toBytes();
    assertThat(written).hasSize((int) tree.size());
    assertThat(JSON.readTree(written)).isEqualTo(JSON.readTree(document));
    assertThat(JsonTree.parse(written, 64).orElseThrow().isSameAs(tree)).isTrue();
    assertThat(JsonContent.faultOf(written, tree.depth())).isEmpty();
  }

  @Provide
  Arbitrary<List<String>> operations() {
    return operation("add", "remove", "replace", "move", "copy", "test").list().ofMaxSize(8);
  }

  @Provide
  Arbitrary<List<String>> adding() {
    return operation("add", "replace", "copy").list().ofMaxSize(5);
  }

  private Arbitrary<String> operation(String... ops) {
    return Combinators.combine(Arbitraries.of(ops), pointers(), pointers(), values())
        .as(
            (op, path, from, value) ->
                "{\"op\":\"%s\",\"path\":\"%s\",\"from\":\"%s\",\"value\":%s}"
                    .formatted(op, path, from, value));
  }

  private static Arbitrary<String> pointers() {
    return Arbitraries.of("", "a", "b", "0", "1", "-", "01", "~01", "a~1", "\u00e9")
        .list()
        .ofMaxSize(3)
        .map(tokens -> tokens.stream().map(token -> "/" + token).collect(Collectors.joining()));
  }

  /** Few names, so that patches and documents meet. */
  @Provide
  Arbitrary<String> values() {
    return Arbitraries.randomValue(random -> value(random, 6));
  }

  private static String value(Random random, int depthMax) {
    int count = random.nextInt(4);
    return switch (random.nextInt(depthMax == 0 ? 2 : 4)) {
      case 0 -> LEAVES.get(random.nextInt(LEAVES.size()));
      case 1 -> text(random);
      case 2 ->
          Stream.generate(() -> value(random, depthMax - 1))
              .limit(count)
              .collect(Collectors.joining(", ", "[", " ]"));
      default ->
          NAMES.stream()
              .filter(name -> random.nextInt(3) == 0)
              .map(name -> name + " : " + value(random, depthMax - 1))
              .collect(Collectors.joining(" ,", "{", "}"));
    };
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      int point = random.nextInt(new int[] {0x80, 0x800, 0xd800, 0x110000}[random.nextInt(4)]);
      text.appendCodePoint(point < 0xd800 || point > 0xdfff ? point : 'x');
    }
    return JSON.getNodeFactory().textNode(text.toString()).toString();
  }
}
