package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.Generation;
import io.holdfast.caching.ResponseHead;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.Storing;
import io.holdfast.caching.StoringDecision;
import io.holdfast.caching.TargetUri;
import io.holdfast.http.FieldLine;
import io.holdfast.http.Fields;
import io.holdfast.http.ProblemType;
import io.holdfast.telemetry.Span;
import io.holdfast.telemetry.TraceParent;
import java.io.NotSerializableException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
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

/** Messages between an edge and the owner of stored responses, as bytes. */
class RepresentationCodecTest {
  private static final ActorTestKit KIT = ActorTestKit.create("kept");
  private static final RepresentationCodec CODEC =
      new RepresentationCodec((ExtendedActorSystem) Adapter.toClassic(KIT.system()));
  private static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901234Z");
  private static final TargetUri URI = TargetUri.of("http", "example.com:81", "/a?b=\u00e4");
  private static final StoredTarget TARGET = new StoredTarget("r", URI);
  private static final byte[] CONTENT = {1, 2, 3};

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static <T> ActorRef<T> reference(String path) {
    return ActorRefResolver.get(KIT.system()).resolveActorRef(path);
  }

  private static StoredResponse stored(int status, String... fields) {
    var request = new CacheRequest("GET", CacheKey.get(URI), Fields.of("Accept-Language", "de"));
    var decision =
        Storing.decide(
            request,
            new ResponseHead(status, Fields.of(fields)),
            AT,
            AT.plusMillis(7),
            CacheSettings.DEFAULTS);
    return ((StoringDecision.Store) decision).response().completed(3, 99).orElseThrow();
  }

  static Stream<Object> messages() {
    ActorRef<Representation.Reply> edge = reference("pekko://kept/user/edge#17");
    ActorRef<Representation.Command> owner = reference("pekko://kept/user/owner#18");
    var request = new CacheRequest("HEAD", CacheKey.get(URI), Fields.of("A", "\u00ff", "a", ""));
    var query = new CacheRequest("QUERY", CacheKey.query(URI, Fields.NONE, CONTENT), Fields.NONE);
    var ticket = new Ticket(-5, 6, new Generation(7, 8));
    var varied =
        stored(200, "Cache-Control", "max-age=9", "Vary", "Accept-Language, X", "ETag", "\"e\"");
    var part = stored(206, "Cache-Control", "max-age=9", "Content-Range", "bytes 2-4/*");
    var settings = CacheSettings.DEFAULTS;
    var failure =
        new Representation.Failure(
            ProblemType.UPSTREAM_FAILED, "\u20ac", List.of(new FieldLine("Retry-After", "1")));
    var both = List.of(varied, part);
    return Stream.of(
        new Representation.Ask(TARGET, request, List.of(1L, -2L), 3, 4, edge),
        new Representation.Ask(TARGET, query, List.of(), 3, 4, edge),
        new Representation.Store(TARGET, request, settings, ticket, varied, CONTENT, 5, edge),
        new Representation.Confirm(
            TARGET, request, settings, ticket, part, both, List.of(), 6, edge),
        new Representation.Outdate(TARGET, request, ticket, both),
        new Representation.Unshare(TARGET, request, ticket),
        new Representation.Fail(TARGET, request, ticket, -1, Optional.empty()),
        new Representation.Fail(TARGET, request, ticket, 1000, Optional.of(failure)),
        new Representation.Release(TARGET, request, ticket),
        new Representation.Invalidate(TARGET, 7, edge),
        new Representation.Returned(TARGET, 77, edge),
        new Representation.Found(
            8,
            varied,
            CONTENT,
            false,
            StoredUse.REARMED,
            Standing.CUT_OFF,
            true,
            9,
            Optional.of(ticket),
            ""),
        new Representation.Found(
            8,
            part,
            new byte[0],
            true,
            StoredUse.FRESH,
            Standing.CURRENT,
            false,
            0,
            Optional.empty(),
            "n2"),
        new Representation.Go(
            10, ticket, both, List.of(new Representation.Content(99, CONTENT)), "n2"),
        new Representation.Queued(11, false),
        new Representation.Queued(11, true),
        new Representation.NothingStored(12),
        new Representation.NotFetched(13, failure),
        new Representation.Invalidated(14),
        new Representation.NotNow(15, Standing.DATABASE_AWAY),
        new Representation.Drop(TARGET, true, 78, owner));
  }

  private static void assertSame(Object read, Object message) {
    assertThat(read)
        .usingRecursiveComparison()
        .withEqualsForType(Object::equals, ActorRef.class)
        .isEqualTo(message);
  }

  @Test
  void thereIsOneOfEachMessage() {
    var all =
        Stream.of(Representation.Message.class, Representation.Reply.class)
            .flatMap(type -> Arrays.stream(type.getPermittedSubclasses()))
            .collect(Collectors.toSet());
    assertThat(messages().map(Object::getClass)).containsAll(all);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void readsWhatItWrites(Object message) throws NotSerializableException {
    var read = CODEC.fromBinary(CODEC.toBinary(message), CODEC.manifest(message));
    assertSame(read, message);
  }

  /** So a version may add to the end of a message, and nodes of the one before still read it. */
  @ParameterizedTest
  @MethodSource("messages")
  void passesOverWhatALaterVersionMayAddAtTheEnd(Object message) throws NotSerializableException {
    var bytes = CODEC.toBinary(message);
    var longer = Arrays.copyOf(bytes, bytes.length + 9);
    assertSame(CODEC.fromBinary(longer, CODEC.manifest(message)), message);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void refusesWhatIsCutShort(Object message) {
    var whole = CODEC.toBinary(message);
    for (int length = 0; length < whole.length; length++) {
      if (length != lengthBefore(message, whole)) {
        var cut = Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> CODEC.fromBinary(cut, CODEC.manifest(message)))
            .isInstanceOf(NotSerializableException.class);
      }
    }
  }

  /** How long the version before made it: that is a whole message too. */
  private static int lengthBefore(Object message, byte[] whole) {
    if (message instanceof Representation.Ask) {
      return whole.length - 2; // the length of its place in a trace, which is none
    }
    if (message instanceof Representation.Found || message instanceof Representation.Go) {
      return whole.length - 2 - ((Representation.Reply) message).node().length();
    }
    return message instanceof Representation.Queued ? whole.length - 1 : whole.length;
  }

  @Test
  void whatTheVersionBeforeHasQueuedWaitsForAFetch() throws NotSerializableException {
    var queued = new Representation.Queued(11, false);
    var before = Arrays.copyOf(CODEC.toBinary(queued), Long.BYTES);
    assertSame(CODEC.fromBinary(before, CODEC.manifest(queued)), queued);
  }

  @Test
  void whereItIsShownInATraceComesAlong() throws NotSerializableException {
    var place = new TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    var request = new CacheRequest("GET", CacheKey.get(TARGET.uri()), new Fields(List.of()));
    var ask =
        new Representation.Ask(
            TARGET,
            request,
            List.of(),
            3,
            4,
            KIT.<Representation.Reply>createTestProbe().ref(),
            Span.elsewhere(place));
    var read = (Representation.Ask) CODEC.fromBinary(CODEC.toBinary(ask), CODEC.manifest(ask));
    assertThat(read.span().place()).isEqualTo(place);
  }

  @Test
  void refusesAMessageOfALaterVersion() {
    assertThatThrownBy(() -> CODEC.fromBinary(new byte[0], "ask2"))
        .isInstanceOf(NotSerializableException.class);
  }
}
