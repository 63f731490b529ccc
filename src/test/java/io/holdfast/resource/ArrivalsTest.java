package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.http.RequestKey;
import io.holdfast.telemetry.Tracing;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private final AtomicBoolean databaseAway = new AtomicBoolean();
  private static final Copies.Copy COPY =
      new Copies.Copy(
          true,
          "1".getBytes(StandardCharsets.UTF_8),
          new DocumentVersion(1, 0),
          Instant.EPOCH,
          Instant.ofEpochSecond(5));

  private final Copies copies = new Copies(1 << 20);
  private final List<Document.Command> passed = new ArrayList<>();
  private final TestInbox<Document.Reply> edge = TestInbox.create();
  private final Arrivals arrivals = new Arrivals("docs/a", surroundings());
  private final BehaviorTestKit<Document.Command> document =
      BehaviorTestKit.create(
          Behaviors.intercept(
              () -> arrivals,
              Behaviors.receiveMessage(
                  command -> {
                    passed.add(command);
                    return Behaviors.same();
                  })));
  private final Residents residents = new Residents(1 << 20);
  private long lastExchange;

  private Document.Surroundings surroundings() {
    return (Document.Surroundings)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Document.Surroundings.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "copies" -> copies;
                  case "tracing" -> Tracing.OFF;
                  case "residents" -> residents;
                  default -> databaseAway.get();
                });
  }

  private Document.Change arrive() {
    return arrive(new WriteKey("k", false, "", ""), new Passage());
  }

  private Document.Change arrive(WriteKey key, Passage passage) {
    var rules = new Write.Rules(false, 1, 2, Duration.ofSeconds(20));
    var write = new Write(Write.Action.DELETE, new byte[0], Conditions.NONE, rules, key);
    var change = new Document.Change("docs/a", write, 1, passage, ++lastExchange, edge.getRef());
    document.run(change);
    return change;
  }

  private static Document.NotNow refused(Document.Change change) {
    return new Document.NotNow(change.exchange(), Standing.DATABASE_AWAY);
  }

  private Arrivals.Arrived last() {
    return (Arrivals.Arrived) passed.get(passed.size() - 1);
  }

  @Test
  void whatArrivesMayBeTakenInAnyOrder() {
    arrive();
    var first = last();
    arrive();
    var second = last();
    assertThat(second.take()).isTrue();
    assertThat(first.take()).isTrue();
  }

  @Test
  void allThatWaitIsRefusedWithTheNextWriteOnceTheDatabaseIsAway() {
    arrive();
    last().take();
    var change = arrive();
    var waiting = last();
    databaseAway.set(true);
    var late = arrive();
    assertThat(edge.getAllReceived()).isEqualTo(List.of(refused(change), refused(late)));
    assertThat(passed).hasSize(2);
    databaseAway.set(false);
    assertThat(waiting.take()).as("it was refused, so it must not be done").isFalse();
    arrive();
    assertThat(last().take()).isTrue();
  }

  @Test
  void aWriteIsRefusedOnce() {
    var waiting = arrive();
    databaseAway.set(true);
    var second = arrive();
    var third = arrive();
    assertThat(edge.getAllReceived())
        .isEqualTo(List.of(refused(waiting), refused(second), refused(third)));
  }

  @Test
  void whatIsDecidedIsNotRemembered() {
    for (int i = 0; i < 1000; i++) {
      arrive();
      last().take();
    }
    assertThat(arrivals.size()).isLessThanOrEqualTo(2);
  }

  /** The name of a request that its edge has made at this second. */
  private static String made(int second) {
    return RequestKey.made(Instant.ofEpochSecond(second), new byte[RequestKey.RANDOM_BYTES])
        .value();
  }

  private static WriteKey ofClient(String key, int second) {
    return new WriteKey(key, true, "", made(second));
  }

  private List<Document.Reply> told(WriteKey key) {
    arrive(key, new Passage());
    return edge.getAllReceived();
  }

  private List<Document.Reply> behind() {
    return List.of(new Document.Behind(lastExchange));
  }

  @Test
  void aRequestUnderTheKeyOfAnEarlierOneIsToldSoUntilThatOneIsOver() {
    told(ofClient("k", 1));
    var first = last();
    assertThat(told(ofClient("k", 2))).as("it waits").isEqualTo(behind());
    first.take();
    first.begin();
    assertThat(told(ofClient("k", 3))).as("it is being committed").isEqualTo(behind());
    first.end();
    assertThat(told(ofClient("k", 2))).as("the second has been here twice").isEmpty();
    assertThat(told(ofClient("k", 3))).as("the second is not over").isEqualTo(behind());
  }

  @Test
  void whatWasRefusedAtOnceKeepsNobodyWaiting() {
    told(ofClient("k", 1));
    last().take();
    assertThat(told(ofClient("k", 2))).isEmpty();
  }

  @Test
  void theEdgesOwnResendWaitsForNobody() {
    told(ofClient("k", 1));
    assertThat(told(ofClient("k", 1))).isEmpty();
    var made = made(1);
    told(new WriteKey(made, false, "", ""));
    assertThat(told(new WriteKey(made, false, "", ""))).isEmpty();
    assertThat(told(ofClient(made, 2))).as("the client's repeat of it").isEqualTo(behind());
  }

  @Test
  void nobodyWaitsForAnotherKeyNorForALaterRequest() {
    told(ofClient("k", 2));
    assertThat(told(ofClient("l", 3))).isEmpty();
    assertThat(told(ofClient("k", 1))).isEmpty();
  }

  @Test
  void whatWasCalledOffIsNotTaken() {
    var passage = new Passage();
    arrive(ofClient("k", 1), passage);
    assertThat(passage.close()).isTrue();
    assertThat(last().take()).isFalse();
  }

  @Test
  void whatWasTakenCannotBeCalledOff() {
    var passage = new Passage();
    arrive(ofClient("k", 1), passage);
    assertThat(last().take()).isTrue();
    assertThat(passage.close()).isFalse();
  }

  @Test
  void whatIsBeingCommittedIsNotForgottenWhileTheDatabaseIsAway() {
    told(ofClient("k", 1));
    last().take();
    last().begin();
    databaseAway.set(true);
    told(ofClient("k", 2));
    databaseAway.set(false);
    assertThat(told(ofClient("k", 3))).isEqualTo(behind());
  }

  private Document.Read read() {
    var read = new Document.Read("docs/a", ++lastExchange, edge.getRef());
    document.run(read);
    return read;
  }

  @Test
  void aReadIsAnsweredFromTheCopyWhileTheDatabaseIsAwayAndTheDocumentDoesNotLook() {
    copies.keep("docs/a", COPY);
    databaseAway.set(true);
    var read = read();
    var found = (Document.Found) edge.receiveMessage();
    assertThat(found.exchange()).isEqualTo(read.exchange());
    assertThat(found.content()).asString().isEqualTo("1");
    assertThat(found.standing()).isEqualTo(Standing.DATABASE_AWAY);
    assertThat(found.knownAt()).isEqualTo(COPY.knownAt());
    assertThat(found.vouched()).isFalse();
    assertThat(passed).isEmpty();
  }

  @Test
  void aReadPassesWhileTheDocumentLooksOrTheDatabaseIsThereOrNothingIsKnown() {
    var all = new ArrayList<Document.Command>();
    databaseAway.set(true);
    all.add(read());
    copies.keep("docs/a", COPY);
    databaseAway.set(false);
    all.add(read());
    databaseAway.set(true);
    arrivals.documentLooks(true);
    all.add(read());
    assertThat(passed).isEqualTo(all);
    assertThat(edge.hasMessages()).isFalse();
  }

  /** Whoever waits to be read is stopped without a word to the document itself. */
  @Test
  void whatIsStoppedIsNotReadAnyMore() {
    residents.begins("docs/a");
    document.signal(PostStop.instance());
    assertThat(residents.presence("docs/a")).isEqualTo(Residents.Presence.NOT_IN_MEMORY);
  }
}
