package io.holdfast.edge;

import static io.holdfast.edge.ServiceKit.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.RawClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Breakers, room and shedding before a service, on real sockets. */
@Timeout(60)
class ServiceLimitsTest {
  @RegisterExtension static final ServiceKit services = new ServiceKit();

  @Test
  void whenAllAnswersAreErrorsTheBreakerOpensAndClosesAgain() throws Exception {
    var sick = new AtomicBoolean(true);
    var origin =
        services.origin(
            (request, it) -> it.text(sick.get() ? 500 : 200, sick.get() ? "sick" : "well"));
    var fixture = services.to("breaker { open = 200ms, open-max = 400ms }", origin);
    for (int i = 0; i < 20; i++) {
      assertThat(fixture.get("/s").content()).isEqualTo("sick");
    }
    var refused = fixture.get("/s");
    assertThat(refused.status()).isEqualTo(503);
    assertThat(problem(refused)).isEqualTo("breaker-open");
    assertThat(refused.field("Retry-After")).isPresent();
    assertThat(refused.field("Proxy-Status").orElseThrow()).contains("failure-rate");
    int before = origin.requests().size();
    assertThat(before).isEqualTo(20);
    sick.set(false);
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              for (int i = 0; i < 10; i++) {
                assertThat(fixture.get("/s").content()).isEqualTo("well");
              }
            });
  }

  @Test
  void callsThatHangOpenTheBreakerWhileTheyHang() throws Exception {
    var origin = services.origin((request, it) -> it.hang());
    var fixture =
        services.to(
            "breaker { slow-call = 200ms }, first-byte-timeout = 30s, attempt-timeout = 30s",
            origin);
    var hanging = new ArrayList<RawClient>();
    for (int i = 0; i < 20; i++) {
      var client = fixture.connect();
      hanging.add(client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n"));
      services.close(client);
    }
    await()
        .atMost(Duration.ofSeconds(5))
        .until(() -> fixture.upstreams.views().get(0).breaker().equals("open"));
    var refused = fixture.get("/s");
    assertThat(problem(refused)).isEqualTo("breaker-open");
    assertThat(refused.field("Proxy-Status").orElseThrow()).contains("slow-rate");
    assertThat(origin.requests()).hasSize(20);
  }

  /** From a few milliseconds to a second: it is just slow, and the limit falls. */
  @Test
  void theLimitFallsWhenTheServiceBecomesSlow() throws Exception {
    var pause = new AtomicInteger();
    var origin =
        services.origin(
            (request, it) -> {
              LockSupport.parkNanos(pause.get() * 1_000_000L);
              it.text(200, "");
            });
    var fixture =
        services.to(
            "breaker { slow-call = 5s }, first-byte-timeout = 30s, concurrency { min = 2 }",
            origin);
    for (int i = 0; i < 300; i++) {
      fixture.get("/s");
    }
    int before = fixture.upstreams.views().get(0).limit();
    pause.set(300);
    var clients = new ArrayList<RawClient>();
    for (int i = 0; i < 30; i++) {
      var client = fixture.connect();
      services.close(client);
      clients.add(client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for (var client : clients) {
      client.read();
    }
    assertThat(fixture.upstreams.views().get(0).limit()).isLessThan(before);
  }

  @Test
  void whatHasNoRoomIsShedAtOnceAndTheImportantWaitFirst() throws Exception {
    var release = new CountDownLatch(1);
    var origin =
        services.origin(
            (request, it) -> {
              release.await();
              it.text(200, request.line());
            });
    var fixture =
        services.to(
            "concurrency { mode = fixed, max = 1, queue-max = 1, queue-timeout = 10s }", origin);
    try (var first = fixture.connect();
        var waiting = fixture.connect();
        var shed = fixture.connect()) {
      first.send("GET /s/1 HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> origin.requests().size() == 1);
      waiting.send("GET /s/2 HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> fixture.upstreams.views().get(0).waiting() == 1);
      shed.send("GET /s/3 HTTP/1.1\r\nHost: a\r\nPriority: u=7\r\n\r\n");
      var answer = shed.read();
      assertThat(answer.status()).isEqualTo(503);
      assertThat(problem(answer)).isEqualTo("shed");
      release.countDown();
      assertThat(first.read().status()).isEqualTo(200);
      assertThat(waiting.read().content()).isEqualTo("GET /s/2 HTTP/1.1");
    }
  }

  /**
   * For each request that the service completes, three come. It completes them when the test says
   * so: how fast the machine is does not matter.
   */
  @Test
  void atThreeTimesTheCapacityTheCriticalAreServedAndTheOthersShed() throws Exception {
    var turns = new Semaphore(0);
    var origin =
        services.origin(
            (request, it) -> {
              turns.acquire();
              it.text(200, "");
            });
    var crowd = new Crowd(services.start(FOUR_AT_ONCE.formatted(origin.url())));
    for (int i = 0; i < 600; i++) {
      crowd.comes(i % 2 == 0 ? "/c" : "/l");
      crowd.comes("/l");
      crowd.comes("/l");
      if (i > 0) { // as long as nothing is in flight nothing can be completed
        turns.release();
        crowd.awaitServed(i);
      }
    }
    turns.release(1800);
    assertThat(crowd.served("/c")).isGreaterThanOrEqualTo(0.99);
    assertThat(crowd.served("/l")).isLessThan(0.7);
  }

  private static final String FOUR_AT_ONCE =
      """
      upstreams.s {
        instances = ["%s"], first-byte-timeout = 30s, attempt-timeout = 30s
        concurrency { mode = fixed, max = 4, queue-max = 20, queue-timeout = 30s }
      }
      routes.c { path = "/c", upstream = s, priority = critical, deadline = 60s }
      routes.l { path = "/l", upstream = s, priority = sheddable, deadline = 60s }
      """;

  /** Clients whose requests come one after the other: each is in its place before the next. */
  private static final class Crowd {
    private final HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ForwardingFixture fixture;
    private final Map<String, List<CompletableFuture<Integer>>> answers = new HashMap<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private int sent;

    Crowd(ForwardingFixture fixture) {
      this.fixture = fixture;
    }

    void comes(String path) {
      var url = "http://127.0.0.1:" + fixture.server.address().getPort() + path;
      var answer =
          client
              .sendAsync(
                  HttpRequest.newBuilder(URI.create(url)).build(),
                  HttpResponse.BodyHandlers.discarding())
              .thenApply(it -> counted(it.statusCode()));
      answers.computeIfAbsent(path, it -> new ArrayList<>()).add(answer);
      sent++;
      soon(() -> settled() == sent);
    }

    private int counted(int status) {
      served.addAndGet(status == 200 ? 1 : 0);
      answered.incrementAndGet();
      return status;
    }

    /** How many are in flight, wait, or have their answer. */
    private int settled() {
      var view = fixture.upstreams.views().get(0);
      return view.inFlight() + view.waiting() + answered.get();
    }

    void awaitServed(int count) {
      soon(() -> served.get() == count);
    }

    /** Thousands of times: by a thread that looks itself, and not by one made for each. */
    private static void soon(BooleanSupplier condition) {
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (!condition.getAsBoolean()) {
        assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        LockSupport.parkNanos(50_000);
      }
    }

    double served(String path) {
      var all = answers.get(path);
      long good = all.stream().filter(answer -> answer.join() == 200).count();
      return (double) good / all.size();
    }
  }

  @Test
  void aClientThatGoesAwayIsGoneForTheServiceToo() throws Exception {
    var gone = new CountDownLatch(1);
    var origin =
        services.origin(
            (request, it) -> {
              it.hang();
              gone.countDown();
            });
    var fixture = services.to("first-byte-timeout = 30s, attempt-timeout = 30s", origin);
    var client = fixture.connect();
    client.send("GET /s HTTP/1.1\r\nHost: a\r\n\r\n");
    await().until(() -> origin.requests().size() == 1);
    client.close();
    assertThat(gone.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    await().until(() -> fixture.upstreams.views().get(0).inFlight() == 0);
    assertThat(
            fixture
                .meters
                .get("http.server.request.duration")
                .tag("http.response.status_code", "499")
                .timers())
        .as("it has its line in the log")
        .hasSize(1);
  }
}
