package io.holdfast.edge;

import static io.holdfast.edge.TwoNodes.FRESH;
import static io.holdfast.edge.TwoNodes.counting;
import static io.holdfast.edge.TwoNodes.getting;
import static io.holdfast.edge.TwoNodes.head;
import static io.holdfast.edge.TwoNodes.query;
import static io.holdfast.edge.TwoNodes.send;
import static io.holdfast.edge.TwoNodes.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.Origin;
import io.holdfast.testing.RawClient;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients and services that are odd, slow or hostile, before and behind what is stored. */
@Timeout(60)
class StoredInputsTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  private static TwoNodes two(String route, Origin.Behaviour behaviour) {
    return TwoNodes.of(services, route, behaviour);
  }

  // ---- HEAD and conditions ----

  @Test
  void aHeadThatComesFirstStoresNothing() throws Exception {
    var two = two("", (request, it) -> answerHeadOr(request, it));
    assertThat(head(two.a()).field("Content-Length")).contains("5");
    assertThat(two.a().get("/s").content()).isEqualTo("whole");
    assertThat(status(head(two.b()))).contains("hit");
    assertThat(two.service().requests()).hasSize(2);
  }

  private static void answerHeadOr(Origin.Request request, Origin.Exchange it) throws Exception {
    if (request.line().startsWith("HEAD")) {
      it.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + FRESH + "\r\n\r\n");
    } else {
      it.text(200, "whole", FRESH);
    }
  }

  @Test
  void headsAreAskedForAtTheSameTime() throws Exception {
    var all = new CountDownLatch(5);
    var two =
        two(
            "",
            (request, it) -> {
              all.countDown();
              all.await(20, TimeUnit.SECONDS);
              answerHeadOr(request, it);
            });
    var heads = new ArrayList<CompletableFuture<RawClient.Response>>();
    for (int i = 0; i < 5; i++) {
      heads.add(getting(() -> head(two.a())));
    }
    for (var one : heads) {
      assertThat(one.get(5, TimeUnit.SECONDS).status()).isEqualTo(200);
    }
  }

  @Test
  void weakTagsConfirmButJoinNoParts() throws Exception {
    var two =
        two(
            "",
            (request, it) -> {
              if (request.field("If-None-Match").filter("W/\"e\""::equals).isPresent()) {
                it.send("HTTP/1.1 304 Same\r\nETag: W/\"e\"\r\n" + FRESH + "\r\n\r\n");
              } else {
                it.text(200, "0123456789", "Cache-Control: max-age=0", "ETag: W/\"e\"");
              }
            });
    two.a().get("/s");
    assertThat(status(two.b().get("/s"))).contains("fwd-status=304");
    assertThat(two.a().get("/s", "If-None-Match: W/\"e\"").status()).isEqualTo(304);
    assertThat(two.a().get("/s", "If-None-Match: \"e\"").status()).isEqualTo(304);
    assertThat(two.b().get("/s", "If-None-Match: \"f\"").content()).isEqualTo("0123456789");
    var whole = two.b().get("/s", "Range: bytes=1-2", "If-Range: W/\"e\"");
    assertThat(whole.status()).isEqualTo(200);
    assertThat(whole.content()).isEqualTo("0123456789");
    assertThat(two.service().requests()).hasSize(2);
  }

  // ---- connections ----

  @Test
  void aClientThatReadsSlowlyHoldsNobodyUp() throws Exception {
    var content = "x".repeat(900 * 1024);
    var begin = new CountDownLatch(1);
    var two =
        two(
            "",
            (request, it) -> {
              begin.await();
              it.text(200, content, FRESH);
            });
    try (var slow = RawClient.connectWithSmallBuffer(two.a().server.address())) {
      slow.send("GET /s HTTP/1.1\r\nHost: api.example\r\n\r\n");
      await().until(() -> two.service().requests().size() == 1);
      var waiting = getting(two.b());
      begin.countDown();
      assertThat(waiting.get(5, TimeUnit.SECONDS).content()).isEqualTo(content);
      assertThat(two.a().get("/s").content()).isEqualTo(content);
      assertThat(two.service().requests()).hasSize(1);
      assertThat(slow.read().content()).isEqualTo(content);
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    var two = two("", (request, it) -> it.text(200, request.line().substring(4, 8), FRESH));
    try (var client = two.a().connect()) {
      for (int round = 0; round < 3; round++) {
        client.send(
            "GET /s/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /s/2 HTTP/1.1\r\nHost: h\r\n\r\n"
                + "GET /s/1 HTTP/1.1\r\nHost: h\r\nRange: bytes=3-3\r\n\r\n");
        assertThat(client.read().content()).isEqualTo("/s/1");
        assertThat(client.read().content()).isEqualTo("/s/2");
        assertThat(client.read().content()).isEqualTo("1");
      }
    }
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void aClientOfHttp10GetsNoChunks() throws Exception {
    var two =
        two(
            "",
            (request, it) ->
                it.send(
                    "HTTP/1.1 200 OK\r\n"
                        + FRESH
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n"));
    var passed = send(two.a(), "GET /s HTTP/1.0\r\nHost: api.example\r\n");
    assertThat(passed.content()).isEqualTo("one");
    assertThat(passed.field("Transfer-Encoding")).isEmpty();
    var hit = send(two.b(), "GET /s HTTP/1.0\r\nHost: api.example\r\n");
    assertThat(hit.content()).isEqualTo("one");
    assertThat(hit.field("Content-Length")).contains("3");
    assertThat(hit.closes()).isTrue();
    assertThat(two.service().requests()).hasSize(1);
  }

  // ---- what is not for all ----

  @Test
  void whatVariesOnEverythingIsNotStored() throws Exception {
    var two = two("", counting(FRESH, "Vary: *"));
    assertThat(status(two.a().get("/s"))).contains("detail=vary");
    assertThat(two.b().get("/s").content()).isEqualTo("v2");
  }

  @Test
  void whatSetsACookieIsStoredOnlyWhereItIsForAll() throws Exception {
    var two = two("", counting("Set-Cookie: a=b", "Last-Modified: Thu, 01 Jan 2015 00:00:00 GMT"));
    assertThat(status(two.a().get("/s"))).contains("detail=set-cookie");
    assertThat(two.b().get("/s").content()).isEqualTo("v2");
    var forAll = two("", counting("Set-Cookie: a=b", FRESH));
    forAll.a().get("/s");
    var hit = forAll.b().get("/s");
    assertThat(hit.content()).isEqualTo("v1");
    assertThat(hit.field("Set-Cookie")).contains("a=b");
  }

  @Test
  void nothingIsStoredWhereTheRouteSaysSo() throws Exception {
    var two = two("cache.mode = off", counting(FRESH));
    assertThat(status(two.a().get("/s"))).isEmpty();
    assertThat(two.a().get("/s").content()).isEqualTo("v2");
    assertThat(two.owners().stored.shares()).isEmpty();
  }

  // ---- hosts ----

  private static final String[] POISON = {
    "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example", "X-Forwarded-Proto: https",
  };

  private static String hostsOf(Origin.Request request) {
    return request.field("X-Forwarded-Host").orElse("none")
        + ' '
        + request.field("Forwarded").orElse("none").contains("host=")
        + ' '
        + request.head().contains("evil");
  }

  @Test
  void hostsAreKeptApartAndNobodyNamesAnother() throws Exception {
    var two = two("", (request, it) -> it.text(200, hostsOf(request), FRESH));
    assertThat(two.a().get("/s", POISON).content()).isEqualTo("api.example true false");
    var other = send(two.b(), "GET /s HTTP/1.1\r\nHost: other.example\r\n");
    assertThat(other.content()).isEqualTo("other.example true false");
    assertThat(two.service().requests()).hasSize(2);
  }

  @Test
  void whereHostsShareTheServiceHearsOfNone() throws Exception {
    var two =
        two(
            "cache.host = ignored\npreserve-host = true",
            (request, it) -> it.text(200, request.field("Host").get() + hostsOf(request), FRESH));
    var first = send(two.a(), "GET /s HTTP/1.1\r\nHost: evil.example\r\n" + POISON[0] + "\r\n");
    assertThat(first.content()).isEqualTo(two.service().name() + "none false false");
    assertThat(two.b().get("/s").content()).isEqualTo(first.content());
    assertThat(two.service().requests()).hasSize(1);
  }

  // ---- bounds ----

  @Test
  void aQueryTooLongForTheKeyIsForwarded() throws Exception {
    var two = two("", (request, it) -> it.text(200, "" + request.content().length(), FRESH));
    var content = "q".repeat(QueryExchange.CONTENT_MAX + 1);
    for (int i = 0; i < 2; i++) {
      var answer = query(two.a(), content);
      assertThat(answer.content()).isEqualTo("" + content.length());
      assertThat(status(answer)).doesNotContain("hit");
    }
    var chunked =
        send(
            two.b(),
            "QUERY /s HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n"
                .formatted(content.length(), content));
    assertThat(chunked.content()).isEqualTo("" + content.length());
    assertThat(two.service().requests()).hasSize(3);
    assertThat(two.owners().stored.shares()).isEmpty();
  }

  @Test
  void variantsWithoutEndAreBounded() throws Exception {
    var two = two("", (request, it) -> it.text(200, "one", FRESH, "Vary: X"));
    try (var client = two.a().connect()) {
      for (int i = 0; i < 500; i++) {
        client.send("GET /s HTTP/1.1\r\nHost: h\r\nX: %d\r\n\r\n".formatted(i));
        assertThat(client.read().content()).isEqualTo("one");
      }
    }
    assertThat(two.owners().stored.shares().get("s").responses()).isLessThanOrEqualTo(8);
    assertThat(two.a().copies.size()).isEqualTo(1);
  }

  @Test
  void aMebibyteOfFieldsIsNoAnswer() throws Exception {
    var two =
        two(
            "",
            (request, it) -> {
              var lines = new StringBuilder("HTTP/1.1 200 OK\r\n" + FRESH + "\r\n");
              for (int i = 0; i < 1024; i++) {
                lines.append("X-").append(i).append(": ").append("y".repeat(1020)).append("\r\n");
              }
              it.send(lines + "Content-Length: 0\r\n\r\n");
            });
    assertThat(two.a().get("/s").status()).isEqualTo(502);
    two.service().does((request, it) -> it.text(200, "one", FRESH));
    assertThat(two.a().get("/s").content()).isEqualTo("one");
  }

  @Test
  void absurdAgesAndLifetimesHaveALimit() throws Exception {
    var two =
        two(
            "",
            (request, it) ->
                it.text(200, "one", "Cache-Control: max-age=99999999999999999999", "Age: -5"));
    two.a().get("/s");
    var hit = two.b().get("/s");
    assertThat(status(hit)).matches("holdfast; hit; ttl=214748364[0-9]");
    assertThat(Long.parseLong(hit.field("Age").orElseThrow())).isBetween(0L, 60L);
    var old = two("", counting("Cache-Control: max-age=60", "Age: 99999999999999999999"));
    old.a().get("/s");
    assertThat(old.b().get("/s").content()).isEqualTo("v2");
  }

  @Test
  void contradictionsAreReadStrictly() throws Exception {
    for (var control :
        new String[] {
          "max-age=60, no-store", "max-age=60, max-age=0", "max-age=-1", "max-age=6x"
        }) {
      var two = two("", counting("Cache-Control: " + control));
      two.a().get("/s");
      assertThat(two.b().get("/s").content()).as(control).isEqualTo("v2");
    }
  }
}
