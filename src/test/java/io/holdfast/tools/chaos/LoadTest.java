package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static final int RATE = 500;

  private final RunClock clock = new RunClock();
  private final Workload workload = new Workload(1, 10, 5);
  private final Queue<Operation> history = new ConcurrentLinkedQueue<>();
  private final AtomicInteger arrived = new AtomicInteger();
  private final CountDownLatch open = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/docs/",
        exchange -> {
          arrived.incrementAndGet();
          try {
            open.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.getResponseHeaders().add("ETag", "\"3\"");
          exchange.getResponseHeaders().add("Cache-Status", "holdfast; hit; detail=owner-moving");
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stopServer() {
    open.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void countsLatencyFromWhenARequestWasDue() throws Exception {
    long released;
    try (var load = new Load(sender(server.getAddress().getPort()), workload, clock, history)) {
      load.start(RATE, () -> Optional.of(workload.next(Phase.MEASURED, List.of(1))));
      long until = clock.now() + RunClock.nanos(0.3);
      await().until(() -> clock.now() > until && arrived.get() > RATE / 10);
      released = clock.now();
      open.countDown();
    }

    assertThat(history).hasSizeGreaterThan(RATE / 10);
    var first = history.stream().mapToLong(it -> it.timing().intended()).min().orElseThrow();
    var longest = history.stream().mapToLong(it -> it.timing().latency()).max().orElseThrow();
    assertThat(longest).isGreaterThanOrEqualTo(released - first);
  }

  @Test
  void readsVersionAndMarkFromAnswers() throws Exception {
    open.countDown();
    try (var load = new Load(sender(server.getAddress().getPort()), workload, clock, history)) {
      load.start(RATE, () -> Optional.of(workload.next(Phase.WARM_UP, List.of(1))));
      await().until(() -> history.size() > 20);
    }

    assertThat(history)
        .allSatisfy(
            it -> {
              assertThat(it.request().phase()).isEqualTo(Phase.WARM_UP);
              assertThat(it.isMarked()).isTrue();
              assertThat(it.status()).isEqualTo(204);
            });
    assertThat(history.stream().filter(it -> it.request().ifMatch().isPresent()))
        .allSatisfy(it -> assertThat(it.request().ifMatch()).hasValue(3));
  }

  @Test
  void sendsNothingButReadsToANodeThatWasPaused() throws Exception {
    open.countDown();
    try (var load = new Load(sender(server.getAddress().getPort()), workload, clock, history)) {
      load.start(RATE, () -> Optional.of(workload.nextRead(Phase.WOKEN, List.of(1))));
      await().until(() -> history.size() > 20);
    }

    assertThat(history).allMatch(it -> it.request().kind() == Kind.GET);
  }

  @Test
  void leavesOutWhatNobodyIsToBeAsked() throws Exception {
    open.countDown();
    var asked = new AtomicInteger();
    try (var load = new Load(sender(server.getAddress().getPort()), workload, clock, history)) {
      load.start(
          RATE,
          () ->
              asked.incrementAndGet() % 2 == 0
                  ? Optional.empty()
                  : Optional.of(workload.nextRead(Phase.WOKEN, List.of(1))));
      await().until(() -> history.size() > 20);
    }

    assertThat(history.size()).isEqualTo((asked.get() + 1) / 2);
  }

  @Test
  void fillsEachDocumentAndReadsItAtEachNode() {
    open.countDown();
    var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    var sender = new Sender(clock, Map.of(1, uri, 2, uri));

    var written = sender.sendAll(workload.fill(List.of(1, 2)));
    var read = sender.sendAll(workload.lookAround(List.of(1, 2)));

    assertThat(written).hasSize(10).allMatch(it -> it.request().kind() == Kind.PUT);
    assertThat(written).extracting(it -> it.request().value()).doesNotHaveDuplicates();
    assertThat(read)
        .hasSize(20)
        .allMatch(it -> it.request().kind() == Kind.GET)
        .extracting(it -> it.request().key() + it.request().node())
        .doesNotHaveDuplicates();
  }

  @Test
  void tellsAtEachOfManyRequestsHowManyWereSent() {
    open.countDown();
    var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    var told = new ArrayList<String>();
    var sender = new Sender(clock, Map.of(1, uri), (done, all) -> told.add(done + " of " + all));

    sender.sendAll(workload.fill(List.of(1)));

    assertThat(told).hasSize(10).startsWith("1 of 10", "2 of 10").endsWith("10 of 10");
  }

  @Test
  void keepsALostConnectionAsAnUnknownOutcome() throws Exception {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    try (var load = new Load(sender(closed), workload, clock, history)) {
      load.start(RATE, () -> Optional.of(workload.next(Phase.MEASURED, List.of(1))));
      await().until(() -> history.size() > 20);
    }

    assertThat(history).allMatch(Operation::isOutcomeUnknown).allMatch(Operation::isFailed);
  }

  @Test
  void repeatsUnknownWritesWithTheirKeyAndReadsEachDocumentAtEachNode() {
    open.countDown();
    var port = server.getAddress().getPort();
    var uri = URI.create("http://127.0.0.1:" + port);
    var aftermath = new Aftermath(new Sender(clock, Map.of(1, uri, 2, uri)), List.of(1, 2));
    var lost = new HistoryOf().put(0, 1, "\"a\"", HistoryOf.unknown()).operations();

    assertThat(aftermath.repeatUnknown(lost))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.request().requestKey()).isEqualTo(lost.get(0).request().requestKey());
              assertThat(it.request().phase()).isEqualTo(Phase.REPEATED);
            });
    assertThat(aftermath.readAll(lost))
        .extracting(it -> it.request().kind(), it -> it.request().node())
        .containsExactly(tuple(Kind.GET, 1), tuple(Kind.GET, 2));
  }

  private Sender sender(int port) {
    return new Sender(clock, Map.of(1, URI.create("http://127.0.0.1:" + port)));
  }
}
