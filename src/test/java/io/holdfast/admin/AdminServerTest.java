package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.caching.Purge;
import io.holdfast.database.History;
import io.holdfast.database.WriteBehind;
import io.holdfast.http.ProblemType;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import io.holdfast.resource.Purging;
import io.holdfast.telemetry.Meters;
import io.holdfast.telemetry.Story;
import io.holdfast.testing.RawClient;
import io.holdfast.upstream.Followed;
import io.holdfast.upstream.Order;
import io.holdfast.upstream.Stewards;
import io.holdfast.upstream.UpstreamView;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Over real sockets, with a node that says the same always. */
class AdminServerTest {
  private static final String TOKEN = "a-secret";
  private static final String LOGGER = "holdfast.admin-server-test";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OTHERS_PAGE = "http://127.0.0.1:9";
  private static final AtomicLong rounds = new AtomicLong();

  /** In so many rounds a member has not answered yet. */
  private static final AtomicInteger strangers = new AtomicInteger();

  private static ActorTestKit kit;
  private static ActorRef<Pulses.Command> pulses;
  private static PrometheusMeterRegistry meters;
  private static ServerBinding guarded;
  private static ServerBinding open;

  /** A node that is ready. */
  static final class ReadyNode implements NodeView {
    @Override
    public Readiness readiness() {
      return new Readiness(State.READY, Map.of());
    }

    @Override
    public CompletionStage<Status> status() {
      return CompletableFuture.failedFuture(new IllegalStateException("not asked for here"));
    }

    @Override
    public Status glance() {
      throw new IllegalStateException("not asked for here");
    }

    @Override
    public List<Integer> shards() {
      return List.of(0, 2);
    }

    @Override
    public int shardsOfAll() {
      return 3;
    }

    @Override
    public void drain() {
      throw new IllegalStateException("not asked for here");
    }
  }

  @BeforeAll
  static void bind() {
    kit = ActorTestKit.create();
    meters = Meters.create();
    pulses = kit.spawn(Behaviors.receiveMessage(AdminServerTest::gathered));
    guarded = bind(TOKEN);
    open = bind("");
  }

  /** One node, which is known to have another's page. */
  private static Behavior<Pulses.Command> gathered(Pulses.Command command) {
    if (command instanceof Pulses.Find find) {
      find.replyTo().tell(OneResource.sighted);
      return Behaviors.same();
    }
    var line = new Story.Line(7, 0, "INFO", "Life", "<b>n1 is ready</b>\"");
    boolean isStrange = strangers.getAndUpdate(it -> Math.max(0, it - 1)) > 0;
    ((Pulses.Gather) command)
        .replyTo()
        .tell(
            new Pulses.Gathered(
                rounds.incrementAndGet(),
                Map.of("n1", "{\"state\":\"ready\",\"status\":{\"shards\":2}}"),
                isStrange ? List.of() : List.of(OTHERS_PAGE),
                List.of(isStrange ? "127.0.0.1:7083" : "n3"),
                Map.of("n1", List.of(line))));
    return Behaviors.same();
  }

  private static ServerBinding bind(String token) {
    return bind(kit.system(), pulses, meters, token);
  }

  /** The port of such a node. */
  static ServerBinding bind(
      ActorSystem<?> system,
      ActorRef<Pulses.Command> pulses,
      PrometheusMeterRegistry meters,
      String token) {
    return AdminServer.bind(
            system,
            "127.0.0.1",
            0,
            new AdminSettings(token),
            new AdminServer.Views(
                new ReadyNode(),
                new OneService(),
                new OneRoute(),
                new OneFailed(),
                new OneResource(),
                pulses,
                meters))
        .toCompletableFuture()
        .join();
  }

  /** One service with one instance, and another node that does not answer in time to be drained. */
  static final class OneService implements ServicesView {
    @Override
    public Followed followed() {
      return new Followed("0badcafe", 2, List.of("holdfast.conf: 3: wrong", "another"));
    }

    @Override
    public CompletionStage<Followed> reload() {
      return CompletableFuture.completedFuture(new Followed("00c0ffee", 3, List.of()));
    }

    @Override
    public List<UpstreamView> views() {
      var instance =
          new UpstreamView.InstanceView(
              "127.0.0.1:9001",
              false,
              1,
              "in-use",
              "healthy",
              "closed",
              "closed",
              0,
              1.5,
              1.25,
              7.5,
              0);
      return List.of(new UpstreamView("catalog", "closed", "closed", 0, 0, 20, List.of(instance)));
    }

    @Override
    public CompletionStage<Stewards.Given> give(String service, String instance, Order.Word word) {
      ordered.add((service + " " + instance + " " + word).replace("  ", " "));
      var pending = word == Order.Word.DRAIN ? List.of("127.0.0.1:7082") : List.<String>of();
      return CompletableFuture.completedFuture(new Stewards.Given(2 - pending.size(), pending));
    }
  }

  /** What was ordered of the views. */
  static final Queue<String> ordered = new ConcurrentLinkedQueue<>();

  /** One route that stores responses; what becomes of an order is set by the test. */
  static final class OneRoute implements CacheView {
    @Override
    public List<RouteCache> routes() {
      return List.of(new RouteCache("catalog", 3, 4096, 2, 1), new RouteCache("idle", 0, 0, 0, 0));
    }

    @Override
    public List<TopUrl> top() {
      return List.of(new TopUrl("catalog", "http://h/catalog/<b>", 2));
    }

    @Override
    public WriteBehind.Counts warm() {
      return new WriteBehind.Counts(5, 8192, 1, 7, 4, 2, 3);
    }

    @Override
    public CompletionStage<Purging.Reply> purge(Purge.Scope scope, boolean soft, boolean dryRun) {
      ordered.add(scope + " " + soft + " " + dryRun);
      return purged;
    }
  }

  static volatile CompletionStage<Purging.Reply> purged;

  /** One operation, which has failed. */
  private static final class OneFailed implements OperationsView {
    private static final Operation FAILED =
        new Operation(
            "06h1",
            Operation.State.FAILED,
            "catalog",
            "POST",
            "/catalog?a=<b>",
            "",
            3,
            2,
            Instant.EPOCH,
            Instant.EPOCH,
            Optional.empty(),
            Instant.EPOCH,
            "The service answered with 500.",
            Optional.of(ProblemType.UPSTREAM_FAILED),
            Optional.of(new Operation.Result(500, 0)));

    @Override
    public CompletionStage<List<Operation>> list(
        Optional<Operation.State> state,
        Optional<String> route,
        Optional<String> after,
        int limit) {
      ordered.add("list " + state + " " + route + " " + limit);
      return route.isPresent()
          ? CompletableFuture.failedFuture(new IllegalStateException("the database is away"))
          : CompletableFuture.completedFuture(List.of(FAILED));
    }

    @Override
    public CompletionStage<Optional<Operations.Change>> cancel(String id) {
      return changed(id, false);
    }

    @Override
    public CompletionStage<Optional<Operations.Change>> retry(String id) {
      return changed(id, true);
    }

    private static CompletionStage<Optional<Operations.Change>> changed(String id, boolean done) {
      var change = new Operations.Change(FAILED, done);
      return CompletableFuture.completedFuture(
          Optional.of(change).filter(it -> id.equals(FAILED.id())));
    }
  }

  /** One document, one target of a service; what the nodes have of it is set by the test. */
  static final class OneResource implements ResourceView {
    static volatile Pulses.Sighted sighted = new Pulses.Sighted(Map.of(), 0);
    static volatile CompletionStage<History.Of> history;

    @Override
    public Named named(String path) {
      return switch (path) {
        case "/docs/a" -> new OfDocument("docs", "docs", "a", 5);
        case "/catalog/a" -> new OfService("catalog");
        case "/other" -> new Nothing("No route takes it");
        default -> new Malformed("That is no path");
      };
    }

    @Override
    public Map<String, Object> here(String path) {
      throw new IllegalStateException("not asked for here");
    }

    @Override
    public CompletionStage<History.Of> history(OfDocument document) {
      return history;
    }
  }

  @Test
  void showsWhoOwnsADocumentAndWhatHappenedToIt() throws Exception {
    OneResource.sighted =
        new Pulses.Sighted(
            Map.of(
                "n1", "{\"owns\":false,\"state\":\"in-memory\"}",
                "n2", "{\"owns\":true,\"state\":\"recovering\",\"etag\":\"6\"}",
                "n4", "{}"),
            1);
    var event =
        new History.Written(7, Instant.EPOCH, "io.holdfast.resource.DocumentEvent$Stored#1");
    OneResource.history =
        CompletableFuture.completedStage(new History.Of(Optional.of("7"), false, List.of(event)));
    var known = send(open, "GET", "/resources?path=/docs/a", "");
    assertThat(json(known))
        .isEqualTo(
            JSON.readTree(
                """
                {"path":"/docs/a","route":"docs","shard":5,"owner":"n2","state":"recovering",
                 "database":"up","etag":"\\"7\\"","exists":true,
                 "events":[{"number":7,"at":"1970-01-01T00:00:00Z","kind":"stored"}],"missing":1}
                """));
    OneResource.history = CompletableFuture.failedStage(new IllegalStateException("away"));
    var away = json(send(open, "GET", "/resources?path=/docs/a", ""));
    assertThat(away.get("database").asText()).isEqualTo("away");
    assertThat(away.get("etag").asText()).isEqualTo("\"6\"");
    assertThat(away.has("events")).isFalse();
    OneResource.sighted = new Pulses.Sighted(Map.of(), 2);
    assertThat(json(send(open, "GET", "/resources?path=/docs/a", "")).get("state").asText())
        .isEqualTo("no-owner");
  }

  @Test
  void showsWhatIsStoredOfATarget() throws Exception {
    OneResource.sighted =
        new Pulses.Sighted(
            Map.of(
                "n1", "{\"owns\":false,\"stored\":[]}",
                "n2", "{\"owns\":true,\"stored\":[{\"ageSeconds\":3}]}"),
            0);
    assertThat(json(send(open, "GET", "/resources?path=/catalog/a", "")))
        .isEqualTo(
            JSON.readTree(
                """
                {"path":"/catalog/a","route":"catalog","owner":"n2","state":"in-memory",
                 "stored":[{"ageSeconds":3}],"missing":0}
                """));
  }

  @Test
  void refusesToLookForWhatIsNoResource() throws Exception {
    assertProblem(send(open, "GET", "/resources?path=/other", ""), 404, "not-found");
    assertProblem(send(open, "GET", "/resources?path=a%20b", ""), 400, "bad-request");
    assertProblem(send(open, "GET", "/resources", ""), 400, "bad-request");
    assertProblem(send(open, "POST", "/resources?path=/docs/a", ""), 405, "method-not-allowed");
  }

  @AfterAll
  static void end() {
    kit.shutdownTestKit();
    meters.close();
  }

  @AfterEach
  void takeTheLevelAway() {
    ordered.clear();
    logger().setLevel(null);
  }

  private static ch.qos.logback.classic.Logger logger() {
    return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(LOGGER);
  }

  private static HttpResponse<String> send(
      ServerBinding server, String method, String path, String content, String... fields)
      throws IOException, InterruptedException {
    var target = URI.create("http://127.0.0.1:" + server.localAddress().getPort() + path);
    var request =
        HttpRequest.newBuilder(target).method(method, HttpRequest.BodyPublishers.ofString(content));
    if (fields.length > 0) {
      request.headers(fields);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static void assertProblem(HttpResponse<String> response, int status, String name)
      throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(json(response).get("type").asText()).endsWith("/" + name);
  }

  @Test
  void showsAndSetsTheLevelOfALoggerWhileTheNodeRuns() throws Exception {
    var set = send(open, "PUT", "/log-levels/" + LOGGER, "{\"level\":\"ERROR\"}");
    assertThat(set.statusCode()).isEqualTo(200);
    assertThat(json(set))
        .isEqualTo(JSON.readTree("{\"logger\":\"%s\",\"level\":\"ERROR\"}".formatted(LOGGER)));
    assertThat(logger().isErrorEnabled()).isTrue();
    assertThat(logger().isWarnEnabled()).isFalse();

    var levels = json(send(open, "GET", "/log-levels", "")).get("levels");
    assertThat(levels.get(LOGGER).asText()).isEqualTo("ERROR");
    assertThat(levels.has("ROOT")).isTrue();

    var taken = send(open, "PUT", "/log-levels/" + LOGGER, "{\"level\":null}");
    assertThat(json(taken).get("level").asText()).isEqualTo(levels.get("ROOT").asText());
    assertThat(logger().getLevel()).isNull();
  }

  @Test
  void showsServicesAndTakesOrdersAboutThem() throws Exception {
    var all = json(send(open, "GET", "/upstreams", ""));
    assertThat(all.get("configuration").asText()).isEqualTo("0badcafe");
    assertThat(all.get("faults").asText()).isEqualTo("holdfast.conf: 3: wrong\nanother");
    var reloaded = send(open, "POST", "/configuration/reload", "");
    assertThat(reloaded.body())
        .isEqualTo("{\"configuration\":\"00c0ffee\",\"reloads\":3,\"faults\":\"\"}");
    var shown = all.get("upstreams").get(0);
    assertThat(shown.get("name").asText()).isEqualTo("catalog");
    assertThat(shown.get("instances").get(0).get("health").asText()).isEqualTo("healthy");
    var opened = send(open, "POST", "/upstreams/catalog/breaker/open", "");
    assertThat(opened.statusCode()).isEqualTo(200);
    assertThat(json(opened)).isEqualTo(JSON.readTree("{\"nodes\":2}"));
    var drained = send(open, "POST", "/upstreams/catalog/instances/127.0.0.1:9001/drain", "");
    assertThat(drained.statusCode()).isEqualTo(202);
    assertThat(json(drained).get("pending").get(0).asText()).isEqualTo("127.0.0.1:7082");
    assertThat(ordered).containsExactly("catalog OPEN", "catalog 127.0.0.1:9001 DRAIN");
    for (var wrong :
        List.of(
            "nobody/breaker/open",
            "catalog/breaker/ajar",
            "catalog/instances/127.0.0.1:9002/drain",
            "catalog/instances/127.0.0.1:9001/explode",
            "catalog")) {
      assertProblem(send(open, "POST", "/upstreams/" + wrong, ""), 404, "not-found");
    }
    assertThat(ordered).hasSize(2);
  }

  @Test
  void showsWhatIsStoredForEachRoute() throws Exception {
    assertThat(json(send(open, "GET", "/cache", "")))
        .isEqualTo(
            JSON.readTree(
                """
                {"routes":[
                  {"route":"catalog","entries":3,"bytes":4096,"hits":2,"misses":1,"hitRatio":0.6667},
                  {"route":"idle","entries":0,"bytes":0,"hits":0,"misses":0,"hitRatio":0.0}],
                 "top":[{"route":"catalog","url":"http://h/catalog/<b>","hits":2}],
                 "warm":{"rows":5,"bytes":8192,"waiting":1,"written":7,"read":4,"removed":2,"dropped":3}}
                """));
  }

  private static HttpResponse<String> purge(Purging.Reply reply, String content) throws Exception {
    purged = CompletableFuture.completedStage(reply);
    return send(open, "POST", "/cache/purge", content);
  }

  @Test
  void purgesAndSaysHowMuchAndWhoHasNotConfirmed() throws Exception {
    var done = purge(new Purging.Done(7, 12, 3, List.of()), "{\"route\":\"catalog\"}");
    assertThat(done.statusCode()).isEqualTo(200);
    assertThat(done.body()).isEqualTo("{\"purged\":12,\"nodes\":3}");
    var pending = purge(new Purging.Done(8, 1, 2, List.of("n3")), "{\"url\":\"/a\",\"soft\":true}");
    assertThat(pending.statusCode()).isEqualTo(202);
    assertThat(pending.body()).isEqualTo("{\"purged\":1,\"nodes\":2,\"pending\":[\"n3\"]}");
    var dry = purge(new Purging.Done(0, 4, 3, List.of()), "{\"prefix\":\"/a\",\"dry-run\":true}");
    assertThat(dry.body()).isEqualTo("{\"purged\":4,\"nodes\":3,\"dry-run\":true}");
    assertThat(ordered)
        .containsExactly(
            "Route[name=catalog] false false",
            "Target[target=http://*/a] true false",
            "Prefix[prefix=http://*/a] false true");
  }

  @Test
  void saysWhyAPurgeIsNotCarriedOut() throws Exception {
    var order = "{\"route\":\"catalog\"}";
    var away = purge(new Purging.Refused(Purging.Reason.DATABASE_AWAY), order);
    assertProblem(away, 503, "database-unavailable");
    assertThat(away.headers().firstValue("Retry-After")).hasValue("1");
    assertProblem(purge(new Purging.Refused(Purging.Reason.TOO_MANY_ORDERS), order), 503, "shed");
    purged = CompletableFuture.failedStage(new IllegalStateException("no answer"));
    assertProblem(send(open, "POST", "/cache/purge", order), 503, "owner-unavailable");
  }

  @Test
  void refusesAnOrderToPurgeThatCannotBeMeant() throws Exception {
    var path = "/cache/purge";
    assertProblem(send(open, "POST", path, "all of it"), 400, "invalid-json");
    assertProblem(send(open, "POST", path, ""), 400, "bad-request");
    var unknown = send(open, "POST", path, "{\"route\":\"other\"}");
    assertProblem(unknown, 400, "bad-request");
    assertThat(json(unknown).get("detail").asText()).contains("[catalog, idle]");
    assertProblem(send(open, "POST", path, " ".repeat(70_000)), 413, "content-too-large");
    var get = send(open, "GET", path, "");
    assertProblem(get, 405, "method-not-allowed");
    assertThat(get.headers().firstValue("Allow")).hasValue("POST");
    assertProblem(send(open, "POST", "/cache", ""), 405, "method-not-allowed");
    assertThat(ordered).isEmpty();
  }

  /** As haproxy asks: of HTTP/1.0, and without a Host. */
  @Test
  void answersTheProbesOfALoadBalancer() throws Exception {
    try (var balancer = RawClient.connect(open.localAddress())) {
      balancer.send("GET /readyz HTTP/1.0\r\n\r\n");
      assertThat(balancer.read().status()).isEqualTo(200);
    }
  }

  @Test
  void refusesBadInputWithAProblem() throws Exception {
    var target = "/log-levels/" + LOGGER;
    assertProblem(send(open, "PUT", target, "loud"), 400, "invalid-json");
    assertProblem(send(open, "PUT", target, "{\"level\":\"LOUD\"}"), 400, "bad-request");
    assertProblem(send(open, "PUT", target, ""), 400, "bad-request");
    assertProblem(send(open, "PUT", target, " ".repeat(2000)), 413, "content-too-large");
    assertProblem(
        send(open, "PUT", "/log-levels/a%20b", "{\"level\":\"INFO\"}"), 400, "bad-request");
    assertProblem(send(open, "PUT", "/log-levels/", "{\"level\":\"INFO\"}"), 404, "not-found");
    var get = send(open, "GET", target, "");
    assertProblem(get, 405, "method-not-allowed");
    assertThat(get.headers().firstValue("Allow")).hasValue("PUT");
    assertThat(logger().getLevel()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/metrics",
    "GET,/cluster",
    "POST,/cluster/drain",
    "GET,/cluster/drain",
    "GET,/log-levels",
    "PUT,/log-levels/ROOT",
    "GET,/upstreams",
    "POST,/upstreams/catalog/breaker/open",
    "POST,/configuration/reload",
    "GET,/cache",
    "POST,/cache/purge",
    "GET,/events",
    "GET,/resources?path=/docs/a",
    "GET,/nothing",
    "GET,/page/nothing"
  })
  void withoutTheTokenNobodyLearnsWhatThereIs(String method, String path) throws Exception {
    var refused = send(guarded, method, path, "");
    assertProblem(refused, 401, "unauthorized");
    assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertThat(refused.headers().firstValue("Allow")).isEmpty();
    assertThat(refused.body()).doesNotContain("/cluster", "/metrics");
    assertProblem(
        send(guarded, method, path, "", "Authorization", "Bearer a-secres"), 401, "unauthorized");
  }

  @Test
  void withTheTokenWhatIsNotThereIsNamedBesideWhatIs() throws Exception {
    var missing = send(guarded, "GET", "/nothing", "", "Authorization", "Bearer " + TOKEN);
    assertProblem(missing, 404, "not-found");
    assertThat(missing.body()).contains("/cluster/drain", "/log-levels/LOGGER");
    assertThat(
            send(guarded, "GET", "/log-levels", "", "Authorization", "Bearer " + TOKEN)
                .statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz"})
  void probesNeedNoToken(String path) throws Exception {
    assertThat(send(guarded, "GET", path, "").statusCode()).isEqualTo(200);
  }

  private static List<String> firstEvents(String path, String... fields) throws Exception {
    var target = URI.create("http://127.0.0.1:" + open.localAddress().getPort() + path);
    var request = HttpRequest.newBuilder(target);
    if (fields.length > 0) {
      request.headers(fields);
    }
    var answer =
        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofLines());
    assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-st");
    try (var lines = answer.body()) {
      return lines.filter(it -> !it.isEmpty()).limit(5).toList();
    }
  }

  @Test
  void tellsWhatHappensAndWhoIsThere() throws Exception {
    assertThat(firstEvents("/events"))
        .startsWith(
            "event: story",
            "id: n1=7",
            "data: {\"at\":\"1970-01-01T00:00:00Z\",\"node\":\"n1\",\"level\":\"INFO\","
                + "\"part\":\"Life\",\"text\":\"<b>n1 is ready</b>\\\"\"}",
            "event: cluster")
        .last()
        .asString()
        .contains("{\"node\":\"n1\",\"state\":\"ready\"")
        .contains("{\"node\":\"n3\",\"state\":\"silent\"}");
  }

  @Test
  void goesOnAfterWhatTheClientHasSeen() throws Exception {
    assertThat(firstEvents("/events?pulses", "Last-Event-ID", "n1=7,n2=3,x,y=z"))
        .startsWith("event: cluster")
        .element(2)
        .isEqualTo("event: pulse");
  }

  @Test
  void thePageMayAskItsOwnNodeAndThoseOfTheClusterAlone() throws Exception {
    var page = send(open, "GET", "/", "");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("connect-src 'self' " + OTHERS_PAGE + ";");
    var preflight = send(open, "OPTIONS", "/events", "", "Origin", OTHERS_PAGE);
    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(preflight.headers().firstValue("Access-Control-Allow-Headers").orElse(""))
        .contains("Authorization");
    var own = "http://127.0.0.1:" + open.localAddress().getPort();
    assertThat(send(open, "POST", "/configuration/reload", "", "Origin", own).statusCode())
        .isEqualTo(200);
    assertProblem(
        send(open, "POST", "/configuration/reload", "", "Origin", "http://evil.example"),
        403,
        "forbidden");
  }

  @Test
  void thePageWaitsAMomentForNodesThatHaveNeverSpoken() throws Exception {
    strangers.set(2);
    var page = send(open, "GET", "/", "");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("connect-src 'self' " + OTHERS_PAGE + ";");
    assertThat(page.body()).contains("name=\"holdfast-nodes\" content=\"" + OTHERS_PAGE + "\"");
    strangers.set(100);
    assertThat(send(open, "GET", "/", "").statusCode()).isEqualTo(200);
    assertThat(strangers.getAndSet(0)).isBetween(90, 99);
  }

  @Test
  void showsTheNewestOperationsAndTakesOrdersAboutThem() throws Exception {
    var shown = send(open, "GET", "/operations?state=failed", "");
    assertThat(json(shown))
        .isEqualTo(
            JSON.readTree(
                "{\"items\":[{\"id\":\"06h1\",\"state\":\"failed\",\"route\":\"catalog\","
                    + "\"method\":\"POST\",\"target\":\"/catalog?a=<b>\",\"attempts\":2,"
                    + "\"createdAt\":\"1970-01-01T00:00:00Z\",\"problem\":\"upstream-failed\","
                    + "\"status\":500,\"lastError\":\"The service answered with 500.\"}]}"));
    assertThat(ordered).containsExactly("list Optional[FAILED] Optional.empty 50");
    assertThat(send(open, "POST", "/operations/06h1/retry", "").statusCode()).isEqualTo(200);
    assertProblem(send(open, "POST", "/operations/06h1/cancel", ""), 409, "conflict");
    assertProblem(send(open, "POST", "/operations/none/retry", ""), 404, "not-found");
    assertProblem(send(open, "POST", "/operations/06h1/drop", ""), 404, "not-found");
    assertProblem(send(open, "GET", "/operations?state=lost", ""), 400, "bad-request");
    assertProblem(send(open, "GET", "/operations?route=a", ""), 503, "database-unavailable");
  }
}
