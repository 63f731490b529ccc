package io.holdfast.admin;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.holdfast.database.History;
import io.holdfast.operation.Operation;
import io.holdfast.operation.Operations;
import io.holdfast.resource.Purging;
import io.holdfast.telemetry.Meters;
import io.holdfast.telemetry.Story;
import io.holdfast.testing.Browser;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page in a browser, fed by a cluster that is made up: a large one, and one of bad names. */
@Timeout(60)
@Tag("alone")
class PageViewsTest {
  private static final int NODES = 100;
  private static final int SHARDS = 1000;

  /** Script and layout, of half of the pulses: within a frame, so that no other is late for it. */
  private static final double PULSE_MILLIS_MAX = 16;

  /** Of nine tenths of them: within two frames. */
  private static final double SLOW_PULSE_MILLIS_MAX = 33;

  /** The browser compiles its scripts in the first. */
  private static final int TRIES_MAX = 2;

  /** It would be run if it were taken for HTML. */
  private static final String MARKUP = "<img src=x onerror=\\\"document.title='run'\\\">";

  private static final AtomicLong rounds = new AtomicLong();
  private static ActorTestKit kit;
  private static PrometheusMeterRegistry meters;
  private static Browser browser;
  private static volatile Pulses.Gathered cluster;
  private static ServerBinding port;
  private static ServerBinding guarded;

  @BeforeAll
  static void open() {
    browser = Browser.start();
    kit = ActorTestKit.create();
    meters = Meters.create();
    var views =
        new AdminServer.Views(
            new AdminServerTest.ReadyNode(),
            new AdminServerTest.OneService(),
            new AdminServerTest.OneRoute(),
            new TwoOfBadNames(),
            new AdminServerTest.OneResource(),
            kit.spawn(Behaviors.receiveMessage(PageViewsTest::gathered)),
            meters);
    port = bind("", views);
    guarded = bind("a-token", views);
  }

  private static ServerBinding bind(String token, AdminServer.Views views) {
    return AdminServer.bind(kit.system(), "127.0.0.1", 0, new AdminSettings(token), views)
        .toCompletableFuture()
        .join();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
      kit.shutdownTestKit();
      meters.close();
    }
  }

  private static Behavior<Pulses.Command> gathered(Pulses.Command command) {
    if (command instanceof Pulses.Find find) {
      find.replyTo().tell(AdminServerTest.OneResource.sighted);
      return Behaviors.same();
    }
    var now = cluster;
    var round =
        new Pulses.Gathered(
            rounds.incrementAndGet(), now.pulses(), now.ports(), now.silent(), now.stories());
    ((Pulses.Gather) command).replyTo().tell(round);
    return Behaviors.same();
  }

  private static Pulses.Gathered many() {
    var pulses = new TreeMap<String, String>();
    for (int i = 1; i <= NODES; i++) {
      pulses.put("n" + i, pulse("n" + i, i, "docs"));
    }
    return new Pulses.Gathered(0, pulses, List.of(), List.of(), Map.of());
  }

  /** The service of {@link AdminServerTest.OneService}, as a pulse tells of it. */
  private static Pulses.Gathered withTheService() {
    var pulse =
        pulse("n1", 1, "catalog")
            .replace(
                "\"instances\":[{\"name\":\"catalog\"",
                "\"instances\":[{\"name\":\"127.0.0.1:9001\"");
    return new Pulses.Gathered(0, Map.of("n1", pulse), List.of(), List.of(), Map.of());
  }

  private static Pulses.Gathered badlyNamed() {
    var line = new Story.Line(1, 1_000, "WARN", "Life", MARKUP.replace("\\", "") + " is dead");
    return new Pulses.Gathered(
        0,
        Map.of("n1", pulse(MARKUP, 1, MARKUP)),
        List.of(),
        List.of(MARKUP.replace("\\", "") + "2"),
        Map.of("n1", List.of(line)));
  }

  /**
   * As {@link Pulse} makes it.
   *
   * @param number of the node, which has the shards that this number leaves over
   * @param name of all that has one
   */
  private static String pulse(String node, int number, String name) {
    var shards =
        IntStream.range(0, SHARDS)
            .filter(it -> it % NODES == number % NODES)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(","));
    var requests =
        IntStream.range(2, 6)
            .mapToObj(
                status ->
                    """
                    {"route":"%s","status":"%dxx","count":10,"seconds":1.0,
                     "within":{"0.005":1,"0.01":2,"0.1":5,"1.0":9,"10.0":10}}"""
                        .formatted(name, status))
            .collect(Collectors.joining(","));
    return """
    {"node":"%1$s","state":"ready","checks":{},
     "status":{"name":"%1$s","incarnation":"1","oldest":%2$b,"shards":10,"uptimeSeconds":7,
       "admin":"%8$s","database":{"state":"up"},"members":[]},
     "shardNumbers":[%3$s],"shardsOfAll":%4$d,"memory":{"used":5,"max":9},
     "counts":{"hit":1,"collapsed":1,"stale":1,"marked":1,"held":1,"resent":1,"shed":1,"refused":1,
       "inFlight":2,"inFlightMax":2000,"connections":3,"operationsInFlight":1,"processor":0.5,
       "load":1.5},
     "requests":[%5$s],"operations":{"succeeded":3},
     "upstreams":[{"name":"%6$s","breaker":"open","reason":"%6$s","inFlight":0,"waiting":0,
       "limit":20,"instances":[{"name":"%6$s","standby":false,"weight":1,"state":"in-use",
         "health":"%6$s","breaker":"closed","inFlight":0,"latencyP50Millis":1.0,
         "latencyP99Millis":2.0,"ejections":0}]}],
     "cache":[{"route":"%6$s","entries":3,"bytes":4096,"hits":2,"misses":1}],
     "top":[{"route":"%6$s","url":"http://h/%6$s","hits":%7$d}]}"""
        .formatted(node, number == 1, shards, SHARDS, requests, name, number, origin())
        .replace("\n", "");
  }

  /** One operation has failed, the other waits; every text of them is markup. */
  private static final class TwoOfBadNames implements OperationsView {
    private static final String TEXT = MARKUP.replace("\\", "");
    private static final Map<String, Operation> ALL =
        Map.of(
            "06h1", operation("06h1", Operation.State.FAILED),
            "06h2", operation("06h2", Operation.State.ACCEPTED));

    private static Operation operation(String id, Operation.State state) {
      return new Operation(
          id,
          state,
          TEXT,
          "POST",
          "/" + TEXT,
          "",
          3,
          2,
          Instant.EPOCH,
          Instant.EPOCH,
          Optional.empty(),
          Instant.EPOCH,
          TEXT,
          Optional.empty(),
          Optional.empty());
    }

    @Override
    public CompletionStage<List<Operation>> list(
        Optional<Operation.State> state,
        Optional<String> route,
        Optional<String> after,
        int limit) {
      return CompletableFuture.completedFuture(List.copyOf(new TreeMap<>(ALL).values()));
    }

    @Override
    public CompletionStage<Optional<Operations.Change>> cancel(String id) {
      return changed(id, "cancel", true);
    }

    /** Somebody else was quicker. */
    @Override
    public CompletionStage<Optional<Operations.Change>> retry(String id) {
      return changed(id, "retry", false);
    }

    private static CompletionStage<Optional<Operations.Change>> changed(
        String id, String word, boolean done) {
      AdminServerTest.ordered.add(word + " " + id);
      return CompletableFuture.completedFuture(
          Optional.of(new Operations.Change(ALL.get(id), done)));
    }
  }

  private static String origin() {
    return "http://127.0.0.1:" + port.localAddress().getPort();
  }

  private static void show(Pulses.Gathered shown) {
    cluster = shown;
    browser.page().navigate(origin() + "/");
  }

  /** Each pulse moves the shards of ten nodes, and changes every number. */
  private static final String MAKE_PULSES =
      """
      pulses => {
        window.texts = [];
        for (let round = 1; round <= 40; round++) {
          const moving = pulses.filter((it, i) => i % 10 === round % 10);
          const theirs = moving.map(it => it.shardNumbers);
          moving.forEach((it, i) => { it.shardNumbers = theirs[(i + 1) % theirs.length]; });
          for (const [i, it] of pulses.entries()) {
            it.status.uptimeSeconds += 1;
            for (const r of it.requests) r.count += i;
            for (const what of Object.keys(it.counts)) it.counts[what] += i;
          }
          texts.push(JSON.stringify({round, silent: [], nodes: pulses}));
        }
        return texts.length;
      }""";

  private static final String SHOW_PULSES =
      """
      async () => {
        const {show} = await import('/page/page.js');
        const took = [];
        for (const text of texts) {
          const begun = performance.now();
          show(JSON.parse(text));
          await null; // The charts draw in a microtask.
          document.body.getBoundingClientRect();
          took.push(performance.now() - begun);
          await new Promise(drawn => requestAnimationFrame(drawn));
        }
        took.sort((a, b) => a - b);
        return [took[took.length / 2], took[took.length * 9 / 10]];
      }""";

  /**
   * What pulses took, script and layout.
   *
   * @param median milliseconds
   * @param slow milliseconds within which nine of ten were drawn
   */
  private record Took(double median, double slow) {
    static Took measured() {
      var took = (List<?>) browser.page().evaluate(SHOW_PULSES);
      return new Took(((Number) took.get(0)).doubleValue(), ((Number) took.get(1)).doubleValue());
    }

    boolean isSmooth() {
      return median < PULSE_MILLIS_MAX && slow < SLOW_PULSE_MILLIS_MAX;
    }
  }

  @Test
  void aThousandShardsOnAHundredNodesAreDrawnSmoothly() {
    show(many());
    var page = browser.page();
    assertThat(page.locator("#nodes .card")).hasCount(NODES);
    assertThat(page.locator("#shards .shard")).hasCount(SHARDS);
    var pulses =
        page.evaluate("texts => texts.map(JSON.parse)", List.copyOf(many().pulses().values()));
    page.evaluate(MAKE_PULSES, pulses);
    var took = Took.measured();
    for (int tries = 1; !took.isSmooth() && tries < TRIES_MAX; tries++) {
      System.out.printf("At first a pulse of %d nodes takes %s%n", NODES, took);
      took = Took.measured();
    }
    System.out.printf("A pulse of %d nodes takes %s%n", NODES, took);
    assertThat(took.median()).isLessThan(PULSE_MILLIS_MAX);
    assertThat(took.slow()).isLessThan(SLOW_PULSE_MILLIS_MAX);
    browser.shoot("page-many.png");
    assertThat(browser.errors()).isEmpty();
  }

  @Test
  void whatIsSelectedOrFocusedStaysSo() {
    show(many());
    var page = browser.page();
    assertThat(page.locator("#nodes .card")).hasCount(NODES);
    var drain = page.locator("#services button").last();
    drain.focus();
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#nodes dt'))");
    long before = rounds.get();
    page.waitForCondition(() -> rounds.get() > before + 3);
    assertThat(drain).isFocused();
    assertThat(page.evaluate("getSelection().toString()")).isEqualTo("up for");
  }

  @Test
  void markupIsShownAsText() {
    show(badlyNamed());
    var page = browser.page();
    page.locator("#operations-show").click();
    var text = MARKUP.replace("\\", "");
    for (var place :
        List.of(
            "#nodes",
            "#timeline",
            "#services",
            "#stored",
            "#top",
            "#routes",
            "#newest",
            "#watching")) {
      assertThat(page.locator(place)).containsText(text);
    }
    assertThat(page.locator("main img, header img")).hasCount(0);
    assertThat(page).hasTitle("Holdfast");
    assertThat(browser.errors()).isEmpty();
  }

  @Test
  void whatIsRefusedIsSaidAsText() {
    show(badlyNamed());
    var page = browser.page();
    page.locator("#look [name=path]").fill("/other");
    page.keyboard().press("Enter");
    assertThat(page.locator("#looked")).containsText("No route takes it");
    page.locator("#purge [name=kind]").selectOption("route");
    page.locator("#purge [name=what]").fill(MARKUP.replace("\\", ""));
    page.keyboard().press("Enter");
    assertThat(page.locator("#said")).containsText("<img");
    assertThat(page.locator("#said img")).hasCount(0);
    browser.errors().clear(); // Chromium's own, of answers that refuse something
  }

  /** What the page has sent since it was shown, as {@code METHOD path content}. */
  private static List<String> sent(Page page) {
    var sent = new ArrayList<String>();
    page.onRequest(
        it -> {
          if (!it.method().equals("GET")) {
            var path = it.url().substring(origin().length());
            sent.add(
                (it.method() + " " + path + " " + Objects.toString(it.postData(), "")).strip());
          }
        });
    return sent;
  }

  /**
   * An order that a button gives.
   *
   * @param button how it is called for who does not see it
   * @param request to be sent
   * @param order as it reaches the node
   * @param said once it is answered, after the request's path
   */
  private record Pressed(String button, String request, String order, String said) {}

  private static final String OPERATION = "POST /" + MARKUP.replace("\\", "");

  private static final List<Pressed> BUTTONS =
      List.of(
          new Pressed(
              "Breaker of catalog: open",
              "POST /upstreams/catalog/breaker/open",
              "catalog OPEN",
              "{\"nodes\":2}"),
          new Pressed(
              "Breaker of catalog: close",
              "POST /upstreams/catalog/breaker/close",
              "catalog CLOSE",
              "{\"nodes\":2}"),
          new Pressed(
              "Breaker of catalog: auto",
              "POST /upstreams/catalog/breaker/auto",
              "catalog AUTO",
              "{\"nodes\":2}"),
          new Pressed(
              "drain 127.0.0.1:9001",
              "POST /upstreams/catalog/instances/127.0.0.1:9001/drain",
              "catalog 127.0.0.1:9001 DRAIN",
              "\"pending\":[\"127.0.0.1:7082\"]"),
          new Pressed(
              "restore 127.0.0.1:9001",
              "POST /upstreams/catalog/instances/127.0.0.1:9001/restore",
              "catalog 127.0.0.1:9001 RESTORE",
              "{\"nodes\":2}"),
          new Pressed(
              "cancel " + OPERATION,
              "POST /operations/06h2/cancel",
              "cancel 06h2",
              "\"id\":\"06h2\""),
          new Pressed(
              "retry " + OPERATION,
              "POST /operations/06h1/retry",
              "retry 06h1",
              "It is failed: it has not failed"));

  @Test
  void eachButtonGivesItsOrderOnceAndItsAnswerIsSaid() {
    show(withTheService());
    var page = browser.page();
    page.locator("#operations-show").click();
    AdminServerTest.ordered.clear();
    var sent = sent(page);
    for (var it : BUTTONS) {
      page.getByRole(
              AriaRole.BUTTON, new Page.GetByRoleOptions().setName(it.button()).setExact(true))
          .click();
      var said = page.locator("#said");
      assertThat(said).containsText(it.request().substring("POST ".length()) + ": ");
      assertThat(said).containsText(it.said());
    }
    assertThat(sent).containsExactlyElementsOf(BUTTONS.stream().map(Pressed::request).toList());
    assertThat(AdminServerTest.ordered)
        .containsExactlyElementsOf(BUTTONS.stream().map(Pressed::order).toList());
    browser.errors().clear(); // Chromium's own, of the answer that refuses something
  }

  private static void purge(String kind, String what) {
    var form = browser.page().locator("#purge");
    form.locator("[name=kind]").selectOption(kind);
    form.locator("[name=what]").fill(what);
    form.locator("button").click();
  }

  @Test
  void purgesByPrefixAndByGroupAndSaysWhoHasNotConfirmed() {
    show(withTheService());
    var page = browser.page();
    AdminServerTest.ordered.clear();
    var sent = sent(page);
    AdminServerTest.purged =
        CompletableFuture.completedStage(new Purging.Done(7, 12, 2, List.of("n3")));
    purge("prefix", "/catalog/");
    var said = page.locator("#said");
    assertThat(said).hasText("/cache/purge: 12 URLs purged on 2 nodes; not confirmed by n3");
    AdminServerTest.purged = CompletableFuture.completedStage(new Purging.Done(8, 1, 3, List.of()));
    page.locator("#purge [name=soft]").check();
    purge("group", "of summer");
    assertThat(said).hasText("/cache/purge: 1 URL purged on 3 nodes");
    assertThat(sent)
        .containsExactly(
            "POST /cache/purge {\"prefix\":\"/catalog/\",\"soft\":false}",
            "POST /cache/purge {\"group\":\"of summer\",\"soft\":true}");
    assertThat(AdminServerTest.ordered)
        .containsExactly(
            "Prefix[prefix=http://*/catalog/] false false",
            "Group[name=of summer, origin=http://*/] true false");
    assertThat(browser.errors()).isEmpty();
  }

  /** Two pulses, the second of them half a second and ten requests later. */
  private static final String RATE_OF_A_NODE =
      """
      async ({text, felt}) => {
        const {Rates} = await import('/page/rates.js');
        const it = JSON.parse(text);
        const pulse = (millis, count) => ({nodes: [{...it, ...millis === null ? {} : {feltMillis: millis},
          requests: [{...it.requests[0], count}]}]});
        const rates = new Rates();
        rates.take(pulse(felt[0], 100));
        const begun = performance.now();
        await new Promise(done => setTimeout(done, 500));
        const now = rates.take(pulse(felt[1], 110));
        const passed = (performance.now() - begun) / 1000;
        return [now.byNode.get(it.node) ?? 0, now.routes[0]?.rate ?? 0, 10 / passed];
      }""";

  /** The same pulse is told for a while, to all who ask. */
  @Test
  void ratesAreByWhenANodeWasFeltAndNotByWhenThatCame() {
    show(withTheService());
    assertThat(rates(4_000, 5_000)).startsWith(10, 10);
    assertThat(rates(-900, -700)).startsWith(50, 50);
    assertThat(rates(4_000, 4_000)).startsWith(0, 0); // It was not felt again.
    var ofAnEarlierBuild = rates(null, 4_000);
    assertThat(ofAnEarlierBuild[0]).isCloseTo(ofAnEarlierBuild[2], within(1.0));
    assertThat(ofAnEarlierBuild[1]).isCloseTo(ofAnEarlierBuild[2], within(1.0));
  }

  /** Of the node, of its route, and what it would be by when the pulses came. */
  private static double[] rates(Integer... feltMillis) {
    var asked = Map.of("text", cluster.pulses().get("n1"), "felt", Arrays.asList(feltMillis));
    var rates = (List<?>) browser.page().evaluate(RATE_OF_A_NODE, asked);
    return rates.stream().mapToDouble(it -> ((Number) it).doubleValue()).toArray();
  }

  private static void assertAccessibleInDarkAndLight() {
    browser.assertAccessible();
    browser.show(ColorScheme.LIGHT);
    browser.assertAccessible();
    browser.show(ColorScheme.DARK);
  }

  @Test
  void axeFindsNothingInDarkAndLight() {
    show(badlyNamed());
    browser.page().locator("#operations-show").click();
    assertThat(browser.page().locator("#newest button")).hasCount(2);
    assertAccessibleInDarkAndLight();
  }

  @Test
  void axeFindsNothingInWhatWasLookedForNorInWhatIsSaid() {
    AdminServerTest.OneResource.sighted =
        new Pulses.Sighted(
            Map.of("n1", "{\"owns\":true,\"state\":\"in-memory\",\"etag\":\"7\"}"), 1);
    var event =
        new History.Written(7, Instant.EPOCH, "io.holdfast.resource.DocumentEvent$Stored#1");
    AdminServerTest.OneResource.history =
        CompletableFuture.completedStage(new History.Of(Optional.of("7"), false, List.of(event)));
    AdminServerTest.purged =
        CompletableFuture.completedStage(new Purging.Done(7, 12, 2, List.of("n3")));
    show(badlyNamed());
    var page = browser.page();
    var said = page.locator("#said");
    assertThat(said).hasAttribute("role", "status");
    assertThat(said).isEmpty();
    assertThat((String) said.evaluate("it => getComputedStyle(it).display")).isNotEqualTo("none");
    page.locator("#look [name=path]").fill("/docs/a");
    page.keyboard().press("Enter");
    assertThat(page.locator("#looked tbody tr")).hasCount(1);
    purge("prefix", "/catalog/");
    assertThat(said).containsText("12 URLs");
    assertAccessibleInDarkAndLight();
    assertThat(said).containsText("12 URLs");
  }

  @Test
  void axeFindsNothingWhereTheTokenIsAskedFor() {
    cluster = badlyNamed();
    var page = browser.page();
    page.navigate("http://127.0.0.1:" + guarded.localAddress().getPort() + "/");
    assertThat(page.locator("#ask-token")).isVisible();
    assertAccessibleInDarkAndLight();
    assertThat(page.locator("#ask-token")).isVisible();
  }
}
