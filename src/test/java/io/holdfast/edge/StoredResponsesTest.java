package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers from stored responses, on real sockets: two nodes before one service. */
@Timeout(60)
class StoredResponsesTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static final String FRESH = "Cache-Control: max-age=60";

  /** Each answer has other content. */
  private static Origin.Behaviour counting(String... fields) {
    var count = new AtomicInteger();
    return (request, it) -> it.text(200, "v" + count.incrementAndGet(), fields);
  }

  private record Two(
      Origin service, LocalOwners owners, ForwardingFixture a, ForwardingFixture b) {}

  private static Two two(String route, Origin.Behaviour behaviour) {
    var service = services.origin(behaviour);
    var owners = services.owners();
    return new Two(
        service,
        owners,
        services.caching(owners, service, "retries-max = 0", route),
        services.caching(owners, service, "retries-max = 0", route));
  }

  private static String status(RawClient.Response response) {
    return response.field("Cache-Status").orElse("");
  }

  private static RawClient.Response send(ForwardingFixture node, String head) throws IOException {
    try (var client = node.connect()) {
      client.send(head + "\r\n");
      return client.read();
    }
  }

  private static RawClient.Response head(ForwardingFixture node) throws IOException {
    try (var client = node.connect()) {
      client.send("HEAD /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
      return client.readHeadOnly();
    }
  }

  // ---- fresh ----

  @Test
  void isFetchedOnceForAllNodes() throws Exception {
    var two = two("", counting(FRESH));
    var first = two.a().get("/s");
    assertThat(first.content()).isEqualTo("v1");
    assertThat(status(first)).startsWith("holdfast; fwd=uri-miss").contains("stored");
    var second = two.b().get("/s");
    assertThat(second.content()).isEqualTo("v1");
    assertThat(status(second)).startsWith("holdfast; hit; ttl=");
    assertThat(second.field("Age")).isPresent();
    assertThat(two.a().get("/s").content()).isEqualTo("v1");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void isAnsweredHereWhileTheOwnerVouches() throws Exception {
    var two = two("", counting(FRESH));
    two.a().get("/s");
    await().until(() -> isVouched(two));
    two.owners().silent = true;
    var hit = two.a().get("/s");
    assertThat(hit.content()).isEqualTo("v1");
    assertThat(status(hit)).startsWith("holdfast; hit").doesNotContain("detail");
  }

  private static boolean isVouched(Two two) throws Exception {
    two.a().get("/s");
    two.owners().silent = true;
    try {
      return !status(two.a().get("/s")).contains("owner-moving");
    } finally {
      two.owners().silent = false;
    }
  }

  @Test
  void hasOneKeyForHeadAndAnswersRanges() throws Exception {
    var two = two("", (request, it) -> it.text(200, "0123456789", FRESH, "ETag: \"e\""));
    two.a().get("/s");
    var head = head(two.b());
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.field("Content-Length")).contains("10");
    assertThat(status(head)).contains("hit");
    var part = two.b().get("/s", "Range: bytes=2-4");
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.content()).isEqualTo("234");
    assertThat(part.field("Content-Range")).contains("bytes 2-4/10");
    var known = two.b().get("/s", "If-None-Match: \"e\"");
    assertThat(known.status()).isEqualTo(304);
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void conditionsOfTheFirstClientAreJudgedHere() throws Exception {
    var two = two("", (request, it) -> it.text(200, "0123456789", FRESH, "ETag: \"e\""));
    assertThat(two.a().get("/s", "If-None-Match: \"e\"").status()).isEqualTo(304);
    assertThat(two.b().get("/s").content()).isEqualTo("0123456789");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void variantsAreKeptApart() throws Exception {
    var two =
        two(
            "",
            (request, it) ->
                it.text(
                    200,
                    request.field("Accept-Language").orElse("none"),
                    FRESH,
                    "Vary: Accept-Language"));
    assertThat(two.a().get("/s", "Accept-Language: de").content()).isEqualTo("de");
    assertThat(two.b().get("/s", "Accept-Language: fr").content()).isEqualTo("fr");
    assertThat(two.b().get("/s", "Accept-Language: de").content()).isEqualTo("de");
    assertThat(two.a().get("/s", "Accept-Language: fr").content()).isEqualTo("fr");
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void queriesAreKeyedByTheirContent() throws Exception {
    var two = two("", (request, it) -> it.text(200, "to " + request.content(), FRESH));
    for (var node : java.util.List.of(two.a(), two.b())) {
      for (var query : java.util.List.of("one", "two")) {
        var answer =
            send(
                node,
                "QUERY /s HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n"
                    + "Content-Length: 3\r\n\r\n"
                    + query);
        assertThat(answer.content()).isEqualTo("to " + query);
      }
    }
    assertThat(two.service().requests()).hasSize(2);
  }

  // ---- not stored ----

  @Test
  void saysWhyItIsNotStored() throws Exception {
    var two = two("", counting("Cache-Control: no-store"));
    assertThat(status(two.a().get("/s"))).contains("detail=no-store").doesNotContain("; stored");
    assertThat(two.b().get("/s").content()).isEqualTo("v2");
  }

  @Test
  void whatIsOneClientsIsNoOthers() throws Exception {
    var two =
        two(
            "",
            (request, it) -> it.text(200, request.field("Authorization").orElse("nobody"), FRESH));
    assertThat(two.a().get("/s", "Authorization: A").content()).isEqualTo("A");
    assertThat(two.a().get("/s", "Authorization: B").content()).isEqualTo("B");
    assertThat(two.b().get("/s").content()).isEqualTo("nobody");
  }

  @Test
  void whatIsTooLongStreamsThrough() throws Exception {
    var content = "x".repeat(3 << 20);
    var two = two("", (request, it) -> it.text(200, content, FRESH));
    assertThat(two.a().get("/s").content()).isEqualTo(content);
    var unknown =
        two(
            "",
            (request, it) -> {
              it.send("HTTP/1.1 200 OK\r\n" + FRESH + "\r\nTransfer-Encoding: chunked\r\n\r\n");
              for (int i = 0; i < 300; i++) {
                it.send("2800\r\n" + "y".repeat(0x2800) + "\r\n");
              }
              it.send("0\r\n\r\n");
            });
    assertThat(unknown.a().get("/s").content()).hasSize(300 * 0x2800);
    assertThat(unknown.a().get("/s").content()).hasSize(300 * 0x2800);
    assertThat(unknown.service().requests()).hasSize(2);
  }

  @Test
  void nothingElseWillDoForOnlyIfCached() throws Exception {
    var two = two("", counting(FRESH));
    var none = two.a().get("/s", "Cache-Control: only-if-cached");
    assertThat(none.status()).isEqualTo(504);
    assertThat(two.service().requests()).isEmpty();
  }

  // ---- single flight ----

  @Test
  void manyWhoAskAtOnceGetOneAnswer() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              asked.countDown();
              answer.await();
              it.text(200, "one", FRESH);
            });
    var clients = new ArrayList<CompletableFuture<RawClient.Response>>();
    for (int i = 0; i < 40; i++) {
      var node = i % 2 == 0 ? two.a() : two.b();
      clients.add(CompletableFuture.supplyAsync(() -> getUnchecked(node)));
    }
    asked.await();
    answer.countDown();
    int collapsed = 0;
    for (var client : clients) {
      assertThat(client.get().content()).isEqualTo("one");
      collapsed += status(client.get()).contains("collapsed") ? 1 : 0;
    }
    assertThat(collapsed).isPositive();
    assertThat(two.service().requests()).hasSize(1);
  }

  private static RawClient.Response getUnchecked(ForwardingFixture node) {
    try {
      return node.get("/s");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whoHasWaitedForAnothersAnswerGetsHisOwn() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    var count = new AtomicInteger();
    var two =
        two(
            "",
            (request, it) -> {
              asked.countDown();
              answer.await();
              it.text(200, "v" + count.incrementAndGet(), "Cache-Control: private");
            });
    var first = CompletableFuture.supplyAsync(() -> getUnchecked(two.a()));
    asked.await();
    var second = CompletableFuture.supplyAsync(() -> getUnchecked(two.b()));
    answer.countDown();
    assertThat(first.get().content()).isNotEqualTo(second.get().content());
  }

  @Test
  void goesOnForOthersWhenItsClientLeaves() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              asked.countDown();
              answer.await();
              it.text(200, "one", FRESH);
            });
    var leaving = two.a().connect();
    leaving.send("GET /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
    asked.await();
    var waiting = CompletableFuture.supplyAsync(() -> getUnchecked(two.b()));
    leaving.reset();
    answer.countDown();
    assertThat(waiting.get().content()).isEqualTo("one");
    assertThat(two.service().requests()).hasSize(1);
  }

  // ---- stale ----

  @Test
  void isValidatedAndGivenAnew() throws Exception {
    var two =
        two(
            "",
            (request, it) -> {
              if (request.field("If-None-Match").isPresent()) {
                it.send("HTTP/1.1 304 Same\r\nETag: \"e\"\r\n" + FRESH + "\r\n\r\n");
              } else {
                it.text(200, "whole", "Cache-Control: max-age=0", "ETag: \"e\"");
              }
            });
    two.a().get("/s");
    var validated = two.b().get("/s");
    assertThat(validated.content()).isEqualTo("whole");
    assertThat(status(validated)).contains("fwd=stale").contains("fwd-status=304");
    assertThat(status(two.a().get("/s"))).contains("hit");
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void isGivenStaleWhenTheServiceFailsAndNotAskedForAgainAtOnce() throws Exception {
    var two = two("", counting("Cache-Control: max-age=0"));
    two.a().get("/s");
    two.service().does((request, it) -> it.text(503, "down"));
    var stale = two.b().get("/s");
    assertThat(stale.status()).isEqualTo(200);
    assertThat(stale.content()).isEqualTo("v1");
    assertThat(status(stale)).contains("fwd=stale").contains("fwd-status=503");
    assertThat(status(two.a().get("/s"))).contains("hit").contains("detail=rearmed");
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void aFailureIsStoredForAsLongAsTheServiceSays() throws Exception {
    var two = two("", (request, it) -> it.text(503, "closed", FRESH));
    assertThat(two.a().get("/s").status()).isEqualTo(503);
    var again = two.b().get("/s");
    assertThat(again.content()).isEqualTo("closed");
    assertThat(status(again)).contains("hit");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void isNotGivenStaleWhereThatIsForbidden() throws Exception {
    var two = two("", counting("Cache-Control: max-age=0, must-revalidate"));
    two.a().get("/s");
    two.service().does((request, it) -> it.text(503, "down"));
    assertThat(two.b().get("/s").status()).isEqualTo(503);
  }

  @Test
  void isGivenStaleWhileItIsRefreshed() throws Exception {
    var two = two("", counting("Cache-Control: max-age=0, stale-while-revalidate=60"));
    two.a().get("/s");
    var stale = two.b().get("/s");
    assertThat(stale.content()).isEqualTo("v1");
    assertThat(status(stale)).contains("hit");
    await().until(() -> two.service().requests().size() >= 2);
    await().until(() -> !two.a().get("/s").content().equals("v1"));
  }

  // ---- changes ----

  @Test
  void aChangeIsSeenOnAllNodesOnceItIsAnswered() throws Exception {
    var version = new AtomicInteger();
    var two =
        two(
            "",
            (request, it) -> {
              if (request.line().startsWith("GET")) {
                it.text(200, "v" + version.get(), FRESH);
              } else {
                version.incrementAndGet();
                it.text(200, "done");
              }
            });
    for (int i = 0; i < 20; i++) {
      var expected = "v" + i;
      assertThat(two.a().get("/s").content()).isEqualTo(expected);
      assertThat(two.b().get("/s").content()).isEqualTo(expected);
      var done = send(two.a(), "POST /s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\n");
      assertThat(done.content()).isEqualTo("done");
    }
  }

  @Test
  void aChangeUnderAKeyIsSeenToo() throws Exception {
    var version = new AtomicInteger();
    var two =
        two(
            "",
            (request, it) -> {
              if (request.line().startsWith("GET")) {
                it.text(200, "v" + version.get(), FRESH);
              } else {
                version.incrementAndGet();
                it.text(200, "done");
              }
            });
    for (int i = 0; i < 5; i++) {
      assertThat(two.a().get("/s").content()).isEqualTo("v" + i);
      assertThat(two.b().get("/s").content()).isEqualTo("v" + i);
      var key = "Idempotency-Key: k" + i;
      var post = "POST /s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\n" + key + "\r\n";
      assertThat(send(two.a(), post).content()).isEqualTo("done");
    }
  }

  @Test
  void aFetchThatBeganBeforeAChangeIsNotStored() throws Exception {
    var asked = new CountDownLatch(1);
    var answer = new CountDownLatch(1);
    var changed = new java.util.concurrent.atomic.AtomicBoolean();
    var two =
        two(
            "",
            (request, it) -> {
              if (request.line().startsWith("POST")) {
                changed.set(true);
                it.text(200, "done");
              } else if (changed.get()) {
                it.text(200, "new", FRESH);
              } else {
                asked.countDown();
                answer.await();
                it.text(200, "old", FRESH);
              }
            });
    var early = CompletableFuture.supplyAsync(() -> getUnchecked(two.a()));
    asked.await();
    send(two.b(), "POST /s HTTP/1.1\r\nHost: api.example\r\nContent-Length: 0\r\n");
    assertThat(two.b().get("/s").content()).isEqualTo("new");
    answer.countDown();
    early.get();
    assertThat(two.a().get("/s").content()).isEqualTo("new");
    assertThat(two.b().get("/s").content()).isEqualTo("new");
  }

  // ---- owners that do not answer ----

  @Test
  void aCopyIsGivenMarkedWhenTheOwnerIsSilent() throws Exception {
    var two = two("", counting(FRESH));
    two.a().get("/s");
    two.b().get("/s");
    two.owners().silent = true;
    await().until(() -> status(two.b().get("/s")).contains("detail=owner-moving"));
    assertThat(two.b().get("/s").content()).isEqualTo("v1");
    assertThat(two.service().requests()).hasSize(1);
  }

  @Test
  void theServiceIsAskedWhenTheOwnerIsSilentAndNothingIsHere() throws Exception {
    var two = two("", counting(FRESH));
    two.owners().silent = true;
    var answer = two.a().get("/s");
    assertThat(answer.content()).isEqualTo("v1");
    assertThat(status(answer)).contains("detail=owner-moving");
  }

  @Test
  void aNewOwnerValidatesWhatItsNodesHave() throws Exception {
    var two =
        two(
            "",
            (request, it) -> {
              if (request.field("If-None-Match").isPresent()) {
                it.send("HTTP/1.1 304 Same\r\nETag: \"e\"\r\n" + FRESH + "\r\n\r\n");
              } else {
                it.text(200, "whole", FRESH, "ETag: \"e\"");
              }
            });
    two.a().get("/s");
    await().until(() -> two.a().copies.size() == 1);
    two.owners().die();
    await()
        .until(
            () ->
                two.a().get("/s").content().equals("whole")
                    && two.service().requests().size() == 2);
    assertThat(two.service().requests().get(1).field("If-None-Match")).contains("\"e\"");
    assertThat(status(two.b().get("/s"))).contains("hit");
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void problemsOfTheServiceAreSharedByThoseWhoWait() throws Exception {
    var two = two("", (request, it) -> it.reset());
    var answer = two.a().get("/s");
    assertThat(answer.status()).isEqualTo(502);
    assertThat(problem(answer)).isEqualTo("upstream-failed");
    assertThat(status(answer)).contains("fwd=uri-miss");
  }
}
