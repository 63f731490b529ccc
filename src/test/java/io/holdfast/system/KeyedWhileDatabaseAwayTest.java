package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Writes to a service under keys through two real nodes whose database goes away. */
@Timeout(120)
class KeyedWhileDatabaseAwayTest {
  private static final AtomicInteger sent = new AtomicInteger();
  private static volatile CountDownLatch mayAnswer = new CountDownLatch(0);
  private static Origin origin;
  private static FaultyLink link;
  private static NodeProcesses nodes;

  private final String key = UUID.randomUUID().toString();

  @BeforeAll
  static void start() {
    origin =
        Origin.start(
            (request, it) -> {
              int nr = sent.incrementAndGet();
              mayAnswer.await();
              it.text(201, "effect " + nr);
            });
    var database = TestDatabase.POSTGRESQL.fresh();
    link = new FaultyLink(TestDatabase.port(database));
    nodes =
        NodeProcesses.start(
            2,
            TestDatabase.through(link, database),
            "holdfast.upstreams.s.instances=" + origin.url(),
            "holdfast.upstreams.s.first-byte-timeout=10s",
            "holdfast.upstreams.s.attempt-timeout=10s",
            "holdfast.routes.s.path=/s",
            "holdfast.routes.s.upstream=s",
            "holdfast.routes.brief.path=/brief",
            "holdfast.routes.brief.upstream=s",
            "holdfast.routes.brief.deadline=2s");
  }

  @AfterAll
  static void stop() {
    nodes.close();
    link.close();
    origin.close();
  }

  @BeforeEach
  void isWell() {
    link.heal();
    mayAnswer = new CountDownLatch(0);
    for (int node = 1; node <= 2; node++) {
      int at = node;
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> post(at, "/s", UUID.randomUUID().toString()).join().statusCode() == 201);
    }
    sent.set(0);
  }

  private static CompletableFuture<HttpResponse<String>> post(int node, String path, String key) {
    return nodes.sendLater(node, "POST", path, "content", "Idempotency-Key", key);
  }

  private static HttpResponse<String> answer(CompletableFuture<HttpResponse<String>> call)
      throws Exception {
    return call.get(20, TimeUnit.SECONDS);
  }

  private static boolean isReplayed(HttpResponse<String> answer) {
    return answer.headers().firstValue("Idempotent-Replayed").isPresent();
  }

  @Test
  void nothingIsSentAndTheClientKnowsItWithinASecond() throws Exception {
    link.cut();
    assertThat(answer(post(1, "/s", key)).statusCode()).isEqualTo(503);
    long began = System.nanoTime();
    var refused = answer(post(1, "/s", key));
    assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(1).toNanos());
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("problems/database-unavailable");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(sent).hasValue(0);
    assertThat(nodes.get(1, "/s").statusCode()).as("what needs no key goes on").isEqualTo(201);
    link.heal();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> answer(post(2, "/s", key)).statusCode() == 201);
    assertThat(isReplayed(answer(post(1, "/s", key)))).isTrue();
    assertThat(sent).hasValue(2);
  }

  @Test
  void anAnswerThatComesMeanwhileIsGivenOnceItIsWrittenDown() throws Exception {
    mayAnswer = new CountDownLatch(1);
    var first = post(1, "/s", key);
    await().until(() -> sent.get() == 1);
    link.cut();
    mayAnswer.countDown();
    await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
    assertThat(first).isNotDone();
    link.heal();
    var answer = answer(first);
    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(answer.body()).isEqualTo("effect 1");
    var again = answer(post(2, "/s", key));
    assertThat(again.body()).isEqualTo("effect 1");
    assertThat(isReplayed(again)).isTrue();
    assertThat(sent).hasValue(1);
  }

  @Test
  void anAnswerThatCannotBeWrittenDownInTimeIsUnknownUntilTheDatabaseIsBack() throws Exception {
    mayAnswer = new CountDownLatch(1);
    var first = post(1, "/brief", key);
    await().until(() -> sent.get() == 1);
    link.cut();
    mayAnswer.countDown();
    var unknown = answer(first);
    assertThat(unknown.statusCode()).isEqualTo(504);
    assertThat(unknown.body()).contains("problems/outcome-unknown");
    assertThat(unknown.headers().firstValue("Idempotency-Key")).contains('"' + key + '"');
    link.heal();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> answer(post(2, "/brief", key)).statusCode() == 201);
    var again = answer(post(2, "/brief", key));
    assertThat(again.body()).isEqualTo("effect 1");
    assertThat(isReplayed(again)).isTrue();
    assertThat(sent).hasValue(1);
  }

  /** Nothing is refused, nothing answers: until that is noticed a request waits. */
  @Test
  void aSilentDatabaseIsNoBetter() throws Exception {
    link.goBlack();
    var refused = answer(post(1, "/s", key));
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("problems/database-unavailable");
    assertThat(sent).hasValue(0);
    link.heal();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> answer(post(2, "/s", key)).statusCode() == 201);
    assertThat(answer(post(1, "/s", key)).body()).isEqualTo("effect 1");
    assertThat(sent).hasValue(1);
  }
}
