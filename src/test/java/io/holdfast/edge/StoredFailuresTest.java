package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static io.holdfast.edge.TwoNodes.FRESH;
import static io.holdfast.edge.TwoNodes.counting;
import static io.holdfast.edge.TwoNodes.getting;
import static io.holdfast.edge.TwoNodes.head;
import static io.holdfast.edge.TwoNodes.post;
import static io.holdfast.edge.TwoNodes.query;
import static io.holdfast.edge.TwoNodes.send;
import static io.holdfast.edge.TwoNodes.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.resource.Standing;
import io.holdfast.resource.UnreadRows;
import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is answered from what is stored when services and owners fail, on real sockets. */
@Timeout(60)
class StoredFailuresTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static final String FALLBACK =
      "fallback { status = 200, content-type = text/plain, content = sorry }";

  private static TwoNodes two(String route, Origin.Behaviour behaviour) {
    return TwoNodes.of(services, route, behaviour);
  }

  private static void untilInFlight(TwoNodes two, int requests) {
    await().until(() -> two.a().inFlight() + two.b().inFlight() >= requests);
  }

  // ---- fallback ----

  @Test
  void theRouteHasAnAnswerOfItsOwn() throws Exception {
    var two = two(FALLBACK, (request, it) -> it.reset());
    var answer = two.a().get("/s");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.content()).isEqualTo("sorry");
    assertThat(answer.field("Content-Type")).contains("text/plain");
    assertThat(status(answer)).contains("fwd=uri-miss").contains("detail=fallback");
    var head = head(two.b());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Content-Length")).contains("5");
  }

  @Test
  void theRoutesAnswerTakesThePlaceOfAFailure() throws Exception {
    var two = two(FALLBACK, (request, it) -> it.text(503, "down"));
    var answer = two.a().get("/s");
    assertThat(answer.content()).isEqualTo("sorry");
    assertThat(status(answer)).contains("fwd-status=503").contains("detail=fallback");
  }

  @Test
  void whatIsStaleIsBetterThanTheRoutesAnswer() throws Exception {
    var two = two(FALLBACK, counting("Cache-Control: max-age=0"));
    two.a().get("/s");
    two.service().does((request, it) -> it.reset());
    assertThat(two.b().get("/s").content()).isEqualTo("v1");
  }

  @Test
  void aRouteThatStoresNothingHasItsFallbackToo() throws Exception {
    var two = two(FALLBACK + "\ncache.mode = off", (request, it) -> it.reset());
    var answer = two.a().get("/s");
    assertThat(answer.content()).isEqualTo("sorry");
    assertThat(status(answer)).contains("fwd=bypass");
  }

  private static TwoNodes twoWithStandIn(Origin standIn) {
    var other = "}\nupstreams.o { instances = [\"%s\"]".formatted(standIn.url());
    return TwoNodes.of(services, other, "fallback.upstream = o", (request, it) -> it.reset());
  }

  @Test
  void anotherServiceAnswersInItsPlace() throws Exception {
    var standIn = services.origin((request, it) -> it.text(200, request.line(), "X: y"));
    var two = twoWithStandIn(standIn);
    var answer = two.a().get("/s?q");
    assertThat(answer.content()).isEqualTo("GET /s?q HTTP/1.1");
    assertThat(answer.field("X")).contains("y");
    assertThat(status(answer)).contains("detail=fallback");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void anotherServiceGetsTheContentOfAQueryToo() throws Exception {
    var standIn = services.origin((request, it) -> it.text(200, "to " + request.content()));
    var two = twoWithStandIn(standIn);
    assertThat(query(two.a(), "what").content()).isEqualTo("to what");
  }

  // ---- answers that break off ----

  private static void breakOff(Origin.Exchange it, String framing, String content)
      throws IOException {
    it.send("HTTP/1.1 200 OK\r\n" + FRESH + "\r\n" + framing + "\r\n\r\n" + content);
    it.reset();
  }

  @Test
  void anAnswerThatBreaksOffIsSeenToBeBrokenAndNotStored() throws Exception {
    for (var framing : new String[] {"Content-Length: 10", "Transfer-Encoding: chunked"}) {
      var begun = framing.startsWith("C") ? "12345" : "5\r\n12345\r\n";
      var two = two("", (request, it) -> breakOff(it, framing, begun));
      assertThatThrownBy(() -> two.a().get("/s")).isInstanceOf(IOException.class);
      two.service().does((request, it) -> it.text(200, "whole", FRESH));
      assertThat(two.b().get("/s").content()).isEqualTo("whole");
      assertThat(two.service().requests()).hasSize(2);
    }
  }

  @Test
  void whoHasWaitedForOneThatBreaksOffDoesNotAskForItAllAtOnce() throws Exception {
    var begin = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              begin.await();
              breakOff(it, "Content-Length: 10", "12345");
            });
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 1);
    var waiting = new ArrayList<CompletableFuture<RawClient.Response>>();
    for (int i = 0; i < 20; i++) {
      waiting.add(getting(two.b()));
    }
    untilInFlight(two, 21);
    begin.countDown();
    for (var one : waiting) {
      assertThat(one.get().status()).isEqualTo(502);
      assertThat(problem(one.get())).isEqualTo("upstream-failed");
    }
    assertThat(first.handle((answer, failure) -> failure).get()).isNotNull();
    assertThat(two.service().requests()).hasSize(1);
  }

  // ---- what validation brings ----

  /** First something stale with a tag, then a 304 with these fields. */
  private static Origin.Behaviour confirming(String... fields) {
    return (request, it) -> {
      if (request.field("If-None-Match").isPresent()) {
        it.send("HTTP/1.1 304 Same\r\n" + String.join("\r\n", fields) + "\r\n\r\n");
      } else {
        it.text(200, "whole", "Cache-Control: max-age=0", "ETag: \"e\"");
      }
    };
  }

  @Test
  void whatIsConfirmedOnANodeThatHadNoCopyIsWholeThereLater() throws Exception {
    var two = two("", confirming("ETag: \"e\"", FRESH));
    two.a().get("/s");
    assertThat(two.b().get("/s").content()).isEqualTo("whole");
    two.owners().silent = true;
    for (int i = 0; i < 3; i++) {
      assertThat(two.b().get("/s").content()).isEqualTo("whole");
    }
  }

  @Test
  void aConfirmationThatForbidsToStoreLeavesNothingBehind() throws Exception {
    for (var control : new String[] {"no-store", "private, max-age=60"}) {
      var two = two("", confirming("ETag: \"e\"", "Cache-Control: " + control));
      two.a().get("/s");
      two.b().get("/s", "Cache-Control: max-stale");
      var confirmed = two.a().get("/s");
      assertThat(confirmed.content()).isEqualTo("whole");
      assertThat(status(confirmed)).contains("fwd-status=304").doesNotContain("; stored");
      two.service().does((request, it) -> it.reset());
      two.owners().silent = true;
      await().untilAsserted(() -> assertThat(two.b().get("/s").status()).isEqualTo(502));
      assertThat(two.a().get("/s").status()).isEqualTo(502);
    }
  }

  @Test
  void whatIsConfirmedForOneAloneIsNotSharedWithThoseWhoWait() throws Exception {
    var begin = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              if (request.field("If-None-Match").isPresent()) {
                begin.await();
                it.send("HTTP/1.1 304 Same\r\nETag: \"e\"\r\nCache-Control: private\r\n\r\n");
              } else {
                it.text(200, "whole", "Cache-Control: max-age=0", "ETag: \"e\"");
              }
            });
    two.a().get("/s");
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 2);
    var second = getting(two.b());
    untilInFlight(two, 2);
    begin.countDown();
    assertThat(first.get().content()).isEqualTo("whole");
    assertThat(second.get().content()).isEqualTo("whole");
    assertThat(two.service().requests()).hasSize(3);
  }

  @Test
  void aStaleVariantIsWholeAlsoWhereTheNodeHadNoCopy() throws Exception {
    var two =
        two(
            "",
            (request, it) ->
                it.text(
                    200,
                    request.field("Accept-Language").orElseThrow().repeat(200 * 1024),
                    "Cache-Control: max-age=0",
                    "Vary: Accept-Language"));
    two.a().get("/s", "Accept-Language: de");
    two.a().get("/s", "Accept-Language: fr");
    two.service().does((request, it) -> it.text(503, "down"));
    var stale = two.b().get("/s", "Accept-Language: fr");
    assertThat(stale.status()).isEqualTo(200);
    assertThat(stale.content()).isEqualTo("fr".repeat(200 * 1024));
  }

  // ---- changes and owners ----

  @Test
  void aFetchThatBeganBeforeAChangeLeavesNoCopy() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              if (request.line().startsWith("POST")) {
                it.text(200, "done");
              } else {
                asked.countDown();
                answer.await();
                it.text(200, "old", FRESH);
              }
            });
    var early = getting(two.a());
    asked.await();
    post(two.b());
    answer.countDown();
    assertThat(early.get().content()).isEqualTo("old");
    two.service().does((request, it) -> it.reset());
    two.owners().silent = true;
    assertThat(two.a().get("/s").status()).isEqualTo(502);
  }

  /** It is done; but whoever begins anew with what the database has would not know of it. */
  @Test
  void aChangeOfWhatTheDatabaseKeepsIsMarkedWhileThatIsAway() throws Exception {
    for (boolean warm : new boolean[] {true, false}) {
      var two = two("cache.warm = " + warm, counting(FRESH));
      two.a().get("/s");
      two.owners().standing = Standing.DATABASE_AWAY;
      two.owners().ofEdges = Standing.DATABASE_AWAY;
      var answer = post(two.a());
      assertThat(answer.content()).isEqualTo("v2");
      assertThat(status(answer))
          .isEqualTo(warm ? "holdfast; fwd=method; detail=invalidation-pending" : "");
      two.service().does((request, it) -> it.reset());
      var failed = post(two.a());
      assertThat(failed.status()).isEqualTo(502);
      assertThat(status(failed).contains("invalidation-pending")).isEqualTo(warm);
    }
  }

  /** Whether it is kept whole under its key, is too long for that, or did not come. */
  @Test
  void aChangeUnderAKeyIsMarkedToo() throws Exception {
    for (boolean warm : new boolean[] {true, false}) {
      var two = two("idempotency-answer-max = 1KiB\ncache.warm = " + warm, counting());
      two.owners().standing = Standing.DATABASE_AWAY;
      two.owners().ofEdges = Standing.DATABASE_AWAY;
      var mark = warm ? "holdfast; fwd=method; detail=invalidation-pending" : "";
      var whole = postUnderKey(two.a(), "whole");
      assertThat(whole.content()).isEqualTo("v1");
      assertThat(status(whole)).isEqualTo(mark);
      assertThat(status(postUnderKey(two.a(), "whole"))).as("a repeat, later").isEmpty();
      two.service().does((request, it) -> it.text(200, "long".repeat(1000)));
      var tooLong = postUnderKey(two.a(), "long");
      assertThat(tooLong.content()).hasSize(4000);
      assertThat(status(tooLong)).isEqualTo(mark);
      two.service().does((request, it) -> it.reset());
      var none = postUnderKey(two.a(), "none");
      assertThat(none.status()).isEqualTo(504);
      assertThat(status(none)).isEqualTo(mark);
    }
  }

  private static RawClient.Response postUnderKey(ForwardingFixture node, String key)
      throws IOException {
    return send(
        node,
        "POST /s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\nIdempotency-Key: "
            + key
            + "\r\n");
  }

  @Test
  void thoseWhoWaitForAnOwnerThatGoesAskTheNextOneTogether() throws Exception {
    var begin = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              begin.await();
              it.text(200, "one", FRESH);
            });
    var first = getting(two.a());
    await().until(() -> two.service().requests().size() == 1);
    var waiting = new ArrayList<CompletableFuture<RawClient.Response>>();
    for (int i = 0; i < 20; i++) {
      waiting.add(getting(two.b()));
    }
    untilInFlight(two, 21);
    two.owners().die();
    await().until(() -> two.service().requests().size() >= 2);
    begin.countDown();
    for (var one : waiting) {
      assertThat(one.get().content()).isEqualTo("one");
      assertThat(status(one.get())).doesNotContain("owner-moving");
    }
    assertThat(first.get().content()).isEqualTo("one");
    assertThat(two.service().requests()).hasSize(2);
  }

  /** It would be one request of each, beside the one that the owner lets go. */
  @Test
  void whoHasNothingThatWillDoWaitsUntilAnOwnerHasReadWhatIsKept() throws Exception {
    var two = two("", counting("Cache-Control: max-age=0, must-revalidate", "ETag: \"e\""));
    two.owners().warm = new UnreadRows();
    await().until(() -> requestsAfterAnOwnersDeath(two) == 1);
  }

  /** By ten who have copies that hold no more; an owner that is late once is not waited for. */
  private static int requestsAfterAnOwnersDeath(TwoNodes two) throws Exception {
    var behaviour = counting("Cache-Control: max-age=0, must-revalidate", "ETag: \"e\"");
    two.service().does(behaviour);
    two.a().get("/s");
    two.b().get("/s");
    int before = two.service().requests().size();
    two.owners().die();
    var begin = new CountDownLatch(1);
    two.service()
        .does(
            (request, it) -> {
              begin.await();
              behaviour.answer(request, it);
            });
    var waiting = new ArrayList<CompletableFuture<RawClient.Response>>();
    for (int i = 0; i < 10; i++) {
      waiting.add(getting(i % 2 == 0 ? two.a() : two.b()));
    }
    untilInFlight(two, 10);
    begin.countDown();
    for (var one : waiting) {
      assertThat(one.get().status()).isEqualTo(200);
    }
    return two.service().requests().size() - before;
  }

  @Test
  void whoHasACopyThatWillDoDoesNotWaitUntilAnOwnerHasReadWhatIsKept() throws Exception {
    var two = two("", (request, it) -> it.text(200, "one", FRESH));
    two.a().get("/s");
    two.owners().warm = new UnreadRows();
    await()
        .until(
            () -> {
              two.owners().die(); // And with it its word for the copy.
              var answer = two.a().get("/s");
              assertThat(answer.content()).isEqualTo("one");
              return status(answer).contains("detail=owner-moving");
            });
  }

  @Test
  void aBackoffIsKeptByAllNodes() throws Exception {
    var two = two("", counting("Cache-Control: max-age=0"));
    two.a().get("/s");
    var up = new AtomicBoolean();
    two.service().does((request, it) -> it.text(up.get() ? 200 : 500, "v2", FRESH));
    for (int i = 0; i < 10; i++) {
      assertThat(two.a().get("/s").content()).isEqualTo("v1");
      assertThat(two.b().get("/s").content()).isEqualTo("v1");
    }
    assertThat(two.service().requests()).hasSizeLessThan(5);
    up.set(true);
    await().until(() -> two.a().get("/s").content().equals("v2"));
  }
}
