package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.edge.Courier.Carry;
import io.holdfast.edge.Courier.Fate;
import io.holdfast.edge.Courier.Kind;
import io.holdfast.edge.Exchange.Next;
import io.holdfast.resource.Answer;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentState.Refusal;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.Passage;
import io.holdfast.resource.Standing;
import io.holdfast.resource.Write;
import io.holdfast.resource.WriteKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is done about an exchange, by what has come of it and how long it takes; time is a number.
 */
class ExchangeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration STALE_AFTER = Duration.ofMillis(200);
  private static final Duration NEVER = Duration.ofDays(1);
  private static final boolean AWAY = true;
  private static final boolean THERE = false;
  private static final boolean SETTLED = true;

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private static Exchange exchange(Kind kind, Optional<Duration> copyAfter, boolean proofOnly) {
    var outcome = new CompletableFuture<Courier.Outcome>();
    var carry = new Carry(kind, ExchangeTest::change, PATIENCE, copyAfter, proofOnly, outcome);
    return new Exchange(1, carry, 0);
  }

  private static Exchange exchange(Kind kind) {
    return exchange(kind, Optional.empty(), false);
  }

  /** A write that was sent so often, and no attempt of which is taken for lost. */
  private static Exchange write(int attempts) {
    var write = exchange(Kind.WRITE);
    for (int i = 0; i < attempts; i++) {
      write.sent(0, NEVER.toNanos());
    }
    return write;
  }

  private static Document.Command change(
      int attempt, Passage way, long exchange, ActorRef<Document.Reply> replyTo) {
    var rules = new Write.Rules(false, 1, 1, PATIENCE);
    var key = new WriteKey("k", false, "", "");
    var write = new Write(Write.Action.DELETE, new byte[0], Conditions.NONE, rules, key);
    return new Document.Change("docs/a", write, attempt, way, exchange, replyTo);
  }

  /** The way of the attempts that are under way, and of the next. */
  private static Passage wayOf(Exchange write) {
    return ((Document.Change) write.command(null)).passage();
  }

  private static Document.NotNow notNow(Standing reason) {
    return new Document.NotNow(1, reason);
  }

  private static Document.Done done(boolean kept) {
    var answer =
        new Answer("e:k", "", Instant.EPOCH, 204, DocumentVersion.NONE, Instant.EPOCH, "", "");
    return new Document.Done(1, answer, false, kept, new byte[0], "n1");
  }

  private static Document.Absent absent(Standing standing) {
    return new Document.Absent(1, DocumentVersion.NONE, standing, Instant.EPOCH, "n1");
  }

  @ParameterizedTest
  @CsvSource({
    "READ, 100, WAIT", "READ, 200, HOLD", "WRITE, 199, WAIT", "WRITE, 200, HOLD",
    "WATCH, 200, WAIT", "READ, 10000, GIVE_UP", "WRITE, 10000, GIVE_UP", "WATCH, 10000, GIVE_UP"
  })
  void waitsThenIsHeldThenIsGivenUp(Kind kind, long after, Next next) {
    var exchange = exchange(kind);
    exchange.sent(0, NEVER.toNanos());
    assertThat(exchange.next(millis(after), THERE, SETTLED)).isEqualTo(next);
  }

  @Test
  void isHeldOnce() {
    var write = write(1);
    write.hold();
    assertThat(write.next(millis(300), THERE, SETTLED)).isEqualTo(Next.WAIT);
  }

  @Test
  void isSentAgainWhenItIsTakenForLostAndCountsHowOften() {
    var write = exchange(Kind.WRITE);
    write.sent(0, millis(1000));
    assertThat(write.next(millis(1000), THERE, SETTLED)).isEqualTo(Next.SEND_AGAIN);
    write.sent(millis(1000), millis(1000));
    assertThat(write.unanswered()).isEqualTo(1);
    write.membersChanged();
    assertThat(write.unanswered()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"199, false, WAIT", "200, false, GIVE_UP", "799, true, HOLD", "800, true, GIVE_UP"})
  void whomACopyServesWaitsLongerForAnOwnerThatDoesNotMove(long after, boolean settled, Next next) {
    var read = exchange(Kind.READ, Optional.of(STALE_AFTER), false);
    read.sent(0, NEVER.toNanos());
    assertThat(read.next(millis(after), THERE, settled)).isEqualTo(next);
  }

  @Test
  void aReadThatACopyServesGivesUpSoonWhileTheDatabaseIsAway() {
    var read = exchange(Kind.READ, Optional.of(STALE_AFTER), false);
    read.sent(0, NEVER.toNanos());
    assertThat(read.next(millis(199), AWAY, SETTLED)).isEqualTo(Next.WAIT);
    assertThat(read.next(millis(200), AWAY, SETTLED)).isEqualTo(Next.GIVE_UP);
  }

  /** Its owner may be slow; nobody else can answer it. */
  @Test
  void aReadWithoutACopyWaitsLongerForItsOwnerWhileTheDatabaseIsAway() {
    var read = exchange(Kind.READ);
    read.sent(0, NEVER.toNanos());
    assertThat(read.next(millis(200), AWAY, SETTLED)).isEqualTo(Next.HOLD);
    read.hold();
    assertThat(read.next(millis(499), AWAY, SETTLED)).isEqualTo(Next.WAIT);
    assertThat(read.next(millis(500), AWAY, SETTLED)).isEqualTo(Next.GIVE_UP);
  }

  @Test
  void aWriteThatNobodyHasTakenIsRefusedSoonWhileTheDatabaseIsAway() {
    var write = write(1);
    write.hold();
    assertThat(write.next(millis(499), AWAY, SETTLED)).isEqualTo(Next.WAIT);
    assertThat(write.next(millis(500), AWAY, SETTLED)).isEqualTo(Next.REFUSE);
  }

  @Test
  void anOwnerThatHasAWriteIsAskedAgainWhileTheDatabaseIsAway() {
    var write = write(1);
    wayOf(write).pass();
    assertThat(write.next(millis(500), AWAY, SETTLED)).isEqualTo(Next.ASK_AGAIN);
    write.sent(millis(500), NEVER.toNanos());
    assertThat(write.next(millis(749), AWAY, SETTLED)).isEqualTo(Next.WAIT);
    assertThat(write.next(millis(750), AWAY, SETTLED)).isEqualTo(Next.ASK_AGAIN);
  }

  @ParameterizedTest
  @CsvSource({
    "1, false, 0, false, NOT_CARRIED_OUT",
    "3, false, 0, false, NOT_CARRIED_OUT",
    "1, true, 0, false, UNKNOWN",
    "1, true, 1, false, NOT_CARRIED_OUT",
    "2, true, 1, false, UNKNOWN",
    "2, true, 2, false, NOT_CARRIED_OUT",
    "1, true, 0, true, BEHIND_ANOTHER",
    "1, false, 0, true, BEHIND_ANOTHER"
  })
  void whatIsKnownInTheEnd(int attempts, boolean passed, int refused, boolean behind, Fate fate) {
    var write = write(attempts);
    var way = wayOf(write);
    if (passed) {
      way.pass();
    }
    for (int i = 0; i < refused; i++) {
      assertThat(write.isAnsweredBy(notNow(Standing.OWNER_MOVING), AWAY, 0)).isFalse();
    }
    if (behind) {
      assertThat(write.isAnsweredBy(new Document.Behind(1), AWAY, 0)).isFalse();
    }
    assertThat(write.giveUp()).isEqualTo(fate);
    assertThat(way.pass()).as("what is called off stays so").isEqualTo(passed);
  }

  @Test
  void whatIsSentAfterAllWasRefusedHasAWayOfItsOwn() {
    var write = write(1);
    Passage first = wayOf(write);
    first.pass();
    write.isAnsweredBy(notNow(Standing.CUT_OFF), AWAY, 0);
    write.sent(0, 0);
    assertThat(write.giveUp()).isEqualTo(Fate.NOT_CARRIED_OUT);
    assertThat(wayOf(write)).isNotSameAs(first);
  }

  @Test
  void whomNobodyHasSaidToWaitSinceTheLastAttemptMayWaitForNobody() {
    var write = write(1);
    wayOf(write).pass();
    write.isAnsweredBy(new Document.Behind(1), AWAY, 0);
    write.sent(0, 0);
    assertThat(write.giveUp()).isEqualTo(Fate.UNKNOWN);
  }

  @Test
  void aDatabaseAwayIsTheAnswerAfterAWhileAndOnceEveryAttemptWasRefused() {
    var away = notNow(Standing.DATABASE_AWAY);
    assertThat(write(1).isAnsweredBy(away, AWAY, millis(499))).isFalse();
    assertThat(write(1).isAnsweredBy(away, AWAY, millis(500))).isTrue();
    var twice = write(2);
    assertThat(twice.isAnsweredBy(away, AWAY, millis(500))).isFalse();
    assertThat(twice.isAnsweredBy(away, AWAY, millis(501))).isTrue();
    assertThat(write(1).isAnsweredBy(notNow(Standing.CUT_OFF), AWAY, millis(9000))).isFalse();
  }

  @Test
  void anOwnerThatAloneMissesTheDatabaseIsNoAnswer() {
    var away = notNow(Standing.DATABASE_AWAY);
    assertThat(write(1).isAnsweredBy(away, THERE, millis(9000))).isFalse();
    var read = exchange(Kind.READ, Optional.empty(), true);
    read.sent(0, NEVER.toNanos());
    assertThat(read.isAnsweredBy(absent(Standing.DATABASE_AWAY), THERE, 0)).isFalse();
  }

  @Test
  void onlyWhatTheJournalKeepsAnswersAWriteThatWasSentTwice() {
    var refused = new Document.Refused(1, Refusal.NOT_FOUND, "", false, "n1");
    var reused = new Document.Refused(1, Refusal.KEY_REUSED, "", false, "n1");
    assertThat(write(1).isAnsweredBy(refused, AWAY, 0)).isTrue();
    assertThat(write(2).isAnsweredBy(refused, AWAY, 0)).isFalse();
    assertThat(write(2).isAnsweredBy(reused, AWAY, 0)).isTrue();
    assertThat(write(1).isAnsweredBy(done(false), AWAY, 0)).isTrue();
    assertThat(write(2).isAnsweredBy(done(false), AWAY, 0)).isFalse();
    assertThat(write(2).isAnsweredBy(done(true), AWAY, 0)).isTrue();
  }

  @Test
  void whoTakesOnlyProofIsAskedForAgainUntilThereIsOneOrCanBeNone() {
    for (var standing : Standing.values()) {
      var read = exchange(Kind.READ, Optional.empty(), true);
      read.sent(0, NEVER.toNanos());
      boolean waits = standing == Standing.OWNER_MOVING || standing == Standing.CUT_OFF;
      assertThat(read.isAnsweredBy(absent(standing), AWAY, 0)).as("%s", standing).isEqualTo(!waits);
      if (waits) {
        assertThat(read.next(millis(150), THERE, SETTLED)).isEqualTo(Next.SEND_AGAIN);
      }
      var anyWillDo = exchange(Kind.READ);
      anyWillDo.sent(0, NEVER.toNanos());
      assertThat(anyWillDo.isAnsweredBy(absent(standing), AWAY, 0)).isTrue();
    }
  }

  @Test
  void onlyWhatWasNotPutOffTellsHowFastOwnersAre() {
    assertThat(write(1).tellsHowFastOwnersAre()).isTrue();
    assertThat(exchange(Kind.WATCH).tellsHowFastOwnersAre()).isFalse();
    var refused = write(1);
    refused.isAnsweredBy(notNow(Standing.CUT_OFF), AWAY, 0);
    assertThat(refused.tellsHowFastOwnersAre()).isFalse();
  }
}
