package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.holdfast.edge.Courier.Fate;
import io.holdfast.edge.Courier.Outcome;
import io.holdfast.resource.Answer;
import io.holdfast.resource.Conditions;
import io.holdfast.resource.Copies;
import io.holdfast.resource.Document;
import io.holdfast.resource.DocumentState.Refusal;
import io.holdfast.resource.DocumentVersion;
import io.holdfast.resource.Passage;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.resource.Write;
import io.holdfast.resource.WriteKey;
import io.holdfast.telemetry.Failover;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CourierTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              """
              pekko.actor.provider = cluster
              pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
              pekko.actor.allow-java-serialization = off
              """));
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Write DELETE =
      new Write(
          Write.Action.DELETE,
          new byte[0],
          Conditions.NONE,
          new Write.Rules(false, 1000, 10, Duration.ofSeconds(20)),
          new WriteKey("k", false, "", ""));

  private final List<Document.Command> sent = new CopyOnWriteArrayList<>();
  private final VouchedCopies vouched = new VouchedCopies();
  private volatile boolean databaseAway;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Failover failover = new Failover(meters);
  private ActorRef<Courier.Command> courier = courier(10);

  private ActorRef<Courier.Command> courier(int heldMax) {
    return KIT.spawn(
        Courier.create(
            Courier.Surroundings.create(
                sent::add,
                entityId -> entityId.hashCode(),
                vouched,
                () -> databaseAway,
                heldMax,
                meters,
                failover)));
  }

  @AfterEach
  void stopCourier() {
    KIT.stop(courier);
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private CompletableFuture<Outcome> write(Duration patience) {
    return write("docs/a", patience);
  }

  private CompletableFuture<Outcome> write(String entityId, Duration patience) {
    var outcome = new CompletableFuture<Outcome>();
    courier.tell(
        Courier.Carry.of(
            Courier.Kind.WRITE,
            (attempt, passage, exchange, replyTo) ->
                new Document.Change(entityId, DELETE, attempt, passage, exchange, replyTo),
            patience,
            outcome));
    return outcome;
  }

  private CompletableFuture<Outcome> read(Duration patience, Optional<Duration> copyAfter) {
    return read(patience, copyAfter, false);
  }

  private CompletableFuture<Outcome> read(
      Duration patience, Optional<Duration> copyAfter, boolean proofOnly) {
    var outcome = new CompletableFuture<Outcome>();
    courier.tell(
        new Courier.Carry(
            Courier.Kind.READ,
            (attempt, passage, exchange, replyTo) -> new Document.Read("docs/a", exchange, replyTo),
            patience,
            copyAfter,
            proofOnly,
            outcome));
    return outcome;
  }

  private Document.Command attempt(int number) {
    await().until(() -> sent.size() >= number);
    return sent.get(number - 1);
  }

  private static void reply(Document.Command to, Document.Reply reply) {
    to.replyTo().tell(reply);
  }

  private static Document.Done kept(long exchange, int status) {
    var answer =
        new Answer("e:k", "", Instant.EPOCH, status, DocumentVersion.NONE, Instant.EPOCH, "", "");
    return new Document.Done(exchange, answer, false, true, new byte[0], "n1");
  }

  @Test
  void theOnlyAttemptsRefusalIsTheAnswer() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    var refused = new Document.Refused(first.exchange(), Refusal.NOT_FOUND, "", false, "n1");
    reply(first, refused);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(refused, 1));
  }

  @Test
  void aRefusalThatTheJournalDoesNotKnowIsNoAnswerOnceTheWriteWasSentAgain() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    var second = attempt(2);
    assertThat(((Document.Change) second).attempt()).isEqualTo(2);
    reply(first, new Document.Refused(first.exchange(), Refusal.NOT_FOUND, "", false, "n1"));
    await().during(Duration.ofMillis(200)).until(() -> !outcome.isDone());
    var kept = kept(second.exchange(), 404);
    reply(second, kept);
    assertThat(((Outcome.Answered) outcome.get(5, TimeUnit.SECONDS)).reply()).isEqualTo(kept);
  }

  @Test
  void anUnkeptDoneIsNoAnswerEither() {
    var outcome = write(LONG);
    var first = attempt(1);
    attempt(2);
    var answer =
        new Answer("e:k", "", Instant.EPOCH, 204, DocumentVersion.NONE, Instant.EPOCH, "", "");
    reply(first, new Document.Done(first.exchange(), answer, false, false, new byte[0], "n1"));
    await().during(Duration.ofMillis(200)).until(() -> !outcome.isDone());
  }

  private static Passage passage(Document.Command attempt) {
    return ((Document.Change) attempt).passage();
  }

  private static Outcome unanswered(CompletableFuture<Outcome> outcome) throws Exception {
    return outcome.get(5, TimeUnit.SECONDS);
  }

  @Test
  void whatHasLeftTheNodeMayHaveBeenCarriedOut() throws Exception {
    var outcome = write(Duration.ofMillis(300));
    assertThat(passage(attempt(1)).pass()).isTrue();
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.NotAnswered(Fate.UNKNOWN));
  }

  @Test
  void whatHasNotLeftTheNodeIsCalledOffAndThenNeverLeavesIt() throws Exception {
    var outcome = write(Duration.ofMillis(1500));
    attempt(2);
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.NotAnswered(Fate.NOT_CARRIED_OUT));
    assertThat(sent).noneMatch(attempt -> passage(attempt).pass());
  }

  @Test
  void whatWasRefusedAndHasNotLeftTheNodeSinceIsCalledOff() throws Exception {
    var outcome = write(Duration.ofMillis(500));
    var first = attempt(1);
    passage(first).pass();
    reply(first, new Document.NotNow(first.exchange(), Standing.OWNER_MOVING));
    assertThat(passage(attempt(2))).isNotSameAs(passage(first));
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.NotAnswered(Fate.NOT_CARRIED_OUT));
  }

  @Test
  void aRepeatThatWaitsForAnEarlierRequestSaysSoAtItsDeadline() throws Exception {
    var outcome = write(Duration.ofMillis(300));
    var first = attempt(1);
    passage(first).pass();
    reply(first, new Document.Behind(first.exchange()));
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.NotAnswered(Fate.BEHIND_ANOTHER));
  }

  @Test
  void anOwnerThatHasSaidNothingSinceTheLastAttemptMayHaveNobodyToWaitForAnyMore()
      throws Exception {
    var outcome = write(Duration.ofMillis(1600));
    var first = attempt(1);
    passage(first).pass();
    reply(first, new Document.Behind(first.exchange()));
    attempt(2);
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.NotAnswered(Fate.UNKNOWN));
  }

  @Test
  void aRepeatThatWaitedGetsTheAnswerWhenThereIsOne() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    reply(first, new Document.Behind(first.exchange()));
    var done = kept(first.exchange(), 204);
    reply(first, done);
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.Answered(done, 1));
  }

  @Test
  void whatHasNotLeftTheNodeIsCalledOffSoonWhenTheDatabaseIsAway() throws Exception {
    databaseAway = true;
    long asked = System.nanoTime();
    var outcome = write(LONG);
    var notNow = new Document.NotNow(attempt(1).exchange(), Standing.DATABASE_AWAY);
    assertThat(unanswered(outcome)).isEqualTo(new Outcome.Answered(notNow, 1));
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(1));
    assertThat(passage(attempt(1)).pass()).isFalse();
  }

  @Test
  void askedAgainAfterHalfASecondThenAfterOneAndLaterWhereAnswersAreSlow() {
    write(LONG);
    long first = sentAt(1);
    long second = sentAt(2);
    long third = sentAt(3);
    assertThat(second - first).isBetween(400L, 1_000L);
    assertThat(third - second).isGreaterThan(850);

    reply(attempt(1), kept(attempt(1).exchange(), 204));
    write(LONG);
    long next = sentAt(4);

    assertThat(sentAt(5) - next).isGreaterThan(1_800);
  }

  /** In milliseconds, of which it may be 100 late. */
  private long sentAt(int number) {
    attempt(number);
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  @Test
  void aDatabaseThatIsBackSoonIsNotNoticed() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    reply(first, new Document.NotNow(first.exchange(), Standing.DATABASE_AWAY));
    var second = attempt(2);
    var done = kept(second.exchange(), 204);
    reply(second, done);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(done, 2));
  }

  @Test
  void aDatabaseThatStaysAwayIsAnAnswerWithinASecondWhenEveryAttemptWasRefused() throws Exception {
    long asked = System.nanoTime();
    var outcome = write(LONG);
    var refused = new AtomicInteger();
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              refuseAllSent(refused);
              databaseAway = System.nanoTime() - asked > Duration.ofMillis(300).toNanos();
              return outcome.isDone();
            });
    assertThat(outcome.get())
        .isInstanceOfSatisfying(
            Outcome.Answered.class,
            it -> assertThat(it.reply()).isInstanceOf(Document.NotNow.class));
    assertThat(Duration.ofNanos(System.nanoTime() - asked))
        .isBetween(Duration.ofMillis(450), Duration.ofMillis(1500));
  }

  private void refuseAllSent(AtomicInteger refused) {
    while (refused.get() < sent.size()) {
      var attempt = sent.get(refused.getAndIncrement());
      passage(attempt).pass();
      reply(attempt, new Document.NotNow(attempt.exchange(), Standing.DATABASE_AWAY));
    }
  }

  @Test
  void anOwnerThatAloneMissesTheDatabaseIsAskedUntilAnotherTakesItsPlace() throws Exception {
    var outcome = write(LONG);
    var refused = new AtomicInteger();
    await()
        .during(Duration.ofMillis(1200))
        .until(
            () -> {
              refuseAllSent(refused);
              return !outcome.isDone();
            });
    var next = attempt(refused.get() + 1);
    var done = kept(next.exchange(), 204);
    reply(next, done);
    assertThat(outcome.get(5, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            Outcome.Answered.class, it -> assertThat(it.reply()).isEqualTo(done));
  }

  @Test
  void whoTakesNoCopyWaitsForAnotherThanAnOwnerThatAloneMissesTheDatabase() throws Exception {
    var outcome = read(LONG, Optional.empty(), true);
    var first = attempt(1);
    reply(first, found(first.exchange(), Standing.DATABASE_AWAY));
    var second = attempt(2);
    var proved = found(second.exchange(), Standing.CURRENT);
    reply(second, proved);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(proved, 2));
  }

  @Test
  void whatIsHeldIsAnsweredAtOnceWhenTheLifeOfTheNodeIsOver() throws Exception {
    var handed = write(LONG);
    passage(attempt(1)).pass();
    var refused = write("docs/b", LONG);
    var second = attempt(2);
    reply(second, new Document.NotNow(second.exchange(), Standing.CUT_OFF));
    courier.tell(Courier.GiveUp.NOW);
    assertThat(handed.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.NotAnswered(Fate.UNKNOWN));
    assertThat(refused.get(5, TimeUnit.SECONDS))
        .isEqualTo(new Outcome.NotAnswered(Fate.NOT_CARRIED_OUT));
    var late = write(LONG).get(5, TimeUnit.SECONDS);
    assertThat(late)
        .as("never handed to an owner")
        .isEqualTo(new Outcome.NotAnswered(Fate.NOT_CARRIED_OUT));
  }

  @Test
  void nothingIsLeftUnansweredByACourierThatEnds() throws Exception {
    var outcome = write(LONG);
    passage(attempt(1)).pass();
    KIT.stop(courier);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.NotAnswered(Fate.UNKNOWN));
  }

  @Test
  void aDatabaseAwayIsNoAnswerWhileAnotherAttemptIsUnknown() {
    databaseAway = true;
    var outcome = write(LONG);
    passage(attempt(1)).pass();
    var second = attempt(2);
    reply(second, new Document.NotNow(second.exchange(), Standing.DATABASE_AWAY));
    await().during(Duration.ofMillis(200)).until(() -> !outcome.isDone());
  }

  @Test
  void anOwnerThatCannotProveThatItIsOneIsAskedAgain() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    reply(first, new Document.NotNow(first.exchange(), Standing.CUT_OFF));
    var second = attempt(2);
    var done = kept(second.exchange(), 204);
    reply(second, done);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(done, 2));
  }

  @Test
  void aReadThatACopyCanAnswerDoesNotWaitForAnOwnerThatMoves() throws Exception {
    var outcome = read(LONG, Optional.of(Duration.ofMillis(100)));
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isInstanceOf(Outcome.NotAnswered.class);
  }

  @Test
  void aReadDoesNotWaitForADatabaseThatIsAway() throws Exception {
    databaseAway = true;
    var outcome = read(LONG, Optional.empty());
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isInstanceOf(Outcome.NotAnswered.class);
  }

  private static Document.Found found(long exchange, Standing standing) {
    return new Document.Found(
        exchange,
        new byte[0],
        new DocumentVersion(1, 0),
        Instant.EPOCH,
        standing,
        Instant.EPOCH,
        false,
        "n1");
  }

  @Test
  void whoTakesNoCopyWaitsForAnOwnerThatProvesToBeOne() throws Exception {
    var outcome = read(LONG, Optional.empty(), true);
    var first = attempt(1);
    reply(first, found(first.exchange(), Standing.CUT_OFF));
    var second = attempt(2);
    var proved = found(second.exchange(), Standing.CURRENT);
    reply(second, proved);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(proved, 2));
  }

  @Test
  void whoTakesACopyTakesTheOwnersUnprovedOne() throws Exception {
    var outcome = read(LONG, Optional.empty(), false);
    var first = attempt(1);
    var unproved = found(first.exchange(), Standing.CUT_OFF);
    reply(first, unproved);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(unproved, 1));
  }

  @Test
  void anOwnerTakesBackWhatItVouchedFor() {
    var copy =
        new Copies.Copy(true, new byte[0], new DocumentVersion(1, 0), Instant.EPOCH, Instant.EPOCH);
    read(LONG, Optional.empty());
    var replyTo = attempt(1).replyTo();
    vouched.keep("docs/a", copy, System.nanoTime(), System.currentTimeMillis());
    var owner = KIT.createTestProbe(Document.Command.class);
    replyTo.tell(new Document.Recall("docs/a", owner.ref()));
    owner.expectMessage(new Document.Returned("docs/a", replyTo));
    assertThat(vouched.find("docs/a")).isEmpty();
  }

  @Test
  void asksAnOwnerForRefusalsAsSoonAsTheDatabaseIsKnownToBeAway() throws Exception {
    var outcome = write(LONG);
    var first = attempt(1);
    passage(first).pass();
    databaseAway = true;
    var second = attempt(2);
    reply(second, new Document.NotNow(second.exchange(), Standing.DATABASE_AWAY));
    reply(first, new Document.NotNow(first.exchange(), Standing.DATABASE_AWAY));
    assertThat(outcome.get(5, TimeUnit.SECONDS))
        .isEqualTo(
            new Outcome.Answered(new Document.NotNow(first.exchange(), Standing.DATABASE_AWAY), 2));
  }

  @Test
  void turnsAwayWritesToAShardThatKeepsOthersWaitingWhenThereIsNoRoom() throws Exception {
    KIT.stop(courier);
    courier = courier(1);
    write(LONG);
    await()
        .untilAsserted(
            () -> {
              var second = write(Duration.ofMillis(100));
              assertThat(second.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Shed());
            });
    int before = sent.size();
    var well = write("docs/b", LONG);
    var attempt = attempt(before + 1);
    var done = kept(attempt.exchange(), 204);
    reply(attempt, done);
    assertThat(well.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(done, 1));
  }

  @Test
  void aReadThatWouldHaveToWaitEndsWhenThereIsNoRoom() throws Exception {
    KIT.stop(courier);
    courier = courier(0);
    assertThat(read(LONG, Optional.empty()).get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Shed());
  }

  /** So no failover is told of with failures that there were none. */
  @Test
  void aReadThatACopyAnswersInsteadHasNotFailed() throws Exception {
    KIT.stop(courier);
    courier = courier(0);
    failover.sign(System.nanoTime());
    var copyAfter = Optional.of(LONG.dividedBy(2));
    assertThat(read(LONG, copyAfter).get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Shed());
    await()
        .during(Held.QUIET.plusMillis(500))
        .until(() -> meters.get("holdfast.failover").tag("step", "answered").timer().count() == 0);
  }

  @Test
  void noRoomAtAllStillLetsThroughWhatNeedNotWait() throws Exception {
    KIT.stop(courier);
    courier = courier(0);
    var outcome = write(LONG);
    var first = attempt(1);
    var done = kept(first.exchange(), 204);
    reply(first, done);
    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(new Outcome.Answered(done, 1));
  }
}
