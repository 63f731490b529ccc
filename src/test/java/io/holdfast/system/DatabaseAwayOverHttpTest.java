package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client sees of two real nodes while their database is away, and when it is back. */
class DatabaseAwayOverHttpTest {
  private static FaultyLink link;
  private static NodeProcesses nodes;

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
            "holdfast.routes.docs.deadline=3s");
  }

  @AfterAll
  static void stop() {
    nodes.close();
    link.close();
  }

  @BeforeEach
  void writeFirst() {
    link.heal();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(nodes.put(1, path, "1").statusCode()).isIn(201, 204);
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
    await().atMost(Duration.ofSeconds(3)).until(() -> nodes.put(1, path, "3").statusCode() == 204);
    var read = nodes.get(2, path);
    assertThat(read.body()).isEqualTo("3");
    assertThat(field(read, "ETag")).as("nothing was written that was refused").isEqualTo("\"2\"");
    assertThat(isMarked(read)).isFalse();
  }

  @Test
  void theKeyThatComesWithAnUnknownOutcomeTellsTheTruth() {
    link.goBlack();
    var unknown = nodes.put(1, path, "2", "If-Match", "\"1\"");
    assertThat(unknown.statusCode()).as(unknown.body()).isEqualTo(504);
    assertThat(unknown.body()).contains("https://holdfast.dev/problems/outcome-unknown");
    var key = field(unknown, "Idempotency-Key");
    assertThat(key).matches("\"[^\"]+\"");
    link.heal();
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
    link.goBlack();
    var unknown =
        nodes.send(1, "POST", "/docs", "{\"order\":1}", "Content-Type", "application/json");
    assertThat(unknown.statusCode()).as(unknown.body()).isEqualTo(504);
    var key = field(unknown, "Idempotency-Key");
    link.heal();
    var places = new HashSet<String>();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              for (int node = 1; node <= 2; node++) {
                var repeated =
                    nodes.send(
                        node,
                        "POST",
                        "/docs",
                        "{\"order\":1}",
                        "Content-Type",
                        "application/json",
                        "Idempotency-Key",
                        key);
                assertThat(repeated.statusCode()).as(repeated.body()).isEqualTo(201);
                places.add(field(repeated, "Location"));
              }
            });
    assertThat(places).hasSize(1);
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
}
