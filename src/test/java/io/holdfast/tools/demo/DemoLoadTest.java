package io.holdfast.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With one node that keeps what is written, or does not, and one that is not there. */
@Timeout(60)
class DemoLoadTest {
  private final Map<String, String> kept = new ConcurrentHashMap<>();
  private final DemoLoad.Counts counts = new DemoLoad.Counts();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer node;
  private final AtomicInteger received = new AtomicInteger();
  private volatile int status;

  @BeforeEach
  void start() throws IOException {
    node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    node.setExecutor(threads);
    node.createContext("/", this::answer);
    node.start();
  }

  @AfterEach
  void stop() {
    node.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    received.incrementAndGet();
    var content = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var path = exchange.getRequestURI().getPath();
    if (exchange.getRequestMethod().equals("PUT") && status == 0) {
      kept.put(path, content);
    }
    var answer = kept.getOrDefault(path, "").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Cache-Status", "holdfast; hit; detail=stale");
    exchange.sendResponseHeaders(
        status == 0 ? 200 : status, answer.length == 0 ? -1 : answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private URI here() {
    return URI.create("http://127.0.0.1:" + node.getAddress().getPort());
  }

  /** Nobody listens on a port that was given back. */
  private static URI nowhere() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    int port = server.getAddress().getPort();
    server.stop(0);
    return URI.create("http://127.0.0.1:" + port);
  }

  private DemoLoad started(URI... nodes) {
    var load = new DemoLoad(List.of(nodes));
    load.count(counts);
    load.start(500);
    return load;
  }

  @Test
  void nothingIsLostWhereAllIsKeptAndWhatIsMissingIsFound() throws Exception {
    var load = started(here());
    await().until(() -> load.written() > 20);
    load.close();
    assertThat(load.lost()).isEmpty();
    assertThat(counts.failed).hasValue(0);
    assertThat(counts.marked.get()).isPositive();
    var path = kept.keySet().iterator().next();
    kept.put(path, "0");
    assertThat(load.lost()).singleElement().asString().startsWith(path.substring(6) + ": ");
  }

  @Test
  void aRequestWhoseNodeIsGoneGoesToAnother() throws Exception {
    var load = started(nowhere(), here());
    await().until(() -> load.written() > 20 && counts.again.get() > 200);
    load.rest();
    load.close();
    assertThat(counts.failed).hasValue(0);
    // Half of them came to the one that is gone, and none of these twice.
    assertThat(counts.again.get())
        .isBetween(counts.answered.get() * 4 / 10, counts.answered.get() * 6 / 10);
  }

  /** So that all nodes may end without a request that nobody can answer any more. */
  @Test
  void atRestNothingIsUnderWay() throws Exception {
    try (var load = started(here())) {
      await().until(() -> counts.answered.get() > 20);
      load.rest();
      int asked = received.get();
      assertThat(counts.answered).hasValue(asked);
      load.goOn();
      await().until(() -> received.get() > asked + 20);
    }
  }

  @Test
  void whatNobodyTakesHasFailed() throws Exception {
    try (var load = started(nowhere())) {
      await().until(() -> counts.failed.get() > 3);
      assertThat(load.written()).isZero();
    }
  }

  @Test
  void whatIsRefusedIsNoAcknowledgement() throws Exception {
    status = 503;
    var load = started(here());
    await().until(() -> counts.refused.get() > 20);
    load.close();
    assertThat(load.written()).isZero();
    assertThat(counts.answered).hasValue(0);
  }
}
