package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import io.holdfast.database.ListingChange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is in the journal is for ever: every file under {@code journal/} was written by the version
 * in its name and has to be read by this one. A new event or component gets a new file; no file is
 * ever changed.
 */
class JournalCompatibilityTest {
  private static final Path FILES = Path.of("src/test/resources/journal");
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");
  private static final byte[] CONTENT = "{\"a\":[1,2.50]}".getBytes(StandardCharsets.UTF_8);
  private static final Answer ANSWER =
      new Answer("c:key", "fingerprint", AT, 201, new DocumentVersion(7, 0), AT, "", "");

  private static final Answer WITH_DETAIL =
      new Answer("e:key", "f", AT, 409, new DocumentVersion(7, 0), AT, "sender", "why");

  /** As of when an answer named its sender. */
  private static final Answer ANSWER_2 =
      new Answer("c:key", "fingerprint", AT, 204, new DocumentVersion(7, 3), AT, "sender", "");

  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

  private static ActorTestKit kit;

  /** A record, and the file in which its first version is kept. */
  record Kept(String file, Object value) {}

  static Stream<Kept> kept() {
    return Stream.of(
        new Kept(
            "1-stored.cbor",
            new DocumentEvent.Stored(new DocumentVersion(7, 0), CONTENT, AT, ANSWER)),
        new Kept(
            "1-deleted.cbor", new DocumentEvent.Deleted(new DocumentVersion(8, 2), AT, ANSWER)),
        new Kept("1-answered.cbor", new DocumentEvent.Answered(ANSWER)),
        new Kept(
            "1-state.cbor",
            new DocumentState(
                true, CONTENT, new DocumentVersion(7, 0), AT, List.of(ANSWER), List.of())),
        new Kept(
            "2-stored.cbor",
            new DocumentEvent.Stored(new DocumentVersion(7, 3), CONTENT, AT, ANSWER_2)),
        new Kept(
            "2-deleted.cbor", new DocumentEvent.Deleted(new DocumentVersion(7, 3), AT, ANSWER_2)),
        new Kept("2-answered.cbor", new DocumentEvent.Answered(ANSWER_2)),
        new Kept(
            "2-state.cbor",
            new DocumentState(
                true,
                CONTENT,
                new DocumentVersion(7, 3),
                AT,
                List.of(ANSWER, ANSWER_2),
                List.of())),
        new Kept("3-answered.cbor", new DocumentEvent.Answered(WITH_DETAIL)),
        new Kept(
            "3-state.cbor",
            new DocumentState(
                true,
                CONTENT,
                new DocumentVersion(7, 0),
                AT,
                List.of(ANSWER, WITH_DETAIL),
                List.of(new EarlierContent(new DocumentVersion(6, 1), CONTENT)))));
  }

  @BeforeAll
  static void start() {
    var bindings =
        "pekko.actor.serialization-bindings { \"io.holdfast.resource.Journaled\" = jackson-cbor }";
    kit = ActorTestKit.create(ConfigFactory.parseString(bindings));
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  private static Serialization serialization() {
    return SerializationExtension.get(kit.system());
  }

  @ParameterizedTest
  @MethodSource("kept")
  void readsWhatEarlierVersionsHaveWritten(Kept kept) throws IOException {
    var serializer = serialization().serializerFor(kept.value().getClass());
    var manifest = Serializers.manifestFor(serializer, kept.value());
    assertThat(manifest).isEqualTo(kept.value().getClass().getName());
    var bytes = Files.readAllBytes(FILES.resolve(kept.file()));
    var read = serialization().deserialize(bytes, serializer.identifier(), manifest).get();
    assertThat(read).usingRecursiveComparison().isEqualTo(kept.value());
  }

  @ParameterizedTest
  @MethodSource("kept")
  void readsWhatItWrites(Kept kept) throws IOException {
    var serializer = serialization().serializerFor(kept.value().getClass());
    var bytes = serialization().serialize(kept.value()).get();
    var manifest = Serializers.manifestFor(serializer, kept.value());
    var read = serialization().deserialize(bytes, serializer.identifier(), manifest).get();
    assertThat(read).usingRecursiveComparison().isEqualTo(kept.value());
  }

  /** A roll has nodes of two versions read each other's events, and so has a way back. */
  @ParameterizedTest
  @MethodSource("kept")
  void passesOverWhatALaterVersionMayAdd(Kept kept) throws IOException {
    var serializer = serialization().serializerFor(kept.value().getClass());
    var manifest = Serializers.manifestFor(serializer, kept.value());
    var bytes = withAdditions(serialization().serialize(kept.value()).get());
    var read = serialization().deserialize(bytes, serializer.identifier(), manifest).get();
    assertThat(read).usingRecursiveComparison().isEqualTo(kept.value());
  }

  /** Members that nobody knows yet, on each level. */
  private static byte[] withAdditions(byte[] cbor) throws IOException {
    var tree = CBOR.readTree(cbor);
    for (var object : objects(tree)) {
      object.put("later", 1);
      object.putObject("laterStill").putArray("things").add("x");
    }
    return CBOR.writeValueAsBytes(tree);
  }

  private static List<ObjectNode> objects(JsonNode tree) {
    var found = new ArrayList<ObjectNode>();
    if (tree instanceof ObjectNode object) {
      found.add(object);
    }
    tree.forEach(child -> found.addAll(objects(child)));
    return found;
  }

  @Test
  void everyKindOfEventHasAFile() {
    var kinds = kept().map(kept -> (Object) kept.value().getClass()).toList();
    assertThat(kinds).contains((Object[]) DocumentEvent.class.getPermittedSubclasses());
  }

  @Test
  void noFileIsForgotten() {
    try (var files = Files.list(FILES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(kept().map(Kept::file).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theListingSeesWhatAnEventDoes() {
    var stored = new DocumentEvent.Stored(new DocumentVersion(7, 1), CONTENT, AT, ANSWER);
    assertThat(((ListingChange) stored).etag()).isEqualTo("7-1");
    assertThat(((ListingChange) stored).deleted()).isFalse();
    var deleted = new DocumentEvent.Deleted(new DocumentVersion(8, 0), AT, ANSWER);
    assertThat(((ListingChange) deleted).deleted()).isTrue();
    assertThat(new DocumentEvent.Answered(ANSWER)).isNotInstanceOf(ListingChange.class);
  }
}
