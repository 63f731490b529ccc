package io.holdfast.tools.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.LabCluster;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.TestDatabase;
import io.holdfast.tools.chaos.Operation.Kind;
import io.holdfast.tools.chaos.Operation.Phase;
import io.holdfast.tools.chaos.Operation.Request;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three nodes in network namespaces, under load, whose ways to each other and to the database are
 * cut: one side goes on and never two, nobody lies, and whoever was left out comes back by itself.
 */
class PartitionsTest {
  private static final int RATE = 30;
  private static final int KEYS = 100;
  private static final int HOT = 20;
  private static final List<Integer> ALL = List.of(1, 2, 3);
  private static final Duration WHOLE_WITHIN = Duration.ofSeconds(90);

  /** The guard's time, the detector's, and what a slow machine adds. */
  private static final Duration TAKEN_WITHIN = Duration.ofSeconds(30);

  /** TCP's next try to reach the database, a reconnect, and what a slow machine adds. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(30);

  private static final double CUT_SECONDS_AFTER_THAT = 2;

  private static final Logger log = LoggerFactory.getLogger(PartitionsTest.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static LabCluster cluster;

  private final RunClock clock = new RunClock();
  private final Queue<Operation> history = new ConcurrentLinkedQueue<>();
  private volatile List<Integer> leftOut = List.of();

  @BeforeAll
  static void start() {
    cluster = LabCluster.start(3, TestDatabase.H2);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void heal() {
    cluster.heal();
  }

  /** What is cut, of nodes by their age, the oldest first; and of which sides one goes on. */
  enum Cut {
    YOUNGEST_ALONE(age -> cluster.cutOff(age.get(2)), age -> List.of(age.subList(0, 2))),
    EACH_ALONE(age -> cluster.cutAllNodes(), age -> age.stream().map(List::of).toList()),
    YOUNGEST_IS_NOT_HEARD(
        age -> cluster.muteTowards(age.get(2), age.get(0), age.get(1)),
        age -> List.of(age.subList(0, 2))),
    OLDEST_WITHOUT_DATABASE(
        age -> cluster.cutDatabase(age.get(0)), age -> List.of(age.subList(1, 3))),
    MAJORITY_WITHOUT_DATABASE(
        age -> {
          cluster.cutOff(age.get(2));
          cluster.cutDatabase(age.get(0), age.get(1));
        },
        age -> List.of(age.subList(2, 3)));

    private final Consumer<List<Integer>> making;
    private final Function<List<Integer>, List<List<Integer>>> sides;

    Cut(Consumer<List<Integer>> making, Function<List<Integer>, List<List<Integer>>> sides) {
      this.making = making;
      this.sides = sides;
    }
  }

  @ParameterizedTest
  @EnumSource(Cut.class)
  void oneSideGoesOnNobodyLiesAndAllComeTogetherAgain(Cut cut) throws Exception {
    await().atMost(WHOLE_WITHIN).until(PartitionsTest::isWhole);
    var byAge = byAge();
    var sides = cut.sides.apply(byAge);
    leftOut = sides.size() > 1 ? ALL : others(sides.get(0));
    var livesBefore = lives(ALL);
    var sender = new Sender(clock, addresses());
    var workload = prepared(cut.name(), sender);
    try (var load = new Load(sender, workload, clock, history)) {
      load.start(RATE, () -> Optional.of(phased(workload.next(Phase.MEASURED, ALL))));
      cut.making.accept(byAge);
      awaitOneSide(cut, sides, sender);
      clock.await(clock.now() + RunClock.nanos(CUT_SECONDS_AFTER_THAT));
      var goOn = goOn(cut, sides, sender);
      assertThat(goOn).as("who goes on, of %s by age%n%s", byAge, told()).hasSize(1);
      cluster.heal();
      await().atMost(WHOLE_WITHIN).until(PartitionsTest::isWhole);
      assertThat(livesBefore)
          .as("whoever went on did not begin anew: %s of %s, by age%n%s", goOn, byAge, told())
          .containsAllEntriesOf(lives(goOn.get(0)));
    }
    judge(cut.name(), sender);
  }

  /** At no time do two go on. */
  private void awaitOneSide(Cut cut, List<List<Integer>> sides, Sender sender) {
    await()
        .atMost(TAKEN_WITHIN)
        .until(
            () -> {
              var goOn = goOn(cut, sides, sender);
              assertThat(goOn).as("who goes on%n%s", told()).hasSizeLessThan(2);
              return goOn.size() == 1;
            });
  }

  /** Nothing is decided without the database: it is as if it was away. */
  @Test
  void whileNobodyReachesTheDatabaseNobodyTakesOverAndNobodyLeaves() throws Exception {
    await().atMost(WHOLE_WITHIN).until(PartitionsTest::isWhole);
    leftOut = ALL;
    var livesBefore = lives(ALL);
    var sender = new Sender(clock, addresses());
    var workload = prepared("none", sender);
    try (var load = new Load(sender, workload, clock, history)) {
      load.start(RATE, () -> Optional.of(phased(workload.next(Phase.MEASURED, ALL))));
      cluster.cutDatabase(1, 2, 3);
      await().atMost(TAKEN_WITHIN).until(() -> ALL.stream().allMatch(this::saysDatabaseAway));
      clock.await(clock.now() + RunClock.nanos(3 * CUT_SECONDS_AFTER_THAT));
      cluster.heal();
      await()
          .atMost(ANSWERS_WITHIN)
          .until(() -> ALL.stream().allMatch(it -> answer("none", List.of(it), sender)));
    }
    assertThat(isWhole()).isTrue();
    assertThat(lives(ALL)).isEqualTo(livesBefore);
    judge("NONE_REACHES_THE_DATABASE", sender);
  }

  private static List<Integer> others(List<Integer> side) {
    return ALL.stream().filter(it -> !side.contains(it)).toList();
  }

  /**
   * Each document is there, and each node has seen it. Each cut has documents of its own, whose
   * history begins with it.
   */
  private Workload prepared(String cut, Sender sender) {
    var workload = new Workload(cut + "-", clock.now(), KEYS, HOT);
    for (var requests : List.of(workload.fill(ALL), workload.lookAround(ALL))) {
      var done = sender.sendAll(requests);
      done.forEach(workload::learn);
      history.addAll(done);
    }
    return workload;
  }

  private void judge(String cut, Sender sender) {
    log.info(
        "{}: {} requests to the side that went on, longest read {} s, write {} s; {} to others, {}"
            + " of them answered, {} marked",
        cut,
        count(Phase.MEASURED, it -> true),
        longest(it -> it.request().kind() == Kind.GET),
        longest(it -> it.request().kind() != Kind.GET),
        count(Phase.LEFT_OUT, it -> true),
        count(Phase.LEFT_OUT, it -> !it.isFailed()),
        count(Phase.LEFT_OUT, Operation::isMarked));
    var aftermath = new Aftermath(sender, ALL);
    history.addAll(aftermath.repeatUnknown(history));
    history.addAll(aftermath.readAll(history));
    var expectations = new Expectations(List.of(), List.of(), List.of(), 1.0);
    assertThat(HistoryChecker.check(List.copyOf(history), expectations)).isEmpty();
    assertThat(history).filteredOn(Operation::isSuccess).hasSizeGreaterThan(KEYS * 3);
  }

  private static String told() {
    return ALL.stream()
        .map(cluster.nodes()::logged)
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private long count(Phase phase, Predicate<Operation> which) {
    return history.stream().filter(it -> it.request().phase() == phase).filter(which).count();
  }

  private String longest(Predicate<Operation> which) {
    var nanos =
        history.stream()
            .filter(it -> it.request().phase() == Phase.MEASURED)
            .filter(which)
            .mapToLong(it -> it.timing().latency())
            .max();
    return "%.2f".formatted(nanos.orElse(0) / 1e9);
  }

  private boolean saysDatabaseAway(int node) {
    return cluster.nodes().get(node, "/docs").body().contains("database-unavailable");
  }

  private List<List<Integer>> goOn(Cut cut, List<List<Integer>> sides, Sender sender) {
    return sides.stream().filter(it -> goesOn(cut, it, sender)).toList();
  }

  /** It answers for all documents, and has written the others off. */
  private boolean goesOn(Cut cut, List<Integer> side, Sender sender) {
    return answer(cut.name(), side, sender)
        && side.stream().allMatch(it -> members(it) == side.size());
  }

  /** Whether all documents are there, unmarked, each read through the next of these nodes. */
  private boolean answer(String cut, List<Integer> nodes, Sender sender) {
    var reads =
        IntStream.range(0, KEYS)
            .mapToObj(it -> read(cut + "-d" + it, nodes.get(it % nodes.size())))
            .toList();
    var answers = sender.sendAll(reads);
    history.addAll(answers);
    return answers.stream().noneMatch(it -> it.isFailed() || it.isMarked());
  }

  private static Request read(String key, int node) {
    return new Request(key, Kind.GET, "", "", OptionalLong.empty(), node, Phase.WOKEN);
  }

  private Request phased(Request it) {
    return new Request(
        it.key(),
        it.kind(),
        it.requestKey(),
        it.value(),
        it.ifMatch(),
        it.node(),
        leftOut.contains(it.node()) ? Phase.LEFT_OUT : it.phase());
  }

  // ---- the cluster, by what its nodes say ----

  private static JsonNode status(int node) {
    var nodes = cluster.nodes();
    try {
      var said =
          nodes.send(
              nodes.admin(node, "/cluster"), "GET", null, "Authorization", "Bearer only-here");
      return JSON.readTree(said.body());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** 0: the node has no operator's port, for it is between two lives. */
  private static int members(int node) {
    try {
      return status(node).path("members").size();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  private static boolean isWhole() {
    try {
      var all = ALL.stream().map(PartitionsTest::status).toList();
      return all.stream().allMatch(it -> it.path("state").asText().equals("up"))
          && all.stream().allMatch(it -> it.path("members").size() == ALL.size())
          && all.stream().mapToInt(it -> it.path("shards").asInt()).sum() == NodeProcesses.SHARDS;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static List<Integer> byAge() {
    return StreamSupport.stream(status(1).path("members").spliterator(), false)
        .map(member -> number(member.path("address").asText()))
        .toList();
  }

  private static int number(String address) {
    return ALL.stream()
        .filter(it -> address.startsWith(LabCluster.host(it) + ":"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(address));
  }

  private static Map<Integer, String> lives(List<Integer> nodes) {
    return nodes.stream()
        .collect(Collectors.toMap(it -> it, it -> status(it).path("incarnation").asText()));
  }

  private static Map<Integer, URI> addresses() {
    var addresses = new TreeMap<Integer, URI>();
    ALL.forEach(n -> addresses.put(n, cluster.nodes().http(n, "/")));
    return addresses;
  }
}
