package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentCodecTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final ActorRef<Document.Reply> REPLY_TO =
      KIT.createTestProbe(Document.Reply.class).ref();
  private static final ActorRef<Document.Command> OWNER =
      KIT.createTestProbe(Document.Command.class).ref();
  private static final DocumentCodec CODEC =
      new DocumentCodec((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901234Z");
  private static final byte[] CONTENT = "{\"ä\":1}".getBytes(StandardCharsets.UTF_8);
  private static final DocumentVersion VERSION = new DocumentVersion(7, 2);

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  static Stream<Object> messages() {
    var conditions =
        new Conditions(
            Optional.of("\"1\", W/\"2\""), Optional.empty(), Optional.of("x"), Optional.of(""));
    var put =
        new Write(
            Write.Action.PUT,
            CONTENT,
            conditions,
            new Write.Rules(true, 7, 8, Duration.ofSeconds(20)),
            new WriteKey("k", true, "fp", ""));
    var delete =
        new Write(
            Write.Action.DELETE,
            new byte[0],
            Conditions.NONE,
            new Write.Rules(false, 1, 2, Duration.ofSeconds(20)),
            new WriteKey("k", false, "", ""));
    return Stream.of(
        new Document.Read("docs/a", 1, REPLY_TO),
        new Document.Change("docs/a", put, 1, new Passage(), Long.MAX_VALUE, REPLY_TO),
        new Document.Change("docs/a", delete, 3, new Passage(), -1, REPLY_TO),
        new Document.Watch("docs/a", VERSION, 30_000, 8, REPLY_TO),
        new Document.Found(3, CONTENT, VERSION, AT, Standing.DATABASE_AWAY, Instant.EPOCH, true),
        new Document.Absent(4, DocumentVersion.NONE, Standing.CURRENT, AT),
        new Document.Done(
            5, new Answer("c:k", "fp", AT, 409, VERSION, AT, "s", "why"), true, true, CONTENT),
        new Document.Refused(6, DocumentState.Refusal.FORGOTTEN, "so", true),
        new Document.Returned("docs/a", REPLY_TO),
        new Document.Recall("docs/a", OWNER),
        new Document.NotNow(7, Standing.CUT_OFF),
        new Document.Behind(9));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsWhatItWrites(Object message) throws NotSerializableException {
    var read = CODEC.fromBinary(CODEC.toBinary(message), CODEC.manifest(message));
    assertThat(read).usingRecursiveComparison().isEqualTo(message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesWhatIsCutShort(Object message) {
    var whole = CODEC.toBinary(message);
    for (int length = 0; length < whole.length; length++) {
      var cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> CODEC.fromBinary(cut, CODEC.manifest(message)))
          .isInstanceOf(NotSerializableException.class);
    }
  }

  @Test
  void aConditionMayBeLongerThanAShortCanTell() throws NotSerializableException {
    var longList = Optional.of("\"1\", ".repeat(20_000) + "\"2\"");
    var conditions = new Conditions(longList, Optional.empty(), Optional.empty(), Optional.empty());
    var rules = new Write.Rules(false, 1, 2, Duration.ofSeconds(20));
    var key = new WriteKey("k", false, "", "");
    var write = new Write(Write.Action.DELETE, new byte[0], conditions, rules, key);
    var change = new Document.Change("docs/a", write, 1, new Passage(), 1, REPLY_TO);
    assertThat(CODEC.fromBinary(CODEC.toBinary(change), CODEC.manifest(change)))
        .usingRecursiveComparison()
        .isEqualTo(change);
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
}
