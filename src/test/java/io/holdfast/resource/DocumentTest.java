package io.holdfast.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.holdfast.resource.DocumentState.Refusal;
import io.holdfast.testing.DocumentsNode;
import io.holdfast.testing.SnapshotsInMemory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The actor, over Pekko's journal in memory; what it decides, {@link DocumentStateTest} tells. */
class DocumentTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(SnapshotsInMemory.CONFIG + "pekko.actor.provider = local"));
  private static final Write.Rules RULES = new Write.Rules(false, 1000, 10, Duration.ofSeconds(20));
  private static final Duration MANY_READS = ReadLeases.LEASE.multipliedBy(10);

  private final String entityId = "docs/" + UUID.randomUUID();
  private final DocumentsNode node = new DocumentsNode();
  private final TestProbe<Document.Reply> client = KIT.createTestProbe(Document.Reply.class);
  private final TestProbe<Document.Reply> otherNode = KIT.createTestProbe(Document.Reply.class);
  private ActorRef<Document.Command> document;
  private long lastExchange;
  private int lastKey;

  @BeforeEach
  void startDocument() {
    var shard = KIT.createTestProbe(ClusterSharding.ShardCommand.class);
    document = KIT.spawn(Document.create(entityId, shard.ref(), node));
  }

  @AfterEach
  void stopDocument() {
    KIT.stop(document);
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private WriteKey edgeKey() {
    return new WriteKey("k" + ++lastKey, false, "", "");
  }

  private WriteKey clientKey(String value) {
    return new WriteKey(value, true, "", "request " + ++lastKey);
  }

  private Document.Change change(Write.Action action, String content, WriteKey key, int attempt) {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    var write = new Write(action, bytes, Conditions.NONE, RULES, key);
    var passage = new Passage();
    return new Document.Change(entityId, write, attempt, passage, ++lastExchange, client.ref());
  }

  private Document.Change put(String content) {
    return change(Write.Action.PUT, content, edgeKey(), 1);
  }

  private Document.Change delete(WriteKey key, int attempt) {
    return change(Write.Action.DELETE, "", key, attempt);
  }

  private <T extends Document.Reply> T ask(Document.Command command, Class<T> reply) {
    document.tell(command);
    return client.expectMessageClass(reply);
  }

  private int statusOf(Document.Change change) {
    return ask(change, Document.Done.class).answer().status();
  }

  private String read() {
    var read = new Document.Read(entityId, ++lastExchange, client.ref());
    return new String(ask(read, Document.Found.class).content(), StandardCharsets.UTF_8);
  }

  private boolean isVouched() {
    document.tell(new Document.Read(entityId, ++lastExchange, otherNode.ref()));
    return otherNode.expectMessageClass(Document.Found.class).vouched();
  }

  /** Reads so often that another node may answer. */
  private void vouch() {
    long until = System.nanoTime() + MANY_READS.toNanos() * 10;
    while (!isVouched()) {
      assertThat(System.nanoTime()).as("it is vouched for in time").isLessThan(until);
    }
  }

  @Test
  void aWriteThatWasCalledOffIsNotCarriedOut() {
    statusOf(put("1"));
    var calledOff = put("2");
    assertThat(calledOff.passage().close()).isTrue();
    document.tell(calledOff);
    assertThat(read()).isEqualTo("1");
    var carriedOut = put("3");
    statusOf(carriedOut);
    assertThat(carriedOut.passage().close()).isFalse();
  }

  @Test
  void aWriteWaitsUntilTheCopyIsGivenBackAndMeanwhileNothingIsVouchedFor() {
    statusOf(put("1"));
    vouch();
    document.tell(put("2"));
    var recall = otherNode.expectMessageClass(Document.Recall.class);
    assertThat(isVouched()).as("while a write waits").isFalse();
    recall.owner().tell(new Document.Returned(entityId, otherNode.ref()));
    assertThat(client.expectMessageClass(Document.Done.class).answer().status()).isEqualTo(204);
    assertThat(read()).isEqualTo("2");
  }

  @Test
  void aWriteWaitsForTheEndOfTheLeaseWhenNobodyGivesBack() {
    statusOf(put("1"));
    long beforeLastLease = System.nanoTime();
    while (!isVouched()) {
      beforeLastLease = System.nanoTime();
    }
    assertThat(statusOf(put("2"))).isEqualTo(204);
    assertThat(Duration.ofNanos(System.nanoTime() - beforeLastLease))
        .isGreaterThan(ReadLeases.LEASE);
  }

  @Test
  void writesThatWaitedAreCarriedOutInTheirOrder() {
    statusOf(put("1"));
    vouch();
    document.tell(put("2"));
    document.tell(put("3"));
    otherNode.expectMessageClass(Document.Recall.class);
    document.tell(new Document.Returned(entityId, otherNode.ref()));
    var second = client.expectMessageClass(Document.Done.class).answer().version();
    var third = client.expectMessageClass(Document.Done.class).answer().version();
    assertThat(third).isGreaterThan(second);
    assertThat(read()).isEqualTo("3");
  }

  @Test
  void whatAClientWasToldIsToldAgainThoughItCouldBeDoneByNow() {
    var first = ask(delete(clientKey("k"), 1), Document.Refused.class);
    assertThat(first.replayed()).isFalse();
    statusOf(put("1"));
    var again = ask(delete(clientKey("k"), 1), Document.Refused.class);
    assertThat(again.refusal()).isEqualTo(Refusal.NOT_FOUND);
    assertThat(again.replayed()).isTrue();
    var sentAgain = ask(delete(clientKey("k"), 2), Document.Done.class);
    assertThat(Refusal.of(sentAgain.answer())).contains(Refusal.NOT_FOUND);
    assertThat(statusOf(delete(clientKey("l"), 1))).isEqualTo(204);
  }

  @Test
  void aRefusalThatNobodyWasToldIsNotRepeated() {
    var key = clientKey("k");
    node.standing = Standing.CUT_OFF;
    ask(delete(key, 1), Document.NotNow.class);
    node.standing = Standing.CURRENT;
    statusOf(put("1"));
    assertThat(statusOf(delete(clientKey("k"), 1))).isEqualTo(204);
  }

  @Test
  void whatTheJournalKnowsIsStrongerThanARefusalOfAnEarlierAttempt() {
    var key = clientKey("k");
    ask(delete(key, 1), Document.Refused.class);
    statusOf(put("1"));
    assertThat(statusOf(delete(key, 2))).as("the edge sends it again").isEqualTo(204);
    var repeated = ask(delete(clientKey("k"), 1), Document.Done.class);
    assertThat(repeated.answer().status()).isEqualTo(204);
    assertThat(repeated.replayed()).isTrue();
  }

  @Test
  void aNodeKnowsWhatItOwnsWhenItCannotBeRead() {
    assertThat(node.copies.find(entityId)).isEmpty();
    statusOf(put("1"));
    assertThat(node.copies.find(entityId))
        .hasValueSatisfying(it -> assertThat(it.content()).asString().isEqualTo("1"));
    statusOf(delete(edgeKey(), 1));
    assertThat(node.copies.find(entityId).map(Copies.Copy::exists)).contains(false);
  }

  @Test
  void whatIsReadAnewIsKnownToTheNodeToo() {
    statusOf(put("1"));
    KIT.stop(document);
    var other = new DocumentsNode();
    var shard = KIT.createTestProbe(ClusterSharding.ShardCommand.class);
    document = KIT.spawn(Document.create(entityId, shard.ref(), other));
    read();
    assertThat(other.copies.find(entityId).map(Copies.Copy::exists)).contains(true);
  }

  @Test
  void aPatchIsShownAgainAfterTheDocumentWasReadFromASnapshot() {
    statusOf(put("{}"));
    var first =
        ask(change(Write.Action.MERGE_PATCH, "{\"a\":1}", clientKey("k"), 1), Document.Done.class);
    assertThat(first.content()).asString().isEqualTo("{\"a\":1}");
    for (int i = 0; i < 50; i++) {
      statusOf(put("{\"i\":" + i + "}"));
    }
    KIT.stop(document);
    startDocument();
    var again =
        ask(change(Write.Action.MERGE_PATCH, "{\"a\":1}", clientKey("k"), 1), Document.Done.class);
    assertThat(again.replayed()).isTrue();
    assertThat(again.answer()).isEqualTo(first.answer());
    assertThat(again.content()).asString().isEqualTo("{\"a\":1}");
  }

  @Test
  void nothingIsWrittenWhileTheDatabaseIsAway() {
    statusOf(put("1"));
    node.databaseAway = true;
    assertThat(ask(put("2"), Document.NotNow.class).reason()).isEqualTo(Standing.DATABASE_AWAY);
    node.databaseAway = false;
    assertThat(read()).isEqualTo("1");
  }

  /** Nobody has to ask twice for it. */
  @Test
  void whatIsAskedUnderAnotherHistoryIsAnsweredOnceTheDocumentIsReadAnew() {
    assertThat(ask(put("1"), Document.Done.class).answer().version().tag()).isEqualTo("1");
    node.generation = 7;
    assertThat(read()).isEqualTo("1");
    assertThat(ask(put("2"), Document.Done.class).answer().version().tag()).isEqualTo("2-7");
    node.generation = 9;
    assertThat(ask(put("3"), Document.Done.class).answer().version().tag()).isEqualTo("3-9");
  }

  @Test
  void anUnknownDocumentLeavesNoTrace() {
    var read = new Document.Read(entityId, ++lastExchange, client.ref());
    assertThat(ask(read, Document.Absent.class).version()).isEqualTo(DocumentVersion.NONE);
    assertThat(node.copies.find(entityId)).isEqualTo(Optional.empty());
  }
}
