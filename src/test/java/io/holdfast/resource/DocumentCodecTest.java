package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.TraceParent;
import java.io.IOException;
import java.io.NotSerializableException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages between nodes, which may be of two versions while the nodes are rolled: every file under
 * {@code messages/} was written by some version and has to be read by this one. A message, or one
 * with a component more, gets another file; a file is changed or removed only with the manifest in
 * its name, and that only when no version in use writes it any more.
 */
class DocumentCodecTest {
  private static final Path FILES = Path.of("src/test/resources/messages");

  /** Its name is in the references of the files. */
  private static final ActorTestKit KIT = ActorTestKit.create("kept");

  private static final ActorRef<Document.Reply> REPLY_TO = reference("pekko://kept/user/edge#17");
  private static final ActorRef<Document.Command> OWNER = reference("pekko://kept/user/owner#18");
  private static final DocumentCodec CODEC =
      new DocumentCodec((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901234Z");
  private static final byte[] CONTENT = "{\"ä\":1}".getBytes(StandardCharsets.UTF_8);
  private static final DocumentVersion VERSION = new DocumentVersion(7, 2);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static <T> ActorRef<T> reference(String path) {
    return ActorRefResolver.get(KIT.system()).resolveActorRef(path);
  }

  /** A message, and the file in which it is kept as bytes: its manifest and a word. */
  record Kept(String file, Object message) {}

  static Stream<Kept> kept() {
    var conditions =
        new Conditions(
            Optional.of("\"1\", W/\"2\""), Optional.empty(), Optional.of("x"), Optional.of(""));
    var put =
        new Write(
            Write.Action.PUT,
            CONTENT,
            conditions,
            new Write.Rules(true, 7, 8, Duration.ofSeconds(20)),
            new WriteKey("k", true, "fp", "sender"));
    var delete =
        new Write(
            Write.Action.DELETE,
            new byte[0],
            Conditions.NONE,
            new Write.Rules(false, 1, 2, Duration.ofSeconds(20)),
            new WriteKey("k", false, "", ""));
    return Stream.of(
        new Kept("r1-read", new Document.Read("docs/a", 1, REPLY_TO)),
        new Kept(
            "c3-put",
            new Document.Change("docs/a", put, 1, Passage.passed(), Long.MAX_VALUE, REPLY_TO)),
        new Kept(
            "c3-delete", new Document.Change("docs/a", delete, 3, Passage.passed(), -1, REPLY_TO)),
        new Kept("w1-watch", new Document.Watch("docs/a", VERSION, 30_000, 8, REPLY_TO)),
        new Kept(
            "f2-found",
            new Document.Found(
                3, CONTENT, VERSION, AT, Standing.DATABASE_AWAY, Instant.EPOCH, true, "")),
        new Kept(
            "a1-absent", new Document.Absent(4, DocumentVersion.NONE, Standing.CURRENT, AT, "")),
        new Kept(
            "d2-done",
            new Document.Done(
                5,
                new Answer("c:k", "fp", AT, 204, VERSION, AT, "sender", ""),
                true,
                true,
                CONTENT,
                "")),
        new Kept(
            "x3-refused", new Document.Refused(6, DocumentState.Refusal.FORGOTTEN, "so", true, "")),
        new Kept("t1-returned", new Document.Returned("docs/a", REPLY_TO)),
        new Kept("l1-recall", new Document.Recall("docs/a", OWNER)),
        new Kept("n1-not-now", new Document.NotNow(7, Standing.CUT_OFF)),
        new Kept(
            "c3-put-shown",
            new Document.Change(
                "docs/a", put.shown(true), 1, Passage.passed(), Long.MAX_VALUE, REPLY_TO)),
        new Kept(
            "d2-done-with-detail",
            new Document.Done(
                5,
                new Answer("c:k", "fp", AT, 204, VERSION, AT, "sender", "why"),
                true,
                true,
                CONTENT,
                "")),
        new Kept("b1-behind", new Document.Behind(9)));
  }

  static Stream<Object> messages() {
    return kept().map(Kept::message);
  }

  private static void assertSame(Object read, Object message) {
    assertThat(read)
        .usingRecursiveComparison()
        .withEqualsForType(Object::equals, ActorRef.class)
        .isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("kept")
  void readsWhatEarlierVersionsHaveWritten(Kept kept) throws IOException {
    var manifest = kept.file().substring(0, kept.file().indexOf('-'));
    var bytes = Files.readAllBytes(FILES.resolve(kept.file() + ".bin"));
    assertSame(CODEC.fromBinary(bytes, manifest), kept.message());
  }

  @Test
  void everyMessageHasAFileUnderItsPresentManifestAndNoFileIsForgotten() throws IOException {
    var manifests = kept().map(kept -> kept.file().substring(0, kept.file().indexOf('-')));
    assertThat(messages().map(CODEC::manifest)).isSubsetOf(manifests.toList());
    try (var files = Files.list(FILES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(kept().map(it -> it.file() + ".bin").toList());
    }
  }

  /** So a version may add to the end of a message, and nodes of the one before still read it. */
  @ParameterizedTest
  @MethodSource("messages")
  void passesOverWhatALaterVersionMayAddAtTheEnd(Object message) throws NotSerializableException {
    var bytes = CODEC.toBinary(message);
    var longer = Arrays.copyOf(bytes, bytes.length + 9);
    Arrays.fill(longer, bytes.length, longer.length, (byte) 0xff);
    assertSame(CODEC.fromBinary(longer, CODEC.manifest(message)), message);
  }

  /** They travel as numbers: a later version may add to the end, and change nothing else. */
  @Test
  void constantsKeepTheirPlaces() {
    assertThat(Standing.values())
        .startsWith(
            Standing.CURRENT, Standing.OWNER_MOVING, Standing.DATABASE_AWAY, Standing.CUT_OFF);
    assertThat(Write.Action.values())
        .startsWith(
            Write.Action.PUT,
            Write.Action.DELETE,
            Write.Action.MERGE_PATCH,
            Write.Action.JSON_PATCH);
    assertThat(DocumentState.Refusal.values())
        .startsWith(
            DocumentState.Refusal.PRECONDITION_FAILED,
            DocumentState.Refusal.PRECONDITION_REQUIRED,
            DocumentState.Refusal.NOT_FOUND,
            DocumentState.Refusal.KEY_REUSED,
            DocumentState.Refusal.CONFLICT,
            DocumentState.Refusal.CONTENT_TOO_LARGE,
            DocumentState.Refusal.FORGOTTEN);
  }

  @Test
  void refusesAConstantThatALaterVersionMayKnow() {
    var refused =
        CODEC.toBinary(new Document.Refused(6, DocumentState.Refusal.CONFLICT, "", true, ""));
    var notNow = CODEC.toBinary(new Document.NotNow(7, Standing.CUT_OFF));
    // The number of the exchange takes eight bytes; the constant is next.
    refused[8] = 99;
    notNow[8] = 99;
    assertThatThrownBy(() -> CODEC.fromBinary(refused, "x3"))
        .isInstanceOf(NotSerializableException.class);
    assertThatThrownBy(() -> CODEC.fromBinary(notNow, "n1"))
        .isInstanceOf(NotSerializableException.class);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsWhatItWrites(Object message) throws NotSerializableException {
    var read = CODEC.fromBinary(CODEC.toBinary(message), CODEC.manifest(message));
    assertSame(read, message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesWhatIsCutShort(Object message) {
    var whole = CODEC.toBinary(message);
    for (int length = 0; length < whole.length; length++) {
      if (!lengthsBefore(message, whole.length).contains(length)) {
        var cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> CODEC.fromBinary(cut, CODEC.manifest(message)))
            .isInstanceOf(NotSerializableException.class);
      }
    }
  }

  /** How long earlier versions made it: that is a whole message too. */
  private static Set<Integer> lengthsBefore(Object message, int whole) {
    int untraced = whole - 2; // an empty text
    if (message instanceof Document.Done done) {
      return Set.of(untraced, untraced - Integer.BYTES - done.answer().detail().length());
    }
    if (message instanceof Document.Change) {
      return Set.of(untraced, untraced - 1);
    }
    boolean isTraced =
        message instanceof Document.Read
            || message instanceof Document.Found
            || message instanceof Document.Absent
            || message instanceof Document.Refused;
    return isTraced ? Set.of(untraced) : Set.of();
  }

  @Test
  void aConditionMayBeLongerThanAShortCanTell() throws NotSerializableException {
    var longList = Optional.of("\"1\", ".repeat(20_000) + "\"2\"");
    var conditions = new Conditions(longList, Optional.empty(), Optional.empty(), Optional.empty());
    var rules = new Write.Rules(false, 1, 2, Duration.ofSeconds(20));
    var key = new WriteKey("k", false, "", "");
    var write = new Write(Write.Action.DELETE, new byte[0], conditions, rules, key);
    var change = new Document.Change("docs/a", write, 1, new Passage(), 1, REPLY_TO);
    assertSame(CODEC.fromBinary(CODEC.toBinary(change), CODEC.manifest(change)), change);
  }

  private static Document.Change change(Passage passage) {
    var rules = new Write.Rules(false, 1, 2, Duration.ofSeconds(20));
    var key = new WriteKey("k", false, "", "");
    var write = new Write(Write.Action.PUT, CONTENT, Conditions.NONE, rules, key);
    return new Document.Change("docs/a", write, 1, passage, 1, REPLY_TO);
  }

  @Test
  void aWriteThatHasLeftCannotBeCalledOff() {
    var passage = new Passage();
    CODEC.toBinary(change(passage));
    assertThat(passage.close()).isFalse();
  }

  @Test
  void aWriteThatWasCalledOffDoesNotLeave() throws NotSerializableException {
    var passage = new Passage();
    assertThat(passage.close()).isTrue();
    var change = change(passage);
    var sent = CODEC.fromBinary(CODEC.toBinary(change), CODEC.manifest(change));
    assertThat(sent)
        .isInstanceOfSatisfying(
            Document.Returned.class,
            it -> {
              assertThat(it.entityId()).isEqualTo("docs/a");
              assertThat(it.replyTo()).isNotEqualTo(REPLY_TO);
            });
  }

  @Test
  void refusesAnotherVersionsMessage() {
    assertThatThrownBy(() -> CODEC.fromBinary(new byte[0], "r2"))
        .isInstanceOf(NotSerializableException.class);
  }

  @Test
  void knowsEveryMessage() {
    var known = messages().map(message -> (Object) message.getClass()).toList();
    assertThat(known).contains(sentBetweenNodes(Document.Command.class));
    assertThat(known).contains(sentBetweenNodes(Document.Reply.class));
  }

  private static Object[] sentBetweenNodes(Class<?> messages) {
    return Stream.of(messages.getPermittedSubclasses())
        .filter(it -> Modifier.isPublic(it.getModifiers()))
        .toArray();
  }

  /** What they have gained since their files were written. */
  @Test
  void whereItIsShownInATraceAndWhoOwnsItComeAlong() throws NotSerializableException {
    var place = new TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    var span = Span.elsewhere(place);
    var read = (Document.Read) again(new Document.Read("docs/a", 1, REPLY_TO, span));
    assertThat(read.span().place()).isEqualTo(place);
    var write = change(new Passage()).write();
    var change =
        (Document.Change)
            again(new Document.Change("docs/a", write, 1, new Passage(), 1, REPLY_TO, span));
    assertThat(change.span().place()).isEqualTo(place);
    for (var reply :
        List.of(
            new Document.Found(3, CONTENT, VERSION, AT, Standing.CURRENT, AT, true, "n2"),
            new Document.Absent(4, VERSION, Standing.CURRENT, AT, "n2"),
            new Document.Done(
                5,
                new Answer("c:k", "fp", AT, 204, VERSION, AT, "sender", ""),
                true,
                true,
                CONTENT,
                "n2"),
            new Document.Refused(6, DocumentState.Refusal.CONFLICT, "", true, "n2"))) {
      assertThat(((Document.Reply) again(reply)).node()).isEqualTo("n2");
    }
  }

  private static Object again(Object message) throws NotSerializableException {
    return CODEC.fromBinary(CODEC.toBinary(message), CODEC.manifest(message));
  }
}
