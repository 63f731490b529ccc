package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Three real nodes under an open load, before services that are sick: slow, hanging, refusing, too
 * small. Requests go to all nodes in turn, at a fixed rate, whatever becomes of them.
 */
@Timeout(180)
@TestMethodOrder(MethodOrderer.Random.class)
class SickServicesTest {
  private static final List<Integer> ALL = List.of(1, 2, 3);

  /** What the small service does at once, each within 20 ms: 200 requests a second. */
  private static final int ROOM = 4;

  private static final List<Origin> origins = new ArrayList<>();
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    var properties = new ArrayList<String>();
    for (var service : List.of("hanging", "slow", "refusing", "small")) {
      var instances =
          IntStream.range(0, service.equals("small") ? 1 : 3)
              .mapToObj(it -> Origin.named(service))
              .toArray(Origin[]::new);
      origins.addAll(List.of(instances));
      properties.addAll(Services.properties(service, instances));
    }
    properties.add("holdfast.upstreams.slow.attempt-timeout=3s");
    properties.add("holdfast.routes.small.priority=critical");
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
  }

  @AfterAll
  static void stop() {
    nodes.close();
    origins.forEach(Origin::close);
  }

  @AfterEach
  void allAreWellAgain() {
    origins.forEach(it -> it.does((request, exchange) -> exchange.text(200, "well")));
  }

  private static Origin hanging(int number) {
    return origins.get(number);
  }

  private static List<Origin> slow() {
    return origins.subList(3, 6);
  }

  private static Origin refusing() {
    return origins.get(6);
  }

  private static Origin small() {
    return origins.get(9);
  }

  /** An answer, and how long it took from when its request was due. */
  private record Answered(int node, int status, String body, long nanos, String priority) {}

  /** A load that goes on while a test does other things. */
  private record Load(ConcurrentLinkedQueue<Answered> answers, List<CompletableFuture<?>> sent) {
    static Load run(int perSecond, Duration time, List<Integer> to, IntFunction<String> target) {
      return run(perSecond, time, to, target, i -> "u=3");
    }

    /**
     * @param urgency the {@code Priority} of each request
     */
    static Load run(
        int perSecond,
        Duration time,
        List<Integer> to,
        IntFunction<String> target,
        IntFunction<String> urgency) {
      var load = new Load(new ConcurrentLinkedQueue<>(), new ArrayList<>());
      long begin = System.nanoTime();
      long gap = TimeUnit.SECONDS.toNanos(1) / perSecond;
      for (int i = 0; i * gap < time.toNanos(); i++) {
        long due = begin + i * gap;
        while (System.nanoTime() - due < 0) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        int node = to.get(i % to.size());
        var priority = urgency.apply(i);
        load.sent.add(
            nodes
                .sendLater(node, "GET", target.apply(i), null, "Priority", priority)
                .thenAccept(answer -> load.take(node, answer, due, priority)));
      }
      return load;
    }

    private void take(int node, HttpResponse<String> answer, long due, String priority) {
      answers.add(
          new Answered(
              node, answer.statusCode(), answer.body(), System.nanoTime() - due, priority));
    }

    Load awaitAll() throws Exception {
      for (var one : sent) {
        one.get(20, TimeUnit.SECONDS);
      }
      return this;
    }

    long count(Predicate<Answered> which) {
      return answers.stream().filter(which).count();
    }

    double share(Predicate<Answered> which) {
      return (double) count(which) / answers.size();
    }

    long quantile(double share) {
      return answers.stream()
          .map(Answered::nanos)
          .sorted()
          .skip((long) (share * (answers.size() - 1)))
          .findFirst()
          .orElseThrow();
    }
  }

  private static JsonNode service(int node, String name) {
    return ShownService.of(nodes, node, name);
  }

  /** Of the whole cluster: one for each time that the breaker lets somebody try. */
  @Test
  void anInstanceThatHangsIsHardlyNoticedAndHardlyAsked() throws Exception {
    var healthy = Load.run(200, Duration.ofSeconds(2), ALL, i -> "/hanging").awaitAll();
    assertThat(healthy.count(it -> it.status() != 200)).isZero();
    assertThat(service(2, "hanging").get("instances"))
        .allSatisfy(
            it ->
                assertThat(it.get("latencyP99Millis").asDouble())
                    .isGreaterThanOrEqualTo(it.get("latencyP50Millis").asDouble())
                    .isPositive());
    hanging(0).does((request, exchange) -> exchange.hang());
    var first = Load.run(200, Duration.ofSeconds(1), ALL, i -> "/hanging");
    var rest = Load.run(200, Duration.ofSeconds(6), ALL, i -> "/hanging").awaitAll();
    first.awaitAll();

    assertThat(first.count(it -> it.status() != 200) + rest.count(it -> it.status() != 200))
        .isZero();
    // Other tests take the processors; who waits for the one that hangs waits three seconds.
    long limit = Math.max(healthy.quantile(0.99) * 2, TimeUnit.SECONDS.toNanos(1));
    assertThat(rest.share(it -> it.nanos() > limit)).isLessThan(0.01);
    int before = hanging(0).requests().size();
    Load.run(200, Duration.ofSeconds(4), ALL, i -> "/hanging").awaitAll();
    assertThat(hanging(0).requests().size() - before)
        .as("open for 2 s at most: service %s", service(1, "hanging"))
        .isLessThanOrEqualTo(4);
  }

  @Test
  void anInstanceThatRefusesConnectionsIsNotNoticed() throws Exception {
    refusing().close();

    var load = Load.run(200, Duration.ofSeconds(3), ALL, i -> "/refusing").awaitAll();

    assertThat(load.count(it -> it.status() != 200)).isZero();
  }

  /** From 10 ms to 2 s: no failure anywhere, and yet it cannot go on like that. */
  @Test
  void aServiceThatIsJustSlowTripsTheBreakerAndItsRequestsAreShed() throws Exception {
    var atOnce = new AtomicInteger();
    var most = new AtomicInteger();
    slow().forEach(it -> it.does((request, exchange) -> answerAfter(exchange, 10)));
    Load.run(100, Duration.ofSeconds(2), ALL, i -> "/slow").awaitAll();
    slow()
        .forEach(
            it ->
                it.does(
                    (request, exchange) -> {
                      most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                      try {
                        answerAfter(exchange, 2000);
                      } finally {
                        atOnce.decrementAndGet();
                      }
                    }));

    // Within the breaker's window of 10 s, which has the fast calls in it too.
    var load = Load.run(200, Duration.ofSeconds(10), ALL, i -> "/slow");

    load.awaitAll();
    assertThat(load.answers())
        .filteredOn(it -> it.body().contains("/breaker-open"))
        .extracting(Answered::node)
        .as("the breaker was open on each node")
        .contains(1, 2, 3);
    assertThat(load.share(it -> it.status() == 503)).as("shed or refused").isGreaterThan(0.5);
    assertThat(load.count(it -> it.status() >= 500 && it.status() != 503)).isZero();
    assertThat(most.get()).as("200 a second for 2 s would be 400").isLessThan(300);

    allAreWellAgain();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> ALL.stream().allMatch(it -> nodes.get(it, "/slow").statusCode() == 200));
  }

  private static void answerAfter(Origin.Exchange exchange, int millis) throws IOException {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    exchange.text(200, "late");
  }

  /** One in seven is critical, on whichever node; one of these dies in the middle of it. */
  @Test
  void underThreeTimesWhatAServiceCanDoWhatIsCriticalGetsThrough() throws Exception {
    var room = new Semaphore(ROOM, true);
    small()
        .does(
            (request, exchange) -> {
              room.acquire();
              try {
                answerAfter(exchange, 20);
              } finally {
                room.release();
              }
            });
    IntFunction<String> urgency = i -> i % 7 == 0 ? "u=0" : "u=7";
    Load.run(600, Duration.ofSeconds(3), ALL, i -> "/small", urgency).awaitAll();

    var load = Load.run(600, Duration.ofSeconds(4), ALL, i -> "/small", urgency).awaitAll();

    double critical = successes(load, "u=0");
    double sheddable = successes(load, "u=7");
    assertThat(critical).as("sheddable: %s", sheddable).isGreaterThan(0.99);
    assertThat(sheddable).isBetween(0.02, 0.6);
    assertThat(load.count(it -> it.status() != 200 && !it.body().contains("/shed"))).isZero();

    nodes.kill(3);
    try {
      var survivors = List.of(1, 2);
      var after =
          Load.run(600, Duration.ofSeconds(4), survivors, i -> "/small", urgency).awaitAll();
      assertThat(successes(after, "u=0")).as(() -> failures(after)).isGreaterThan(0.99);
    } finally {
      nodes.start(3);
      nodes.awaitReady();
    }
  }

  private static String failures(Load load) {
    return load.answers().stream()
        .filter(it -> it.priority().equals("u=0") && it.status() != 200)
        .collect(Collectors.groupingBy(it -> it.node() + " " + it.body(), Collectors.counting()))
        .toString();
  }

  private static double successes(Load load, String priority) {
    var its = load.answers().stream().filter(it -> it.priority().equals(priority)).toList();
    return (double) its.stream().filter(it -> it.status() == 200).count() / its.size();
  }
}
