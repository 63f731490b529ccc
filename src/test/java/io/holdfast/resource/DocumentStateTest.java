package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.RequestKey;
import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.resource.DocumentState.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DocumentStateTest {
  private static final Write.Rules RULES = new Write.Rules(false, 1000, 10, Duration.ofSeconds(20));
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123Z");
  private static final Optional<Decision.Refused> NONE = Optional.empty();
  private int lastKey;

  private static byte[] bytes(String content) {
    return content.getBytes(StandardCharsets.UTF_8);
  }

  private WriteKey edgeKey() {
    return new WriteKey("k" + ++lastKey, false, "", "");
  }

  private static WriteKey clientKey(String value, String fingerprint) {
    return new WriteKey(value, true, fingerprint, "");
  }

  private Write put(String content, Conditions conditions) {
    return new Write(Write.Action.PUT, bytes(content), conditions, RULES, edgeKey());
  }

  private Write put(String content) {
    return put(content, Conditions.NONE);
  }

  private Write put(String content, WriteKey key) {
    return new Write(Write.Action.PUT, bytes(content), Conditions.NONE, RULES, key);
  }

  private Write delete(Conditions conditions) {
    return new Write(Write.Action.DELETE, new byte[0], conditions, RULES, edgeKey());
  }

  private static Conditions ifMatch(String tags) {
    return new Conditions(Optional.of(tags), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Conditions ifNoneMatch(String tags) {
    return new Conditions(Optional.empty(), Optional.of(tags), Optional.empty(), Optional.empty());
  }

  private static Decision decide(DocumentState state, Write write, long sequenceNr) {
    return state.decide(write, 1, NONE, sequenceNr, 0, NOW);
  }

  private static DocumentEvent event(Decision decision) {
    return ((Decision.Accepted) decision).event();
  }

  private DocumentState stored(String content) {
    return DocumentState.NEW.apply(event(decide(DocumentState.NEW, put(content), 1)));
  }

  private static void assertRefused(Decision decision, Refusal refusal) {
    assertThat(decision).isEqualTo(new Decision.Refused(refusal, ""));
  }

  @Test
  void createsWith201AndReplacesWith204() {
    var created = event(decide(DocumentState.NEW, put("1"), 1));
    assertThat(created.answer().status()).isEqualTo(201);
    assertThat(created.answer().version().tag()).isEqualTo("1");
    var state = DocumentState.NEW.apply(created);
    assertThat(state.exists()).isTrue();
    assertThat(state.content()).isEqualTo(bytes("1"));
    assertThat(event(decide(state, put("2"), 2)).answer().status()).isEqualTo(204);
  }

  @Test
  void theTagIsTheSequenceNumberOfTheEventThatChangedTheDocument() {
    var state = stored("1");
    var replaced = state.apply(event(decide(state, put("2"), 5)));
    assertThat(replaced.version()).isEqualTo(new DocumentVersion(5, 0));
  }

  @Test
  void theSameContentChangesNothing() {
    var decision = decide(stored("1"), put("1"), 2);
    var unchanged = (Decision.Unchanged) decision;
    assertThat(unchanged.answer().status()).isEqualTo(204);
    assertThat(unchanged.answer().version().tag()).isEqualTo("1");
  }

  @Test
  void theSameContentUnderAClientsKeyIsRecordedButKeepsTheTag() {
    var state = stored("1");
    var event = event(decide(state, put("1", clientKey("a", "f")), 2));
    assertThat(event).isInstanceOf(DocumentEvent.Answered.class);
    var after = state.apply(event);
    assertThat(after.version().tag()).isEqualTo("1");
    assertThat(decide(after, put("1", clientKey("a", "f")), 3))
        .isEqualTo(new Decision.Replayed(event.answer()));
  }

  @Test
  void deletesOnceAndNotTwice() {
    var state = stored("1");
    var deleted = event(decide(state, delete(Conditions.NONE), 2));
    assertThat(deleted.answer().status()).isEqualTo(204);
    var after = state.apply(deleted);
    assertThat(after.exists()).isFalse();
    assertThat(after.content()).isEmpty();
    assertRefused(decide(after, delete(Conditions.NONE), 3), Refusal.NOT_FOUND);
  }

  @Test
  void tagsGoOnRisingOverDeletionAndReCreation() {
    var state = stored("1");
    state = state.apply(event(decide(state, delete(Conditions.NONE), 2)));
    var again = event(decide(state, put("1"), 3));
    assertThat(again.answer().status()).isEqualTo(201);
    assertThat(again.answer().version().tag()).isEqualTo("3");
  }

  @Test
  void aLaterHistoryGivesTheSameNumberAnotherTag() {
    var event = event(DocumentState.NEW.decide(put("1"), 1, NONE, 7, 2, NOW));
    assertThat(event.answer().version().tag()).isEqualTo("7-2");
  }

  @Test
  void preconditionsComeBeforeExistence() {
    assertRefused(
        decide(DocumentState.NEW, put("1", ifMatch("*")), 1), Refusal.PRECONDITION_FAILED);
    assertRefused(
        decide(DocumentState.NEW, delete(ifMatch("\"1\"")), 1), Refusal.PRECONDITION_FAILED);
    assertRefused(decide(stored("1"), put("2", ifNoneMatch("*")), 2), Refusal.PRECONDITION_FAILED);
  }

  @Test
  void ifMatchComparesStrongly() {
    var state = stored("1");
    assertThat(decide(state, put("2", ifMatch("\"1\"")), 2)).isInstanceOf(Decision.Accepted.class);
    assertThat(decide(state, put("2", ifMatch("\"9\", \"1\"")), 2))
        .isInstanceOf(Decision.Accepted.class);
    assertRefused(decide(state, put("2", ifMatch("W/\"1\"")), 2), Refusal.PRECONDITION_FAILED);
    assertRefused(decide(state, put("2", ifMatch("\"2\"")), 2), Refusal.PRECONDITION_FAILED);
  }

  @Test
  void aCollectionCanAskForIfMatchOnWhatExists() {
    var demanding =
        new Write(
            Write.Action.PUT,
            bytes("2"),
            Conditions.NONE,
            new Write.Rules(true, 1000, 10, Duration.ofSeconds(20)),
            edgeKey());
    assertThat(decide(DocumentState.NEW, demanding, 1)).isInstanceOf(Decision.Accepted.class);
    assertRefused(decide(stored("1"), demanding, 2), Refusal.PRECONDITION_REQUIRED);
  }

  @Test
  void aConditionThatFailsIsToldBeforeOneThatIsMissing() {
    var demanding =
        new Write(
            Write.Action.PUT,
            bytes("2"),
            ifNoneMatch("*"),
            new Write.Rules(true, 1000, 10, Duration.ofSeconds(20)),
            edgeKey());
    assertRefused(decide(stored("1"), demanding, 2), Refusal.PRECONDITION_FAILED);
  }

  @Test
  void theSameRequestAgainGetsTheFirstAnswerAndNoSecondEffect() {
    var first = put("1", clientKey("a", "f"));
    var event = event(decide(DocumentState.NEW, first, 1));
    var state = DocumentState.NEW.apply(event);
    var changed = state.apply(event(decide(state, put("2"), 2)));
    assertThat(decide(changed, first, 3)).isEqualTo(new Decision.Replayed(event.answer()));
  }

  /** What the key is for: the same again, as it would be if nothing told a resend from a write. */
  @Test
  void withoutItsKeyAResendWouldUndoTheWriteThatCameBetween() {
    var state = stored("1");
    var changed = state.apply(event(decide(state, put("2"), 2)));
    var undone = changed.apply(event(decide(changed, put("1"), 3)));
    assertThat(undone.content()).isEqualTo(bytes("1"));
  }

  @Test
  void theKeyIsLookedUpBeforePreconditions() {
    var write =
        new Write(Write.Action.PUT, bytes("1"), ifNoneMatch("*"), RULES, clientKey("a", "f"));
    var state = DocumentState.NEW.apply(event(decide(DocumentState.NEW, write, 1)));
    assertThat(decide(state, write, 2)).isInstanceOf(Decision.Replayed.class);
  }

  @Test
  void anotherRequestUnderTheSameKeyIsRefused() {
    var state =
        DocumentState.NEW.apply(event(decide(DocumentState.NEW, put("1", clientKey("a", "f")), 1)));
    assertRefused(decide(state, put("2", clientKey("a", "g")), 2), Refusal.KEY_REUSED);
  }

  @Test
  void aKeyOfTheEdgeIsGoodInTheHandsOfTheClient() {
    var write = put("1", new WriteKey("k", false, "f", ""));
    var state = DocumentState.NEW.apply(event(decide(DocumentState.NEW, write, 1)));
    state = state.apply(event(decide(state, put("of another client"), 2)));
    assertThat(decide(state, put("1", clientKey("k", "f")), 3))
        .isInstanceOfSatisfying(
            Decision.Replayed.class, it -> assertThat(it.answer().status()).isEqualTo(201));
    assertThat(decide(state, put("2", clientKey("k", "g")), 3))
        .isEqualTo(new Decision.Refused(Refusal.KEY_REUSED, ""));
  }

  @Test
  void aLateAttemptOfTheEdgeIsNotCarriedOutAfterTheClientsRepeat() {
    var repeat = put("1", clientKey("k", "f"));
    var state = DocumentState.NEW.apply(event(decide(DocumentState.NEW, repeat, 1)));
    state = state.apply(event(decide(state, put("of another client"), 2)));
    assertThat(decide(state, put("1", new WriteKey("k", false, "f", "")), 3))
        .isInstanceOf(Decision.Replayed.class);
  }

  @Test
  void tellsARepeatByTheClientFromAResendByTheEdge() {
    var first = new WriteKey("k", true, "f", "request 1");
    var state = DocumentState.NEW.apply(event(decide(DocumentState.NEW, put("1", first), 1)));
    var answer = ((Decision.Replayed) decide(state, put("1", first), 2)).answer();
    assertThat(first.isOfAnotherRequest(answer)).isFalse();
    assertThat(new WriteKey("k", true, "f", "request 2").isOfAnotherRequest(answer)).isTrue();
  }

  @Test
  void aLongerKeyIsAnotherKey() {
    var state =
        DocumentState.NEW.apply(
            event(decide(DocumentState.NEW, put("1", clientKey("ak", "f")), 1)));
    assertThat(decide(state, put("2", clientKey("k", "f")), 2))
        .isInstanceOf(Decision.Accepted.class);
  }

  @Test
  void forgetsKeysAfterADay() {
    var state =
        DocumentState.NEW.apply(event(decide(DocumentState.NEW, put("1", clientKey("a", "f")), 1)));
    state = state.apply(event(state.decide(put("2"), 1, NONE, 2, 0, NOW)));
    var sameDay = NOW.plus(WriteKey.RETENTION).minusMillis(1);
    state = state.apply(event(state.decide(put("3"), 1, NONE, 3, 0, sameDay)));
    assertThat(state.answers()).hasSize(3);
    var nextDay = NOW.plus(WriteKey.RETENTION);
    state = state.apply(event(state.decide(put("4"), 1, NONE, 4, 0, nextDay)));
    assertThat(state.answers()).extracting(it -> it.version().sequenceNr()).containsExactly(3L, 4L);
  }

  @Test
  void forgetsTheOldestByNumberButNothingThatTheEdgeMaySendAgain() {
    var state = writtenTimes(DocumentState.NEW, 500, NOW);
    assertThat(state.answers()).hasSize(500);
    var later = NOW.plus(WriteKey.EDGE_RESENDS_WITHIN);
    state = state.apply(event(state.decide(put("later"), 1, NONE, 501, 0, later)));
    assertThat(state.answers()).hasSize(WriteKey.EDGE_ANSWERS_MAX);
    assertThat(state.answers().get(0).version().sequenceNr())
        .isEqualTo(501 - WriteKey.EDGE_ANSWERS_MAX + 1);
  }

  @Test
  void keepsNoMoreThanItsLimitHoweverOftenItIsWritten() {
    var state = writtenTimes(DocumentState.NEW, WriteKey.ANSWERS_MAX + 10, NOW);
    assertThat(state.answers()).hasSize(WriteKey.ANSWERS_MAX);
  }

  private static WriteKey made(Instant at, boolean fromClient) {
    var key = RequestKey.made(at, new byte[RequestKey.RANDOM_BYTES]).value();
    return new WriteKey(key, fromClient, "", "another request");
  }

  @Test
  void aRepeatUnderAKeyThatMayHaveBeenForgottenIsNotCarriedOut() {
    var state = writtenTimes(DocumentState.NEW, WriteKey.EDGE_ANSWERS_MAX, NOW);
    var later = NOW.plusSeconds(100);
    var written = writtenTimes(state, WriteKey.EDGE_ANSWERS_MAX, later);
    var old = put("x", made(NOW, true));
    assertRefused(written.decide(old, 1, NONE, 99, 0, later), Refusal.FORGOTTEN);
    assertRefused(written.decide(old, 2, NONE, 99, 0, later), Refusal.FORGOTTEN);
    var young = put("x", made(later.minusSeconds(30), true));
    assertThat(written.decide(young, 1, NONE, 99, 0, later)).isInstanceOf(Decision.Accepted.class);
  }

  @Test
  void aBusyMinuteForgetsNothing() {
    var state = writtenTimes(DocumentState.NEW, WriteKey.ANSWERS_MAX - 1, NOW);
    var repeat = put("x", made(NOW.minusSeconds(20), true));
    assertThat(decide(state, repeat, 9999)).isInstanceOf(Decision.Accepted.class);
  }

  @Test
  void anAttemptOlderThanAllThatIsRememberedIsNotCarriedOut() {
    var state = writtenTimes(DocumentState.NEW, WriteKey.ANSWERS_MAX, NOW);
    var late = put("x", made(NOW.minusSeconds(3), false));
    assertRefused(decide(state, late, 9999), Refusal.FORGOTTEN);
    var now = put("x", made(NOW.plusSeconds(2), false));
    assertThat(decide(state, now, 9999)).isInstanceOf(Decision.Accepted.class);
  }

  @Test
  void aKeyOlderThanADayMayHaveBeenForgotten() {
    var state = stored("1");
    var old = put("x", made(NOW.minus(WriteKey.RETENTION).minusSeconds(1), true));
    assertRefused(decide(state, old, 2), Refusal.FORGOTTEN);
    var clients = put("x", clientKey("hf-of-a-client", ""));
    assertThat(decide(state, clients, 2)).isInstanceOf(Decision.Accepted.class);
  }

  @Test
  void whatAnEarlierRequestWasToldIsToldAgain() {
    var state = stored("1");
    var told = Optional.of(new Decision.Refused(Refusal.PRECONDITION_FAILED, ""));
    var write = put("2", clientKey("k", "f"));
    assertRefused(state.decide(write, 1, told, 2, 0, NOW), Refusal.PRECONDITION_FAILED);
    assertThat(Refusal.of(event(state.decide(write, 2, told, 2, 0, NOW)).answer()))
        .contains(Refusal.PRECONDITION_FAILED);
  }

  @Test
  void anAnswerInTheJournalIsStrongerThanARefusalInMemory() {
    var write = put("1", clientKey("k", "f"));
    var state = DocumentState.NEW.apply(event(decide(DocumentState.NEW, write, 1)));
    var told = Optional.of(new Decision.Refused(Refusal.NOT_FOUND, ""));
    assertThat(state.decide(write, 1, told, 2, 0, NOW)).isInstanceOf(Decision.Replayed.class);
  }

  @Test
  void writesWithoutAKeyDoNotPushOutThoseOfClients() {
    var state =
        DocumentState.NEW.apply(event(decide(DocumentState.NEW, put("0", clientKey("a", "f")), 1)));
    state = writtenTimes(state, 3000, NOW.plusSeconds(120));
    assertThat(decide(state, put("0", clientKey("a", "f")), 9))
        .isInstanceOf(Decision.Replayed.class);
  }

  private DocumentState writtenTimes(DocumentState state, int times, Instant at) {
    var written = state;
    for (int i = 1; i <= times; i++) {
      written = written.apply(event(written.decide(put("v" + i), 1, NONE, i, 0, at)));
    }
    return written;
  }

  @Test
  void aRefusalOfALaterAttemptIsKeptSoThatTheEarlierOneCannotBeCarriedOut() {
    var delete = delete(Conditions.NONE);
    var refused = event(DocumentState.NEW.decide(delete, 2, NONE, 1, 0, NOW));
    assertThat(refused).isInstanceOf(DocumentEvent.Answered.class);
    assertThat(Refusal.of(refused.answer())).contains(Refusal.NOT_FOUND);
    var state = DocumentState.NEW.apply(refused);
    state = state.apply(event(decide(state, put("1"), 2)));
    assertThat(decide(state, delete, 3)).isEqualTo(new Decision.Replayed(refused.answer()));
  }

  @Test
  void aRefusalThatIsKeptSaysWhatWasInTheWay() {
    var content = bytes("[{\"op\":\"remove\",\"path\":\"/missing\"}]");
    var patch =
        new Write(Write.Action.JSON_PATCH, content, Conditions.NONE, RULES, clientKey("a", "f"));
    var state = stored("{}");
    var refused = (Decision.Refused) decide(state, patch, 2);
    var kept = event(state.decide(patch, 2, NONE, 2, 0, NOW));
    assertThat(kept.answer().detail()).isEqualTo(refused.detail()).contains("/missing");
  }

  @Test
  void anUnchangedAnswerToALaterAttemptIsKeptToo() {
    var state = stored("1");
    var put = put("1");
    var unchanged = event(state.decide(put, 2, NONE, 2, 0, NOW));
    assertThat(unchanged).isInstanceOf(DocumentEvent.Answered.class);
    state = state.apply(unchanged);
    assertThat(state.version().tag()).isEqualTo("1");
    state = state.apply(event(decide(state, put("2"), 3)));
    assertThat(decide(state, put, 4)).isEqualTo(new Decision.Replayed(unchanged.answer()));
  }

  @Test
  void aFailedConditionOfALaterAttemptIsKeptToo() {
    var refused = event(DocumentState.NEW.decide(put("1", ifMatch("*")), 3, NONE, 1, 0, NOW));
    assertThat(Refusal.of(refused.answer())).contains(Refusal.PRECONDITION_FAILED);
    assertThat(DocumentState.NEW.apply(refused).exists()).isFalse();
  }

  @Test
  void theModificationTimeNeverGoesBack() {
    var state = stored("1");
    var earlier = NOW.minus(Duration.ofHours(1));
    var after = state.apply(event(state.decide(put("2"), 1, NONE, 2, 0, earlier)));
    assertThat(after.modifiedAt()).isEqualTo(state.modifiedAt());
  }

  @Test
  void theModificationTimeIsInWholeMilliseconds() {
    var event = event(DocumentState.NEW.decide(put("1"), 1, NONE, 1, 0, NOW.plusNanos(999)));
    assertThat(event.answer().modifiedAt()).isEqualTo(NOW);
  }
}
