package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static io.holdfast.edge.TwoNodes.FRESH;
import static io.holdfast.edge.TwoNodes.getting;
import static io.holdfast.edge.TwoNodes.once;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.resource.Representation;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others wait for ends in any case, and only once; on real sockets. */
@Timeout(60)
class FlightsTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static final String STREAM =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String NOT_TO_BE_STORED =
      "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String WITHOUT_END =
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n";

  private static TwoNodes two(String service, String route, Origin.Behaviour behaviour) {
    return TwoNodes.of(services, service, route, behaviour);
  }

  /** Sends some content again and again, until the other side has gone. */
  private static void drip(Origin.Exchange it, String head, CountDownLatch gone) throws Exception {
    it.send(head);
    var timer = Executors.newSingleThreadScheduledExecutor();
    try {
      timer.scheduleWithFixedDelay(() -> drop(it), 0, 50, TimeUnit.MILLISECONDS).get();
    } catch (java.util.concurrent.ExecutionException e) {
      gone.countDown();
    } finally {
      timer.shutdownNow();
    }
  }

  private static void drop(Origin.Exchange it) {
    try {
      it.send("1\r\n.\r\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  // ---- nobody is there any more ----

  @ParameterizedTest
  @ValueSource(strings = {STREAM, NOT_TO_BE_STORED})
  void whatIsForNobodyButAClientThatHasGoneIsNotReadToItsEnd(String head) throws Exception {
    var answer = new CountDownLatch(1);
    var gone = new CountDownLatch(1);
    var two =
        two(
            "",
            "",
            (request, it) -> {
              answer.await();
              drip(it, head, gone);
            });
    var leaving = two.a().connect();
    leaving.send("GET /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
    await().until(() -> two.service().requests().size() == 1);
    leaving.reset();
    await().until(() -> two.a().inFlight() == 0);
    answer.countDown();
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, NOT_TO_BE_STORED, WITHOUT_END})
  void norIsWhatARefreshInTheBackgroundBrings(String head) throws Exception {
    var gone = new CountDownLatch(1);
    var two =
        two(
            "",
            "",
            (request, it) ->
                it.text(200, "one", "Cache-Control: max-age=0, stale-while-revalidate=60"));
    two.a().get("/s");
    two.service().does((request, it) -> drip(it, head, gone));
    assertThat(two.a().get("/s").content()).isEqualTo("one");
    assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
  }

  // ---- what is said of it gets lost, or takes long ----

  @Test
  void aFetchOfWhichNothingIsHeardAnyMoreIsMadeAnew() throws Exception {
    var two = two("", "", TwoNodes.counting(FRESH));
    two.owners().isLate = it -> it instanceof Representation.Store;
    assertThat(two.a().get("/s").content()).isEqualTo("v1");
    await().until(() -> two.owners().late() == 1);
    two.owners().isLate = it -> false;
    assertThat(two.b().get("/s").content()).isEqualTo("v2");
  }

  private static void countRenewals(TwoNodes two, AtomicInteger renewed) {
    two.owners().isLate =
        it -> {
          if (it instanceof Representation.Ask ask && ask.patienceMillis() == 0) {
            renewed.incrementAndGet();
          }
          return false;
        };
  }

  /** Who waits asks again now and then, and an answer may cross that. */
  @Test
  void whoIsToldToFetchWhenHeHasHisAnswerLetsTheNextOneGo() throws Exception {
    var answer = new CountDownLatch(1);
    var two = two("", "", once(answer));
    var asked = ConcurrentHashMap.<Long>newKeySet();
    two.owners().isLate = it -> it instanceof Representation.Ask ask && !asked.add(ask.exchange());
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 1);
    var waiting = getting(two.b());
    await().until(() -> two.owners().late() > 0);
    answer.countDown();
    assertThat(first.get().content()).isEqualTo("one");
    assertThat(waiting.get().content()).isEqualTo("one");
    two.owners().deliver();
    int fetched = two.service().requests().size();
    assertThat(two.a().get("/s").content()).isEqualTo("one");
    assertThat(two.service().requests()).hasSize(fetched + 1);
  }

  /** Nobody waits for it any more. */
  @Test
  void ofAStreamItsOwnerHearsNothingMoreOnceItHasBegun() throws Exception {
    var gone = new CountDownLatch(1);
    var renewed = new AtomicInteger();
    var two = two("", "", (request, it) -> drip(it, STREAM, gone));
    countRenewals(two, renewed);
    try (var client = two.a().connect()) {
      client.send("GET /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
      assertThat(client.readHeadOnly().status()).isEqualTo(200);
      long until = System.nanoTime() + Renewal.EVERY.multipliedBy(3).toNanos();
      await().until(() -> System.nanoTime() - until >= 0);
    }
    assertThat(renewed).hasValue(0);
  }

  @Test
  void aFetchThatTakesLongIsStillTheOnlyOne() throws Exception {
    var answer = new CountDownLatch(1);
    var renewed = new AtomicInteger();
    var two = two("first-byte-timeout = 20s", "", once(answer, FRESH));
    countRenewals(two, renewed);
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 1);
    var second = getting(two.b());
    long enough = 2 + Representation.HEARD_WITHIN.dividedBy(Renewal.EVERY);
    await().until(() -> renewed.get() >= enough);
    answer.countDown();
    assertThat(first.get().content()).isEqualTo("one");
    assertThat(second.get().content()).isEqualTo("one");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void whoHasWaitedToHisDeadlineDoesNotAskTheServiceThen() throws Exception {
    var two = two("first-byte-timeout = 20s", "deadline = 1500ms", (request, it) -> it.hang());
    two.owners().isLate = it -> it instanceof Representation.Fail; // Else it would be heard of.
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 1);
    var waiting = Stream.of(two.a(), two.b(), two.b()).map(node -> getting(node)).toList();
    for (var one : waiting) {
      assertThat(one.get().status()).isEqualTo(504);
      assertThat(problem(one.get())).isEqualTo("upstream-timeout");
    }
    assertThat(first.get().status()).isEqualTo(504);
    assertThat(two.service().requests()).hasSize(1);
  }

  // ---- there is no room for it ----

  /** Not one after the other, each after a time of its own. */
  @Test
  void allWhoWaitForOneThatIsShedHearOfItThen() throws Exception {
    var end = new CountDownLatch(1);
    var two =
        two(
            "concurrency { mode = fixed, max = 1, queue-max = 100, queue-timeout = 500ms }",
            "deadline = 4s",
            once(end, FRESH));
    var blocking = getting(() -> two.a().get("/s?other"));
    await().until(() -> two.service().requests().size() == 1);
    List<CompletableFuture<RawClient.Response>> waiting =
        Stream.generate(two::a).limit(20).map(node -> getting(node)).toList();
    for (var one : waiting) {
      assertThat(problem(one.get())).isEqualTo("shed");
    }
    end.countDown();
    assertThat(blocking.get().content()).isEqualTo("one");
  }
}
