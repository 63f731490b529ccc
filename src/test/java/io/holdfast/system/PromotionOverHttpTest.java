package io.holdfast.system;

import static io.holdfast.system.HttpAnswers.assertProblem;
import static io.holdfast.system.HttpAnswers.field;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.PostgresPair;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL promoted from an asynchronous standby that lacks the last transactions: two real
 * servers, three real nodes. Documents, a node's registration and the owners of shards go back.
 */
class PromotionOverHttpTest {
  private static final String[] KEY = {"Idempotency-Key", "\"once\""};
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Content by document and entity tag, of every answer that had both: there is one for each. */
  private final Map<String, String> contents = new ConcurrentHashMap<>();

  private NodeProcesses nodes;

  @Test
  void nothingThatWasLostIsPassedOffAsCurrent() throws Exception {
    try (var pair = PostgresPair.start();
        var started =
            NodeProcesses.start(3, pair.settings(), "holdfast.documents.docs.stale-after=50ms")) {
      nodes = started;
      for (var id : List.of("kept", "changed", "deleted", "keyed")) {
        write(1, id, "\"before\"");
      }
      pair.awaitReplicated();
      pair.holdBack();
      var events = Events.watch(HttpClient.newHttpClient(), nodes.http(1, "/docs"), "");
      await().until(() -> !events.lastId.isEmpty());
      loseWhatIsWrittenNow();
      await().atMost(SOON).until(() -> events.seen.contains("change created 1"));
      readAll();
      try (var writers = new Writers()) {
        pair.killPrimary();
        await().atMost(SOON).until(this::nobodyAnswersAsCurrent);
        pair.promote();
        await().atMost(SOON).until(this::everybodyAnswersAsCurrent);
        writers.awaitSomeAfter();
      }
      whatWasLostIsNotThere();
      whatIsWrittenNowHasANewTag();
      whoWatchedIsToldToBeginAnew(events);
      theOperatorIsTold();
    }
  }

  /** Also a node's end and its new life, and with them the owners of its shards. */
  private void loseWhatIsWrittenNow() {
    nodes.kill(3);
    write(1, "changed", "\"lost\"");
    write(1, "created", "\"lost\"");
    assertThat(nodes.send(2, "DELETE", "/docs/deleted", null).statusCode()).isEqualTo(204);
    assertThat(nodes.put(2, "/docs/keyed", "\"keyed\"", KEY).statusCode()).isEqualTo(204);
    nodes.start(3);
    nodes.awaitReady();
  }

  private void write(int node, String id, String content) {
    var written = nodes.put(node, "/docs/" + id, content);
    assertThat(written.statusCode()).isBetween(200, 204);
    note(id, field(written, "ETag"), content);
  }

  private void note(String id, String tag, String content) {
    assertThat(contents.computeIfAbsent(id + " " + tag, it -> content))
        .as("content of " + id + " under " + tag)
        .isEqualTo(content);
  }

  /** From each node; nothing from one that begins anew. */
  private List<Optional<HttpResponse<String>>> readAll() {
    var answers = new ArrayList<Optional<HttpResponse<String>>>();
    for (int node = 1; node <= 3; node++) {
      for (var id : List.of("kept", "changed", "created", "deleted", "keyed")) {
        answers.add(tryToRead(node, id));
      }
    }
    return answers;
  }

  private Optional<HttpResponse<String>> tryToRead(int node, String id) {
    try {
      return Optional.of(read(node, id));
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private HttpResponse<String> read(int node, String id) {
    var answer = nodes.get(node, "/docs/" + id);
    if (answer.statusCode() == 200) {
      note(id, field(answer, "ETag"), answer.body());
    }
    return answer;
  }

  private static boolean isCurrent(Optional<HttpResponse<String>> answer) {
    return answer
        .filter(it -> Set.of(200, 404).contains(it.statusCode()))
        .filter(it -> field(it, "Cache-Status").isEmpty())
        .isPresent();
  }

  private boolean nobodyAnswersAsCurrent() {
    return readAll().stream().noneMatch(PromotionOverHttpTest::isCurrent);
  }

  /** From the promotion on nothing that was lost is answered without a mark, not once. */
  private boolean everybodyAnswersAsCurrent() {
    var answers = readAll();
    assertThat(answers)
        .filteredOn(PromotionOverHttpTest::isCurrent)
        .allSatisfy(it -> assertThat(it.get().body()).doesNotContain("\"lost\"", "\"keyed\""));
    return answers.stream().allMatch(PromotionOverHttpTest::isCurrent);
  }

  private void whatWasLostIsNotThere() {
    for (int node = 1; node <= 3; node++) {
      assertThat(field(read(node, "kept"), "ETag")).isEqualTo("\"1\"");
      assertThat(read(node, "changed").body()).isEqualTo("\"before\"");
      assertThat(read(node, "deleted").statusCode()).as("its deletion is lost").isEqualTo(200);
      assertProblem(read(node, "created"), 404, "not-found");
      assertThat(nodes.get(node, "/docs?after=c&limit=3").body())
          .contains("{\"id\":\"changed\",\"etag\":\"\\\"1\\\"\"}")
          .doesNotContain("created");
    }
  }

  private void whatIsWrittenNowHasANewTag() {
    var conditional = nodes.put(1, "/docs/changed", "\"new\"", "If-Match", "\"2\"");
    assertProblem(conditional, 412, "precondition-failed");
    write(2, "changed", "\"new\"");
    assertThat(field(read(3, "changed"), "ETag"))
        .as("but for the generation it would be the tag of the content that was lost")
        .matches("\"2-[1-9][0-9]*\"");
    assertThat(contents).containsEntry("changed \"2\"", "\"lost\"");
    var repeated = nodes.put(3, "/docs/keyed", "\"keyed\"", KEY);
    assertThat(repeated.statusCode()).isEqualTo(204);
    assertThat(field(repeated, "Idempotent-Replayed")).as("it is not known any more").isEmpty();
    assertThat(field(nodes.put(1, "/docs/keyed", "\"keyed\"", KEY), "Idempotent-Replayed"))
        .isEqualTo("true");
  }

  private void whoWatchedIsToldToBeginAnew(Events events) {
    await().atMost(SOON).until(() -> events.ended);
    var again =
        nodes.get(2, "/docs", "Accept", "text/event-stream", "Last-Event-ID", events.lastId);
    assertProblem(again, 410, "gone");
  }

  private void theOperatorIsTold() {
    double lost = 0;
    for (int node = 1; node <= 3; node++) {
      assertThat(nodes.logged(node)).contains("The database has another history now");
      lost += metric(node, "holdfast_documents_lost_total");
    }
    assertThat(lost).as("changed, created, deleted and keyed").isGreaterThanOrEqualTo(4);
    assertThat(IntStream.rangeClosed(1, 3).mapToObj(n -> metric(n, "holdfast_database_generation")))
        .allSatisfy(it -> assertThat(it).isPositive())
        .containsOnly(metric(1, "holdfast_database_generation"));
    assertThat(metric(1, "holdfast_database_history_changes_total")).isEqualTo(1);
  }

  private double metric(int node, String name) {
    return nodes
        .send(nodes.admin(node, "/metrics"), "GET", null)
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Clients that go on writing, each its own document. */
  private final class Writers implements AutoCloseable {
    private static final int COUNT = 4;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Set<String> wroteAfter = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    Writers() {
      for (int i = 0; i < COUNT; i++) {
        var id = "written" + i;
        int node = 1 + i % 3;
        var thread = new Thread(() -> write(node, id), id);
        thread.setUncaughtExceptionHandler((it, failure) -> failures.add(failure));
        threads.add(thread);
        thread.start();
      }
    }

    private void write(int node, String id) {
      for (int i = 0; !stop.get(); i++) {
        try {
          write(node, id, "\"" + id + " " + i + "\"");
        } catch (UncheckedIOException e) {
          continue; // A node that begins anew.
        }
        tryToRead(1 + i % 3, id);
      }
    }

    private void write(int node, String id, String content) {
      var answer = nodes.put(node, "/docs/" + id, content);
      if (answer.statusCode() < 300) {
        var tag = field(answer, "ETag");
        note(id, tag, content);
        if (tag.contains("-")) {
          wroteAfter.add(id);
        }
      }
    }

    void awaitSomeAfter() {
      await().atMost(SOON).until(() -> wroteAfter.size() == COUNT);
    }

    @Override
    public void close() throws InterruptedException {
      stop.set(true);
      for (var thread : threads) {
        thread.join();
      }
      assertThat(failures).isEmpty();
    }
  }
}
