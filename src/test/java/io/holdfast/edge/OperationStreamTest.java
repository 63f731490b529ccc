package io.holdfast.edge;

import static io.holdfast.testing.OperationsDatabase.id;
import static io.holdfast.testing.OperationsDatabase.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.database.OperationRows.State;
import io.holdfast.testing.OperationsDatabase;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of one operation's changes, at two nodes. */
class OperationStreamTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Pattern EVENT =
      Pattern.compile("event: state\nid: (\\d+)\ndata: (\\{[^\n]*})\n\n");
  private static final String STREAM = "Accept: text/event-stream";

  private final OperationsDatabase database = new OperationsDatabase();
  private final OperationsFixture node = new OperationsFixture(KIT, database);
  private final OperationsFixture other = new OperationsFixture(KIT, database);

  @AfterEach
  void nobodyWatchesInTheEnd() {
    await().until(() -> node.watching() == 0 && other.watching() == 0);
    node.close();
    other.close();
    database.close();
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  /** Reads on until an event of that id. */
  private static void readTo(RawClient client, long version) throws IOException {
    var line = new StringBuilder();
    while (!line.toString().equals("id: " + version)) {
      line.setLength(0);
      for (int b = client.readByte(); b != '\n'; b = client.readByte()) {
        assertThat(b).as("it ends after %s", line).isNotNegative();
        line.append((char) b);
      }
    }
  }

  private static List<Long> versions(String content) {
    return EVENT
        .matcher(content)
        .results()
        .map(it -> Long.parseLong(it.group(1)))
        .collect(Collectors.toList());
  }

  @Test
  void tellsEachStateAsItComesAndEndsWithTheFinalOne() throws Exception {
    var path = "/operations/" + database.accept(1);
    try (var client = node.begin("GET", path, STREAM)) {
      var head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        head.append((char) client.readByte());
      }
      assertThat(head).startsWith("HTTP/1.1 200 OK").contains("text/event-stream", "no-store");
      readTo(client, 1);
      database.begin(id(1));
      readTo(client, 2);
      database.end(id(1), State.SUCCEEDED, 201, part("Created", "", "made"));
      readTo(client, 3);
    }
    var whole = node.get(path, STREAM).content();
    assertThat(versions(whole)).containsExactly(3L);
    var event = EVENT.matcher(whole);
    assertThat(event.find()).isTrue();
    var mapper = new ObjectMapper();
    assertThat(mapper.readTree(event.group(2)))
        .isEqualTo(mapper.readTree(node.get(path).content()));
  }

  @Test
  void whoeverComesAgainAtAnotherNodeMissesNothing() throws Exception {
    var path = "/operations/" + database.accept(1);
    var first = node.begin("GET", path, STREAM);
    readTo(first, 1);
    first.reset();
    database.begin(id(1));
    try (var again = other.begin("GET", path, STREAM, "Last-Event-ID: 1")) {
      readTo(again, 2);
    }
    try (var again = node.begin("GET", path, STREAM, "Last-Event-ID: 2")) {
      await().until(() -> node.watching() == 1);
      database.end(id(1), State.SUCCEEDED, 204, part("", "", ""));
      assertThat(versions(again.read().content())).containsExactly(3L);
    }
    assertThat(other.get(path, STREAM, "Last-Event-ID: 3").status()).isEqualTo(204);
    assertThat(versions(other.get(path, STREAM, "Last-Event-ID: 2").content())).containsExactly(3L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "1 ", "1.5", "9999999999999999999", "1, 2", "\u00b2"})
  void aMalformedIdOfAnEventIsABadRequest(String lastId) throws Exception {
    database.accept(1);
    var answer = node.get("/operations/" + id(1), STREAM, "Last-Event-ID: \"" + lastId + "\"");
    assertThat(answer.status()).isEqualTo(400);
  }

  @Test
  void aHeadHasNoEventsAndAsksForNoPlace() throws Exception {
    database.accept(1);
    var head = node.send("HEAD", "/operations/" + id(1), STREAM);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Content-Type")).contains("text/event-stream");
    assertThat(node.watching()).isZero();
  }

  @Test
  void jsonIsGivenToWhoeverWouldRatherHaveIt() throws Exception {
    database.accept(1);
    var path = "/operations/" + id(1);
    assertThat(node.get(path, "Accept: */*").field("Content-Type")).contains("application/json");
    assertThat(
            node.get(path, "Accept: application/json, text/event-stream;q=0.5")
                .field("Content-Type"))
        .contains("application/json");
  }

  @Test
  void whoLeavesWhileWatchingGivesUpItsPlace() throws Exception {
    database.accept(1);
    var client = node.begin("GET", "/operations/" + id(1), STREAM);
    readTo(client, 1);
    assertThat(node.watching()).isEqualTo(1);
    client.reset();
    await().until(() -> node.watching() == 0);
  }

  @Test
  void aCommentComesWhileNothingHappens() throws Exception {
    database.accept(1);
    var materializer = Materializer.createMaterializer(KIT.system());
    var ended = new CompletableFuture<Void>();
    var stream =
        new OperationStream(
            node.operations, materializer, Duration.ofMillis(20), () -> ended.complete(null));
    stream.begin(node.operations.find(id(1)).toCompletableFuture().join().orElseThrow(), false);
    var taken = stream.content().take(3).runWith(Sink.seq(), materializer);
    assertThat(taken.toCompletableFuture().get(10, TimeUnit.SECONDS))
        .allSatisfy(it -> assertThat(it.utf8String()).isEqualTo(": \n\n"));
    ended.get(10, TimeUnit.SECONDS);
  }

  @Test
  void aClientThatDoesNotReadGetsTheEndOfItsStreamAndGoesOnElsewhere() throws Exception {
    var path = "/operations/" + database.accept(1);
    var materializer = Materializer.createMaterializer(KIT.system());
    var stream = new OperationStream(node.operations, materializer, () -> {});
    stream.begin(node.operations.find(id(1)).toCompletableFuture().join().orElseThrow(), true);
    var reader = stream.content().runWith(Sink.queue(), materializer);
    long version = 1;
    while (version < 4 * OperationStream.EVENTS_WAITING_MAX) {
      version = change(version);
    }
    var content = new StringBuilder();
    for (var bytes = next(reader); bytes.isPresent(); bytes = next(reader)) { // it has an end
      content.append(bytes.get().utf8String());
    }
    var seen = versions(content.toString());
    assertThat(seen).hasSizeBetween(OperationStream.EVENTS_WAITING_MAX, (int) version - 20);
    assertThat(seen).isSorted();
    database.rows.cancel(id(1));
    var lastId = "Last-Event-ID: " + seen.get(seen.size() - 1);
    assertThat(versions(other.get(path, STREAM, lastId).content())).containsExactly(version + 1);
  }

  private static Optional<ByteString> next(SinkQueueWithCancel<ByteString> reader)
      throws Exception {
    return reader.pull().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** Another version, which all who watch on the node have been told of. */
  private long change(long version) throws Exception {
    if (version % 2 == 1) {
      database.begin(id(1));
    } else {
      database.end(id(1), State.ACCEPTED, "busy", "", 0, Optional.empty());
    }
    var told = node.operations.after(id(1), version, Duration.ofSeconds(10)).get();
    return told.orElseThrow().version();
  }
}
