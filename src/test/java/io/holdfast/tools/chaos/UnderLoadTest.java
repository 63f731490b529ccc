package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.testing.FaultyLink;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import io.holdfast.tools.chaos.Expectations.Away;
import io.holdfast.tools.chaos.Operation.Phase;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Three real processes under load: cut off from the database, one paused, one killed. The short
 * form of what {@code scripts/chaos} does long, judged by the same checker.
 */
class UnderLoadTest {
  private static final int RATE = 60;
  private static final int KEYS = 300;
  private static final int HOT = 20;
  private static final List<Integer> ALL = List.of(1, 2, 3);

  /** Not one that is sent to a node that lives fails (promise G3). */
  private static final double FLOOR = 1;

  private static final double DATABASE_BACK_SECONDS = 5;

  private final RunClock clock = new RunClock();
  private final Queue<Operation> history = new ConcurrentLinkedQueue<>();
  private final Map<Integer, AtomicInteger> sent = new ConcurrentHashMap<>();
  private final AtomicReference<List<Integer>> targets = new AtomicReference<>(ALL);

  @Test
  void nothingIsLostAndNothingOldIsCurrentWhateverIsTakenAway() throws Exception {
    var database = TestDatabase.H2.fresh();
    try (var link = new FaultyLink(TestDatabase.port(database));
        var nodes =
            NodeProcesses.start(
                3, TestDatabase.through(link, database), NodeProcesses.SHARDS_AS_SHIPPED)) {
      var sender = new Sender(clock, addresses(nodes));
      var workload = new Workload(clock.now(), KEYS, HOT);
      Away away;
      try (var load = new Load(sender, workload, clock, history)) {
        load.start(RATE, () -> Optional.of(counted(workload.next(Phase.MEASURED, targets.get()))));
        pass(2);
        away = cutDatabase(link);
        pass(DATABASE_BACK_SECONDS);
        pause(nodes, 3);
        kill(nodes, 2);
      }
      var aftermath = new Aftermath(sender, List.of(1, 3));
      history.addAll(aftermath.repeatUnknown(history));
      history.addAll(aftermath.readAll(history));
      var expectations = new Expectations(List.of(), List.of(away), List.of(), FLOOR);
      assertThat(HistoryChecker.check(List.copyOf(history), expectations)).isEmpty();
      assertThat(history).filteredOn(Operation::isSuccess).hasSizeGreaterThan(RATE * 10);
    }
  }

  private static Map<Integer, URI> addresses(NodeProcesses nodes) {
    var addresses = new TreeMap<Integer, URI>();
    ALL.forEach(n -> addresses.put(n, nodes.http(n, "/")));
    return addresses;
  }

  private void pass(double seconds) {
    clock.await(clock.now() + RunClock.nanos(seconds));
  }

  private Away cutDatabase(FaultyLink link) {
    long from = clock.now();
    link.cut();
    long gone = clock.now();
    pass(2);
    link.heal();
    return new Away(from, gone, clock.now() + RunClock.nanos(DATABASE_BACK_SECONDS));
  }

  private Operation.Request counted(Operation.Request request) {
    sent.computeIfAbsent(request.node(), node -> new AtomicInteger()).incrementAndGet();
    return request;
  }

  /** Clients leave the node alone first: what it holds when it stops nobody can answer. */
  private void pause(NodeProcesses nodes, int number) {
    leaveAlone(number);
    nodes.pause(number);
    pass(6);
    nodes.resume(number);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> nodes.logged(number).split("n" + number + " is ready", -1).length > 2);
    targets.set(ALL);
  }

  private void kill(NodeProcesses nodes, int number) {
    leaveAlone(number);
    nodes.kill(number);
    pass(5);
  }

  private void leaveAlone(int number) {
    targets.set(ALL.stream().filter(n -> n != number).toList());
    await()
        .atMost(Duration.ofSeconds(20))
        .during(Duration.ofMillis(300))
        .until(() -> answeredBy(number) == sent.get(number).get());
  }

  private long answeredBy(int number) {
    return history.stream().filter(it -> it.request().node() == number).count();
  }
}
