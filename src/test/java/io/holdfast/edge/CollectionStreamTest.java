package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.resource.ChangeFeed;
import io.holdfast.resource.Copies;
import io.holdfast.resource.DocumentsSettings;
import io.holdfast.resource.Standing;
import io.holdfast.resource.VouchedCopies;
import io.holdfast.route.Route;
import io.holdfast.telemetry.RequestTrace;
import io.holdfast.testing.ChangesInMemory;
import io.holdfast.testing.RawClient;
import io.holdfast.testing.RawClient.Response;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of a collection's changes on real sockets, with changes that are made here. */
class CollectionStreamTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final Duration DEADLINE = Duration.ofMillis(500);
  private static final int WATCHING_MAX = 3;
  private static final Pattern ID = Pattern.compile("(?m)^id: (.*)$");
  private static final Pattern DATA = Pattern.compile("(?m)^data: \\{\"id\":\"([^\"]*)\"");

  private final ChangesInMemory changes = new ChangesInMemory();
  private final ChangeFeed feed = new ChangeFeed(changes, InstantSource.system());
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private volatile boolean databaseAway;
  private final HttpServer server = start();

  private HttpServer start() {
    var materializer = Materializer.createMaterializer(KIT.system());
    var surroundings =
        new DocumentHandler.Surroundings(
            (id, carry) -> {},
            new Copies(1024),
            new VouchedCopies(),
            (collection, after, limit) -> CompletableFuture.completedFuture(List.of()),
            feed,
            new BodyReader(materializer, Duration.ofSeconds(5)),
            new ContentBudget(meters),
            new Watching(4 * WATCHING_MAX, meters),
            () -> databaseAway ? Standing.DATABASE_AWAY : Standing.CURRENT,
            InstantSource.system(),
            () -> "k",
            Optional.empty(),
            standing -> {});
    var handler =
        new DocumentHandler(
            new DocumentsSettings("docs", 1024, 10, false, 1024, 1024, DEADLINE), surroundings);
    var route = Route.toDocuments("docs", "/docs", "docs", DEADLINE, false);
    var limits =
        ServerFixture.limits(Duration.ofSeconds(15), Duration.ofSeconds(75), 100, 4 * WATCHING_MAX);
    return HttpServer.bind(
            KIT.system(),
            "127.0.0.1",
            0,
            limits,
            (request, peer) ->
                handler.handle(new Target(request, route, "/docs", "", "", RequestTrace.none())),
            meters)
        .toCompletableFuture()
        .join();
  }

  @AfterEach
  void nobodyWatchesWhenAllHaveLeft() {
    changes.release();
    feed.close();
    await().until(() -> watching() == 0);
    server.close(Duration.ZERO).toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private double watching() {
    return meters.get("holdfast.requests.watching").gauge().value();
  }

  private RawClient ask(String... fields) throws IOException {
    return send(RawClient.connect(server.address()), fields);
  }

  private static RawClient send(RawClient client, String... fields) throws IOException {
    return client.send(
        "GET /docs HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n"
            + String.join("", fields)
            + "\r\n");
  }

  private static void assertProblem(Response response, int status, String type) {
    assertThat(response.status()).as(response.content()).isEqualTo(status);
    assertThat(response.content()).contains("https://holdfast.dev/problems/" + type + "\"");
  }

  private void assertRefused(int status, String type, String... fields) throws IOException {
    double before = watching();
    try (var client = ask(fields)) {
      assertProblem(client.read(), status, type);
    }
    await().until(() -> watching() == before);
  }

  // ---- refusals ----

  @ParameterizedTest
  @ValueSource(strings = {"8mpzf2iiinz", "1", "1.a-1"})
  void aPositionThatNoNodeCanHaveGivenLatelyIsGone(String id) throws IOException {
    assertRefused(410, "gone", "Last-Event-ID: " + id + "\r\n");
  }

  @Test
  void aPositionThatIsTooLongIsGoneAndWhatIsNoneIsABadRequest() throws IOException {
    var now = Long.toString(Instant.now().getEpochSecond(), 36);
    assertRefused(410, "gone", "Last-Event-ID: " + now + ".a-1".repeat(2000) + "\r\n");
    assertRefused(400, "bad-request", "Last-Event-ID: ?\r\n");
  }

  @Test
  void whileTheDatabaseIsAwayIsRefusedWithoutAskingIt() throws IOException {
    changes.hold();
    databaseAway = true;
    assertRefused(503, "database-unavailable");
    assertThat(changes.looks).hasValue(0);
  }

  @Test
  void isRefusedWhenTheDatabaseFailsOrIsSilentUntilTheDeadline() throws IOException {
    changes.fail(new SQLException("away"));
    assertRefused(503, "database-unavailable");
    changes.heal();
    changes.hold();
    assertRefused(503, "database-unavailable");
  }

  @Test
  void aMistakeIsNotPassedOffAsTheDatabasesAbsence() throws IOException {
    changes.fail(new IllegalStateException("a mistake"));
    assertRefused(500, "internal");
  }

  @Test
  void aNodeThatLeavesSaysNothingOfTheDatabase() throws IOException {
    feed.close();
    assertRefused(503, "shed");
  }

  @Test
  void noMoreWatchThanThereIsRoomFor() throws IOException {
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < WATCHING_MAX; i++) {
      clients.add(ask());
    }
    await().until(() -> watching() == WATCHING_MAX);
    assertRefused(503, "shed");
    assertThat(meters.get("holdfast.limit.dropped").tag("limit", "watching").counter().count())
        .isEqualTo(1);
    clients.get(0).reset();
    await().until(() -> watching() < WATCHING_MAX);
    try (var next = ask()) {
      await().until(() -> watching() == WATCHING_MAX);
      next.reset();
    }
    for (var client : clients) {
      client.close();
    }
  }

  // ---- leaving ----

  @Test
  void whoLeavesWhileWatchingGivesUpItsPlace() throws IOException {
    var client = ask();
    assertThat(client.readByte()).isEqualTo('H');
    client.reset();
    await().until(() -> watching() == 0);
  }

  @Test
  void whoLeavesBeforeTheAnswerGivesUpItsPlace() throws IOException {
    changes.hold();
    var client = ask();
    await().until(() -> changes.looks.get() == 1);
    assertThat(watching()).isEqualTo(1);
    client.reset();
    await().until(() -> meters.get("holdfast.http.connections").gauge().value() == 0);
    changes.release();
    await().until(() -> watching() == 0);
    await().until(() -> meters.get("holdfast.http.in.flight").gauge().value() == 0);
  }

  // ---- a client that does not read ----

  @Test
  void aSlowClientGetsTheEndOfItsStreamAndGoesOnWhereItWas() throws Exception {
    var slow = send(RawClient.connectWithSmallBuffer(server.address()));
    await().until(() -> watching() == 1);
    keepLooking();
    var expected = new HashSet<String>();
    for (int i = 0; i < 60_000; i++) {
      var id = "x".repeat(120) + i;
      changes.add(1, "docs", id, "1");
      expected.add(id);
      if (expected.size() % 5000 == 0) {
        int looks = changes.looks.get();
        await().until(() -> changes.looks.get() > looks + 1);
      }
    }
    var content = slow.read().content(); // it has an end
    slow.close();
    var seen = ids(content);
    assertThat(seen).hasSizeBetween(1000, 55_000);
    try (var again = ask("Last-Event-ID: " + lastId(content) + "\r\n")) {
      seen.addAll(ids(readUntil(again, "x59999\"")));
      again.reset();
    }
    assertThat(seen).isEqualTo(expected);
  }

  /** As if another watched another collection. */
  private void keepLooking() throws Exception {
    var materializer = Materializer.createMaterializer(KIT.system());
    feed.watch(
            "others",
            Optional.empty(),
            new EventStream(new EventText(), materializer, () -> {}, () -> {}))
        .get(10, TimeUnit.SECONDS);
  }

  private static Set<String> ids(String content) {
    return DATA.matcher(content).results().map(it -> it.group(1)).collect(Collectors.toSet());
  }

  private static String lastId(String content) {
    return ID.matcher(content).results().reduce((first, second) -> second).orElseThrow().group(1);
  }

  private static String readUntil(RawClient client, String mark) throws IOException {
    var read = new StringBuilder();
    var line = new StringBuilder();
    while (line.indexOf(mark) < 0) {
      line.setLength(0);
      for (int b = client.readByte(); b != '\n'; b = client.readByte()) {
        assertThat(b).as("it ends after %s", line).isNotNegative();
        line.append((char) b);
      }
      read.append(line).append('\n');
    }
    return read.toString();
  }
}
