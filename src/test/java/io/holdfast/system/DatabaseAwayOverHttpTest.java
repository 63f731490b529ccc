package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client sees of two real nodes while their database is away, and when it is back. */
class DatabaseAwayOverHttpTest {
  private static final String[] JSON = {"Content-Type", "application/json"};
  private static FaultyLink link;
  private static NodeProcesses nodes;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String path = "/docs/" + UUID.randomUUID();

  @BeforeAll
  static void start() {
    var database = TestDatabase.H2.fresh();
    link = new FaultyLink(TestDatabase.port(database));
    nodes =
        NodeProcesses.start(
            2,
            TestDatabase.through(link, database),
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.routes.docs.deadline=3s",
            "holdfast.documents.docs.stale-after=90ms",
            "holdfast.routes.impatient.path=/impatient",
            "holdfast.routes.impatient.documents=docs",
            "holdfast.routes.impatient.deadline=100ms");
  }

  @AfterAll
  static void stop() {
    nodes.close();
    link.close();
  }

  @BeforeEach
  void writeFirst() {
    link.heal();
    var key = "\"" + UUID.randomUUID() + "\""; // However often it is sent, it is version 1.
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              var written = nodes.put(1, path, "1", "Idempotency-Key", key);
              assertThat(written.statusCode()).isIn(201, 204);
              assertThat(isMarked(nodes.get(1, path))).isFalse();
              assertThat(isMarked(nodes.get(2, path))).isFalse();
            });
  }

  private static boolean isMarked(HttpResponse<?> response) {
    return !field(response, "Cache-Status").isEmpty();
  }

  private static void assertUnavailable(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
    assertThat(response.body()).contains("https://holdfast.dev/problems/database-unavailable");
    assertThat(field(response, "Retry-After")).isNotEmpty();
  }

  @Test
  void readsGoOnMarkedAndWhoWantsNothingOldIsRefused() {
    link.cut();
    for (int node = 1; node <= 2; node++) {
      int at = node;
      await().atMost(Duration.ofSeconds(10)).until(() -> isMarked(nodes.get(at, path)));
      var read = nodes.get(node, path);
      assertThat(read.statusCode()).isEqualTo(200);
      assertThat(read.body()).isEqualTo("1");
      assertThat(field(read, "ETag")).isEqualTo("\"1\"");
      assertThat(field(read, "Cache-Status")).isEqualTo("holdfast; hit; detail=database-away");
      assertThat(field(read, "Age")).matches("\\d+");
      assertThat(nodes.get(node, path, "If-None-Match", "\"1\"").statusCode()).isEqualTo(304);
      assertUnavailable(nodes.get(node, path, "Cache-Control", "no-cache"));
      assertUnavailable(nodes.get(node, path, "Cache-Control", "max-age=0"));
      assertUnavailable(
          nodes.get(node, path, "Cache-Control", "no-store", "Cache-Control", "no-cache"));
    }
  }

  /** Its owner knows it, though it waits for a commit or cannot read itself. */
  @Test
  void whatOnlyItsWriterHasSeenIsReadOnEveryNodeAlsoWhileAWriteWaits() {
    var ofSomeOwners = IntStream.range(0, 8).mapToObj(n -> path + "-" + n).toList();
    for (var written : ofSomeOwners) {
      assertThat(nodes.put(1, written, "1").statusCode()).isEqualTo(201);
    }
    link.goBlack();
    var waits =
        ofSomeOwners.stream()
            .map(it -> nodes.sendLater(1, "PUT", it, "2", "Content-Type", "application/json"))
            .toList();
    await().atMost(Duration.ofSeconds(10)).until(() -> isMarked(nodes.get(1, path)));
    for (var written : ofSomeOwners) {
      var read = nodes.get(2, written);
      assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
      assertThat(read.body()).isEqualTo("1");
      assertThat(field(read, "Cache-Status")).isEqualTo("holdfast; hit; detail=database-away");
    }
    link.heal();
    waits.forEach(it -> assertThat(it.join().statusCode()).isIn(204, 503, 504));
  }

  @Test
  void writesAreRefusedWithinASecondAndGoOnByThemselves() {
    link.cut();
    await().atMost(Duration.ofSeconds(10)).until(() -> isMarked(nodes.get(1, path)));
    for (int node = 1; node <= 2; node++) {
      long asked = System.nanoTime();
      assertUnavailable(nodes.put(node, path, "2"));
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(1));
    }
    assertUnavailable(nodes.get(1, "/docs/never-read-" + UUID.randomUUID()));
    link.heal();
    await().atMost(Duration.ofSeconds(2)).until(() -> nodes.put(1, path, "3").statusCode() == 204);
    var read = nodes.get(2, path);
    assertThat(read.body()).isEqualTo("3");
    assertThat(field(read, "ETag")).as("nothing was written that was refused").isEqualTo("\"2\"");
    // The database may be back for one node a moment before it is for the other.
    await().atMost(Duration.ofSeconds(2)).until(() -> !isMarked(nodes.get(2, path)));
  }

  /** Answered before anybody can know that the database is away. */
  private static HttpResponse<String> impatient(
      int node, String method, String path, String... fields) {
    return nodes.send(node, method, path.replace("/docs", "/impatient"), "2", fields);
  }

  /** What no owner has taken up is refused for certain, so it is sent until one has. */
  private static HttpResponse<String> unknown(String method, String path, String... fields) {
    for (int i = 0; i < 100; i++) {
      link.goBlack();
      var answer = impatient(1, method, path, fields);
      link.heal();
      if (answer.statusCode() == 504) {
        assertThat(answer.body()).contains("https://holdfast.dev/problems/outcome-unknown");
        assertThat(field(answer, "Idempotency-Key")).matches("\"[^\"]+\"");
        return answer;
      }
      HttpAnswers.assertProblem(answer, 503, "owner-unavailable");
    }
    throw new AssertionError("nothing is ever taken up");
  }

  @Test
  void theKeyThatComesWithAnUnknownOutcomeTellsTheTruth() {
    var unknown = unknown("PUT", path, JSON[0], JSON[1], "If-Match", "\"1\"");
    var key = field(unknown, "Idempotency-Key");
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              var repeated = nodes.put(2, path, "2", "If-Match", "\"1\"", "Idempotency-Key", key);
              assertThat(repeated.statusCode()).as(repeated.body()).isEqualTo(204);
              assertThat(field(repeated, "ETag")).isEqualTo("\"2\"");
            });
    assertThat(nodes.get(1, path).body()).isEqualTo("2");
  }

  @Test
  void theKeyOfACreationOfUnknownOutcomeMakesNoSecondDocument() {
    var unknown = unknown("POST", "/docs", JSON);
    var key = field(unknown, "Idempotency-Key");
    var places = new HashSet<String>();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              for (int node = 1; node <= 2; node++) {
                var repeated =
                    nodes.send(
                        node, "POST", "/docs", "2", JSON[0], JSON[1], "Idempotency-Key", key);
                assertThat(repeated.statusCode()).as(repeated.body()).isEqualTo(201);
                places.add(field(repeated, "Location"));
              }
            });
    assertThat(places).hasSize(1);
    var id = places.iterator().next().substring("/docs/".length());
    var made = new ArrayList<String>();
    var page = nodes.get(1, "/docs?limit=1000").body();
    Pattern.compile("\"id\":\"([0-9a-v]{26})\"")
        .matcher(page)
        .results()
        .forEach(found -> made.add(found.group(1)));
    assertThat(made).as("the documents that POST has made").containsExactly(id);
  }

  private static String[] underKey(int number) {
    return new String[] {JSON[0], JSON[1], "Idempotency-Key", "\"key-" + number + "\""};
  }

  @Test
  void aRepeatThatCannotWaitForTheFirstIsToldThatThereIsOne() {
    var keys = new AtomicInteger();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              var fields = underKey(keys.incrementAndGet());
              link.goBlack();
              var first = nodes.sendLater(1, "PUT", path, "2", fields);
              var repeat = impatient(2, "PUT", path, fields);
              link.heal();
              assertThat(first.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(204);
              HttpAnswers.assertProblem(repeat, 409, "conflict");
              assertThat(field(repeat, "Retry-After")).isEqualTo("1");
            });
    var again = nodes.send(2, "PUT", path, "2", underKey(keys.get()));
    assertThat(again.statusCode()).isEqualTo(204);
    assertThat(field(again, "Idempotent-Replayed")).isEqualTo("true");
  }

  @Test
  void aWriteToASilentDatabaseIsRefusedBeforeAnybodyKnowsThatItIsAway() {
    link.goBlack();
    var quiet = System.nanoTime() + Duration.ofMillis(350).toNanos();
    await().pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - quiet > 0);
    long asked = System.nanoTime();
    assertUnavailable(nodes.put(1, path, "2"));
    assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofMillis(1500));
    link.heal();
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              assertThat(nodes.put(1, path, "3").statusCode()).isEqualTo(204);
              assertThat(field(nodes.get(2, path), "ETag"))
                  .as("what was refused was not written")
                  .isEqualTo("\"2\"");
            });
  }

  @Test
  void aListingAndANewStreamAreRefusedAtOnce() {
    link.cut();
    await().atMost(Duration.ofSeconds(10)).until(() -> isMarked(nodes.get(1, path)));
    for (var accept : List.of("application/json", "text/event-stream")) {
      long asked = System.nanoTime();
      assertUnavailable(nodes.get(1, "/docs", "Accept", accept));
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(1));
    }
    link.heal();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(nodes.get(1, "/docs").body()).contains(path.substring(6)));
  }

  @Test
  void whoWatchesHearsOfWhatChangesAfterwards() throws Exception {
    var id = path.substring(6);
    try (var events = Events.watch(client, nodes.http(2, "/docs"), "")) {
      await().until(() -> !events.lastId.isEmpty());
      var waits = waitForChange(2, 25);
      link.cut();
      await().atMost(Duration.ofSeconds(10)).until(() -> isMarked(nodes.get(2, path)));
      var during = waitForChange(2, 25).get(5, TimeUnit.SECONDS);
      assertThat(during.statusCode()).isEqualTo(304);
      assertThat(isMarked(during)).isTrue();
      assertThat(waits).isNotDone();
      link.heal();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> nodes.put(1, path, "2").statusCode() == 204);
      var changed = waits.get(20, TimeUnit.SECONDS);
      assertThat(changed.statusCode()).isEqualTo(200);
      assertThat(changed.body()).isEqualTo("2");
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> events.seen.contains("change " + id + " 2"));
      assertThat(events.ended).isFalse();
    }
  }

  private CompletableFuture<HttpResponse<String>> waitForChange(int node, int seconds) {
    var request =
        HttpRequest.newBuilder(nodes.http(node, path))
            .header("If-None-Match", "\"1\"")
            .header("Prefer", "wait=" + seconds)
            .build();
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }
}
