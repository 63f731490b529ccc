package io.holdfast.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Promtool;
import io.holdfast.testing.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever watches three real nodes by {@code /events} sees them die and come back. */
@Timeout(180)
@Tag("alone")
class EventsTest {
  private static final String TOKEN = "only-here";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static NodeProcesses nodes;

  @BeforeAll
  static void start() {
    nodes =
        NodeProcesses.start(
            3,
            TestDatabase.H2.fresh(),
            "holdfast.admin.token=" + TOKEN,
            "holdfast.log.format=json",
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.upstreams.s.instances=http://127.0.0.1:9",
            "holdfast.routes.s.path=/s",
            "holdfast.routes.s.upstream=s");
  }

  @AfterAll
  static void stop() {
    nodes.close();
  }

  private record Event(String name, String id, JsonNode data, long atNanos) {}

  /** One who watches, until the stream ends. */
  private static final class Watch implements AutoCloseable {
    final Queue<Event> events = new ConcurrentLinkedQueue<>();
    private final HttpResponse<Stream<String>> answer;
    private final Thread thread;
    private String name = "";
    private String id = "";

    Watch(int node, String query, String lastId) throws Exception {
      var request =
          HttpRequest.newBuilder(nodes.admin(node, "/events" + query))
              .header("Authorization", "Bearer " + TOKEN);
      if (!lastId.isEmpty()) {
        request.header("Last-Event-ID", lastId);
      }
      answer =
          HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofLines());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
      thread = new Thread(this::read, "watch-n" + node);
      thread.setDaemon(true);
      thread.start();
    }

    private void read() {
      try {
        answer.body().forEach(this::line);
      } catch (RuntimeException e) {
        // its node is dead
      }
    }

    private void line(String line) {
      if (line.startsWith("event: ")) {
        name = line.substring(7);
        id = "";
      } else if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("data: ")) {
        try {
          events.add(new Event(name, id, JSON.readTree(line.substring(6)), System.nanoTime()));
        } catch (JsonProcessingException e) {
          throw new AssertionError(line, e);
        }
      }
    }

    boolean sees(String event, Predicate<JsonNode> which) {
      return events.stream().anyMatch(it -> it.name().equals(event) && which.test(it.data()));
    }

    Optional<JsonNode> last(String event) {
      return events.stream()
          .filter(it -> it.name().equals(event))
          .reduce((one, other) -> other)
          .map(Event::data);
    }

    String lastId() {
      return events.stream()
          .map(Event::id)
          .filter(it -> !it.isEmpty())
          .reduce("", (one, other) -> other);
    }

    List<String> lines() {
      return events.stream()
          .filter(it -> it.name().equals("story"))
          .map(it -> it.data().toString())
          .toList();
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }

  private static Predicate<JsonNode> tells(String text) {
    return line -> line.path("text").asText().contains(text);
  }

  private static boolean hasReady(Watch watch, int count) {
    return watch
        .last("cluster")
        .filter(
            it ->
                StreamSupport.stream(it.path("nodes").spliterator(), false)
                        .filter(node -> node.path("state").asText().equals("ready"))
                        .count()
                    == count)
        .isPresent();
  }

  @Test
  void aDeathIsSeenAndTheStreamGoesOnAtAnotherNodeWithoutAGap() throws Exception {
    String lastId;
    List<String> before;
    try (var watch = new Watch(1, "", "")) {
      soon().until(() -> hasReady(watch, 3));
      nodes.kill(3);
      soon().until(() -> watch.sees("story", tells("n3 (")));
      soon().until(() -> hasReady(watch, 2));
      nodes.start(3);
      nodes.awaitReady();
      soon().until(() -> hasReady(watch, 3));
      soon().until(() -> watch.sees("story", tells("n3 is ready after")));
      assertThat(watch.sees("pulse", it -> true)).isFalse();
      lastId = watch.lastId();
      before = watch.lines();
    }
    nodes.kill(1);
    try (var watch = new Watch(2, "", lastId)) {
      soon().until(() -> watch.sees("story", tells("n1 (")));
      soon().until(() -> hasReady(watch, 2));
      assertThat(watch.lines()).doesNotContainAnyElementsOf(before);
    } finally {
      nodes.start(1);
      nodes.awaitReady();
    }
  }

  /** What a node has logged, each line an object; what the JVM itself says is none. */
  private static List<JsonNode> logged(int node) {
    return nodes
        .logged(node)
        .lines()
        .filter(it -> !it.startsWith("OpenJDK ") && !it.startsWith("WARNING: "))
        .map(EventsTest::object)
        .toList();
  }

  private static JsonNode object(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new AssertionError(line, e);
    }
  }

  private static List<JsonNode> survivors(int from1, int from2) {
    var one = logged(1);
    var other = logged(2);
    return Stream.concat(
            one.subList(from1, one.size()).stream(), other.subList(from2, other.size()).stream())
        .toList();
  }

  /** Nothing for ten seconds, sometime within two minutes: shards may still move before. */
  private static void awaitQuiet(int... of) {
    var lines = new AtomicInteger();
    await()
        .atMost(Duration.ofMinutes(2))
        .during(Duration.ofSeconds(10))
        .until(
            () -> {
              int now = IntStream.of(of).map(it -> logged(it).size()).sum();
              return lines.getAndSet(now) == now;
            });
  }

  @Test
  void aFailoverIsToldInAboutTenLinesWithWhatEachStepTook() throws Exception {
    awaitQuiet(1, 2, 3);
    int from1 = logged(1).size();
    int from2 = logged(2).size();
    var writing = new AtomicBoolean(true);
    var written = new AtomicInteger();
    var writers =
        IntStream.rangeClosed(1, 2)
            .mapToObj(node -> CompletableFuture.runAsync(() -> write(node, writing, written)))
            .toList();
    // A first write may take as long as the failover: then nobody would wait for that.
    soon().until(() -> written.get() > 400);
    nodes.kill(3);
    try {
      soon()
          .untilAsserted(
              () -> {
                assertThat(writers).noneMatch(CompletableFuture::isDone);
                var told = survivors(from1, from2);
                assertThat(told).as("%s", told).anyMatch(it -> isStep(it, "answered"));
              });
      writing.set(false);
      for (var writer : writers) {
        writer.get(30, TimeUnit.SECONDS);
      }
      awaitQuiet(1, 2);
      assertTold(survivors(from1, from2));
      assertThat(measured()).contains("noticed", "fenced", "removed", "taken", "answered");
    } finally {
      writing.set(false);
      nodes.start(3);
      nodes.awaitReady();
    }
  }

  private static void assertTold(List<JsonNode> told) {
    assertThat(told).as("%s", told).hasSizeBetween(4, 12);
    assertThat(told)
        .allMatch(it -> it.path("level").asText().equals("INFO"))
        .allMatch(it -> it.path("logger").asText().startsWith("io.holdfast."))
        .allMatch(it -> it.path("node").asText().matches("n[12]"));
    for (var step : List.of("noticed", "fenced", "taken", "answered")) {
      assertThat(told)
          .as("%s in %s", step, told)
          .anyMatch(it -> isStep(it, step) && it.path("millis").asInt() < 15_000);
    }
    assertThat(told)
        .filteredOn(it -> isStep(it, "answered"))
        .allMatch(it -> it.path("failed").asInt() == 0 && it.path("held").asInt() > 0)
        .allMatch(it -> it.path("message").asText().startsWith("0 requests failed, "));
  }

  private static boolean isStep(JsonNode line, String step) {
    return line.path("step").asText().equals(step);
  }

  /** The steps of the failover that a survivor's meters know. */
  private static Set<String> measured() {
    return IntStream.rangeClosed(1, 2)
        .boxed()
        .flatMap(node -> metrics(node).lines())
        .filter(it -> it.startsWith("holdfast_failover_seconds_count{") && !it.endsWith(" 0"))
        .map(it -> it.replaceAll(".*step=\"([a-z]+)\".*", "$1"))
        .collect(Collectors.toSet());
  }

  private static void write(int node, AtomicBoolean goesOn, AtomicInteger written) {
    for (int i = 0; goesOn.get(); i++) {
      assertThat(nodes.put(node, "/docs/told" + i % 100, "" + i).statusCode()).isIn(201, 204);
      written.incrementAndGet();
    }
  }

  /** Two rounds of questions, if each began only when nobody waited any more for the silent one. */
  private static final long SLOWER_MILLIS = 800;

  /** When it was told that somebody is silent: the milliseconds between two times. */
  private static LongStream betweenSilences(Watch watch) {
    var at =
        watch.events.stream()
            .filter(it -> it.name().equals("pulse") && !it.data().path("silent").isEmpty())
            .mapToLong(Event::atNanos)
            .toArray();
    return IntStream.range(1, at.length).mapToLong(i -> (at[i] - at[i - 1]) / 1_000_000);
  }

  @Test
  void aNodeThatDoesNotAnswerIsSilentAndComesBackAndDoesNotSlowDownWhatIsToldOfOthers()
      throws Exception {
    try (var watch = new Watch(1, "?pulses", "")) {
      soon().until(() -> hasReady(watch, 3));
      nodes.pause(3);
      try {
        soon().until(() -> watch.sees("cluster", it -> stateOf("n3", it).equals("silent")));
        soon().until(() -> betweenSilences(watch).anyMatch(it -> it < SLOWER_MILLIS));
      } finally {
        nodes.resume(3);
      }
      await().atMost(Duration.ofSeconds(60)).until(() -> hasReady(watch, 3));
    }
    nodes.awaitReady();
  }

  private static String stateOf(String node, JsonNode cluster) {
    return StreamSupport.stream(cluster.path("nodes").spliterator(), false)
        .filter(it -> it.path("node").asText().equals(node))
        .map(it -> it.path("state").asText())
        .findFirst()
        .orElse("");
  }

  @Test
  void numbersOfAllNodesComeToWhoAsksForThem() throws Exception {
    try (var watch = new Watch(2, "?pulses", "")) {
      soon()
          .until(() -> watch.last("pulse").filter(it -> it.path("nodes").size() == 3).isPresent());
      assertThat(nodes.put(3, "/docs/counted", "1").statusCode()).isEqualTo(201);
      soon().until(() -> watch.last("pulse").filter(EventsTest::countsTheRequest).isPresent());
      soon().until(() -> shards(watch.last("pulse").orElseThrow()) == NodeProcesses.SHARDS);
      soon().until(() -> watch.last("pulse").orElseThrow().path("silent").isEmpty());
      var pulse = watch.last("pulse").orElseThrow();
      for (var node : pulse.path("nodes")) {
        assertThat(node.path("feltMillis").isIntegralNumber()).isTrue();
        assertThat(node.path("memory").path("used").asLong()).isPositive();
        assertThat(node.path("counts").path("inFlightMax").asInt()).isEqualTo(2000);
      }
    }
  }

  /** They move for a while when a node has come back. */
  private static int shards(JsonNode pulse) {
    return StreamSupport.stream(pulse.path("nodes").spliterator(), false)
        .mapToInt(it -> it.path("shardNumbers").size())
        .sum();
  }

  /** On a machine with other work. */
  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(30));
  }

  private static boolean countsTheRequest(JsonNode pulse) {
    return StreamSupport.stream(pulse.path("nodes").spliterator(), false)
        .filter(node -> node.path("node").asText().equals("n3"))
        .flatMap(node -> StreamSupport.stream(node.path("requests").spliterator(), false))
        .anyMatch(
            it ->
                it.path("route").asText().equals("docs")
                    && it.path("status").asText().equals("2xx")
                    && it.path("count").asLong() > 0
                    && it.path("within").size() == 14);
  }

  @Test
  void withoutTheTokenNothingIsToldAndThePageIsThere() {
    var refused = nodes.send(nodes.admin(1, "/events"), "GET", null);
    assertThat(refused.statusCode()).isEqualTo(401);
    var page = nodes.send(nodes.admin(1, "/"), "GET", null);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'")
        .contains(nodes.admin(2, "").toString())
        .contains(nodes.admin(3, "").toString());
    assertThat(page.body()).contains("/page/page.js");
    assertThat(nodes.send(nodes.admin(1, "/page/page.js"), "GET", null).statusCode())
        .isEqualTo(200);
  }

  @Test
  void thePageOfAnotherNodeMayGoOnHereAndNoOther() {
    var own = nodes.admin(2, "").toString();
    soon().until(() -> preflight(own).statusCode() == 204); // once it has heard of that node
    assertThat(preflight(own).headers().firstValue("Access-Control-Allow-Origin")).hasValue(own);
    assertThat(preflight("http://elsewhere.example").statusCode()).isEqualTo(403);
    var foreign =
        nodes.send(
            nodes.admin(1, "/cluster/drain"),
            "POST",
            "",
            "Origin",
            "http://elsewhere.example",
            "Authorization",
            "Bearer " + TOKEN);
    assertThat(foreign.statusCode()).isEqualTo(403);
    assertThat(foreign.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  private static HttpResponse<String> preflight(String origin) {
    return nodes.send(
        nodes.admin(1, "/events"),
        "OPTIONS",
        null,
        "Origin",
        origin,
        "Access-Control-Request-Method",
        "GET");
  }

  /** As {@code promtool check metrics} wants it. */
  @Test
  void everyMeterSaysWhatItIs() {
    var meters = metrics(2);
    var families = meters.lines().filter(it -> it.startsWith("# HELP ")).toList();
    assertThat(families).hasSizeGreaterThan(40).allMatch(it -> it.split(" ", 4)[3].length() > 5);
    assertThat(meters.lines().filter(it -> it.startsWith("# TYPE ")))
        .noneMatch(it -> it.matches("# TYPE \\S+_(count|sum|bucket|info) (gauge|counter)"));
  }

  private static String metrics(int node) {
    return nodes
        .send(nodes.admin(node, "/metrics"), "GET", null, "Authorization", "Bearer " + TOKEN)
        .body();
  }

  @Test
  void promtoolHasNothingToSayToMeters() throws Exception {
    assertThat(nodes.put(1, "/docs/metered", "1").statusCode()).isIn(201, 204);
    assertThat(nodes.get(1, "/s/metered").statusCode()).isGreaterThanOrEqualTo(502);
    assertThat(Promtool.of(metrics(1), "check", "metrics")).isEqualTo(new Promtool.Said(0, ""));
  }

  /** Names of meters, and what Prometheus makes of a histogram. */
  private static final Pattern METER =
      Pattern.compile("\\b(?:holdfast|http_server|http_client|jvm|process)_[a-z_]+[a-z]");

  @ParameterizedTest
  @ValueSource(strings = {"conf/alerts.yml", "conf/grafana-dashboard.json"})
  void whatAlertsAndTheDashboardAskForIsThere(String file) throws Exception {
    assertThat(nodes.put(1, "/docs/metered", "1").statusCode()).isIn(201, 204);
    assertThat(nodes.get(1, "/s/metered").statusCode()).isGreaterThanOrEqualTo(502);
    var meters = metrics(1);
    var asked =
        METER
            .matcher(Files.readString(Path.of(file)))
            .results()
            .map(MatchResult::group)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(asked).hasSizeGreaterThan(8);
    for (var name : asked) {
      assertThat(meters).containsPattern("(?m)^" + name + "[{ ]");
    }
  }
}
