package io.holdfast.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.holdfast.database.Slots;
import io.holdfast.testing.Browser;
import io.holdfast.testing.NodeProcesses;
import io.holdfast.testing.Origin;
import io.holdfast.testing.Services;
import io.holdfast.testing.TestDatabase;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Whoever watches three real nodes in a browser, under light traffic, sees two of them die. */
@Timeout(90)
@TestMethodOrder(OrderAnnotation.class)
@Tag("alone")
class PageTest {
  private static final String TOKEN = "only-in-a-field";
  private static final long DOWN_WITHIN_MILLIS = 1000;

  private static final long GOES_ON_WITHIN_MILLIS = 2000;

  /** Documents that the traffic reads and writes; of some shards none is among them. */
  private static final int DOCUMENTS = 64;

  private static Browser browser;
  private static NodeProcesses nodes;
  private static Origin service;
  private static Thread traffic;

  @BeforeAll
  static void open() {
    browser = Browser.start();
    service = Origin.start((request, it) -> it.text(200, "stored", "Cache-Control: max-age=60"));
    var properties = new ArrayList<>(Services.storing("c", service));
    properties.addAll(
        List.of(
            NodeProcesses.SHARDS_AS_SHIPPED,
            "holdfast.admin.token=" + TOKEN,
            "holdfast.routes.docs.path=/docs",
            "holdfast.routes.docs.documents=docs",
            "holdfast.upstreams.s.instances=http://127.0.0.1:9",
            "holdfast.routes.s.path=/s",
            "holdfast.routes.s.upstream=s",
            "holdfast.routes.s.async.mode=always",
            "holdfast.routes.s.async.attempts-max=1"));
    nodes = NodeProcesses.start(3, TestDatabase.H2.fresh(), properties.toArray(String[]::new));
    traffic = new Thread(PageTest::send, "traffic");
    traffic.start();
    var page = browser.page();
    page.navigate(nodes.admin(1, "/").toString());
    page.locator("#ask-token input").fill(TOKEN);
    page.keyboard().press("Enter");
    assertThat(page.locator("#nodes [data-state=ready]")).hasCount(3);
    assertThat(page.locator("#watching")).hasText("Watching through n1");
  }

  @AfterAll
  static void close() throws InterruptedException {
    if (traffic != null) {
      traffic.interrupt();
      traffic.join();
    }
    if (nodes != null) {
      nodes.close();
    }
    if (service != null) {
      service.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  /** To the node that lives longest. */
  private static void send() {
    while (!Thread.currentThread().isInterrupted()) {
      int k = ThreadLocalRandom.current().nextInt(DOCUMENTS);
      nodes.getLater(2, "/c/" + k % 8);
      nodes.sendLater(
          2, k % 4 == 0 ? "PUT" : "GET", "/docs/k" + k, "1", "Content-Type", "application/json");
      LockSupport.parkNanos(30_000_000);
    }
  }

  private static final String POINTS =
      "Number(document.querySelector('#chart-latency .chart').dataset.points ?? 0)";

  @Test
  @Order(1)
  void isReadInDarkInLightAndOnAPhone() {
    var page = browser.page();
    assertThat(page.locator("#shards .shard.owner-none")).hasCount(0);
    page.waitForCondition(
        () -> ((Number) page.evaluate(POINTS)).intValue() > 6,
        new Page.WaitForConditionOptions().setTimeout(20_000));
    browser.shoot("page-dark.png");
    browser.assertAccessible();
    browser.show(ColorScheme.LIGHT);
    browser.shoot("page-light.png");
    browser.assertAccessible();
    page.locator("#traffic").scrollIntoViewIfNeeded();
    browser.shoot("page-traffic.png");
    page.setViewportSize(360, 740);
    browser.shoot("page-phone.png");
    assertThat((Integer) page.evaluate("document.documentElement.scrollWidth")).isEqualTo(360);
    browser.assertAccessible();
    browser.show(ColorScheme.DARK);
    page.setViewportSize(1200, 800);
  }

  /** What can be focused, and how it is called. */
  private static final String FOCUSED = "document.activeElement.dataset.reached ?? ''";

  private static final String TO_BE_REACHED =
      "[...document.querySelectorAll('a[href], button, input, select, [tabindex]')]"
          + ".filter(it => it.checkVisibility())"
          + ".map((it, i) => it.dataset.reached = i + '')";

  @Test
  @Order(2)
  void everythingIsReachedByKeyboard() {
    var page = browser.page();
    page.locator("body").evaluate("it => document.activeElement.blur()");
    Set<String> reached = new LinkedHashSet<>();
    var wanted = ((List<?>) page.evaluate(TO_BE_REACHED)).stream().map(String.class::cast).toList();
    for (int i = 0; i < wanted.size() + 5; i++) {
      page.keyboard().press("Tab");
      reached.add((String) page.evaluate(FOCUSED));
    }
    assertThat(wanted).hasSizeGreaterThan(15).isSubsetOf(reached);
  }

  @Test
  @Order(3)
  void markupInTargetsAndOrdersIsShownAsText() {
    var page = browser.page();
    var target = "/s/a?b=%3Cimg%20src=x%20onerror=alert(1)%3E";
    assertThat(nodes.send(2, "POST", target, "{}").statusCode()).isEqualTo(202);
    nodes.send(
        nodes.admin(2, "/log-levels/%3Cimg%20src=x%20onerror=alert(1)%3E"),
        "PUT",
        "{}",
        "Authorization",
        "Bearer " + TOKEN);
    page.locator("#operations-show").click();
    assertThat(page.locator("#newest")).containsText("onerror");
    assertThat(page.locator("#timeline")).containsText("onerror");
    assertThat(page.locator("main img")).hasCount(0);
  }

  @Test
  @Order(4)
  void aResourceIsFoundAndAPurgeSaysHowMuchItReached() {
    var page = browser.page();
    assertThat(nodes.put(2, "/docs/looked-for", "1").statusCode()).isEqualTo(201);
    look("/docs/looked-for");
    var looked = page.locator("#looked");
    assertThat(looked).containsText(Pattern.compile("owner\\s*n[123]\\s*state\\s*in memory"));
    assertThat(looked).containsText("\"1\"");
    assertThat(looked).containsText("stored");
    look("/c/1");
    assertThat(looked).containsText("/c/1");
    assertThat(looked).containsText("fresh for");
    assertThat(looked.locator("tbody tr")).hasCount(1);
    assertThat(page.locator("#top")).containsText("/c/1");
    page.locator("#purge [name=what]").fill("/c/1");
    page.locator("#purge button").click();
    assertThat(page.locator("#said")).containsText("1 URL purged on 3 nodes");
  }

  private static void look(String path) {
    browser.page().locator("#look [name=path]").fill(path);
    browser.page().keyboard().press("Enter");
  }

  /** What changes where it is looked at, and when. */
  private static final String LISTEN =
      """
      () => {
        window.seen = [];
        const note = what => seen.push({what, at: Date.now()});
        new MutationObserver(all => all.forEach(it => note(`${it.target.dataset.node} ${it.target.dataset.state}`)))
          .observe(document.getElementById('nodes'), {subtree: true, attributeFilter: ['data-state']});
        new MutationObserver(all => note(document.getElementById('watching').textContent))
          .observe(document.getElementById('watching'), {childList: true, characterData: true, subtree: true});
        const isHatched = cell => cell.classList.contains('owner-none')
          && getComputedStyle(cell).backgroundImage.startsWith('repeating-linear-gradient');
        const cells = document.getElementById('shards');
        new MutationObserver(all => new Set(all.map(it => it.target)).forEach(cell =>
          isHatched(cell) && note(`shard ${[...cells.children].indexOf(cell)} has no owner`)))
          .observe(cells, {subtree: true, attributeFilter: ['class']});
      }""";

  /** Whether each shard has the colour of its owner's card, once it has turned to it. */
  private static final String ALL_HAVE_THEIR_OWNERS_COLOURS =
      """
      () => [...document.querySelectorAll('#shards .shard')].every(cell => {
        const card = document.querySelector(`#nodes [data-node="${cell.textContent}"]`);
        return card && card.dataset.state === 'ready'
          && getComputedStyle(cell).backgroundImage === 'none'
          && getComputedStyle(cell).backgroundColor === getComputedStyle(card).borderLeftColor;
      })""";

  private static final int SHARDS = 64;
  private static final Slots SLOTS = new Slots(SHARDS);

  private static int shardOf(String id) {
    return SLOTS.shardOf("docs/" + id);
  }

  /** A shard is taken with the first request for it. */
  private static void askForAllShards() {
    IntStream.range(0, 1000)
        .mapToObj(it -> "k" + it)
        .collect(Collectors.toMap(PageTest::shardOf, it -> it, (a, b) -> a))
        .values()
        .forEach(id -> nodes.getLater(2, "/docs/" + id));
  }

  /** Milliseconds from then until that was to be seen. */
  private static long seenAfter(long then, String what) {
    var page = browser.page();
    var at = "([what, then]) => seen.find(it => it.what === what && it.at >= then)?.at ?? 0";
    var asked = List.of(what, (double) then);
    page.waitForCondition(
        () -> ((Number) page.evaluate(at, asked)).longValue() > 0,
        new Page.WaitForConditionOptions().setTimeout(20_000));
    return ((Number) page.evaluate(at, asked)).longValue() - then;
  }

  /** Nobody asks for them, and so nobody takes them from an owner that dies. */
  private static List<Integer> quietShardsOf(String node) {
    var owners = browser.page().locator("#shards .shard").allTextContents();
    var asked =
        IntStream.range(0, DOCUMENTS).mapToObj(it -> shardOf("k" + it)).collect(Collectors.toSet());
    return IntStream.range(0, owners.size())
        .boxed()
        .filter(it -> owners.get(it).equals(node) && !asked.contains(it))
        .toList();
  }

  /** Writes to all shards that the traffic is for: those of who has just died have to wait. */
  private static void writeEverywhere() {
    IntStream.range(0, DOCUMENTS)
        .forEach(
            it ->
                nodes.sendLater(2, "PUT", "/docs/k" + it, "2", "Content-Type", "application/json"));
  }

  @Test
  @Order(5)
  void aDeathIsSeenAtOnceAndItsShardsTakeTheColoursOfTheSurvivors() {
    var page = browser.page();
    page.evaluate(LISTEN);
    var quiet = quietShardsOf("n3");
    assertThat(quiet).isNotEmpty();
    long killed = System.currentTimeMillis();
    nodes.kill(3);
    writeEverywhere();
    long down = seenAfter(killed, "n3 down");
    quiet.forEach(shard -> seenAfter(killed, "shard " + shard + " has no owner"));
    askForAllShards();
    page.waitForCondition(
        () -> (Boolean) page.evaluate(ALL_HAVE_THEIR_OWNERS_COLOURS),
        new Page.WaitForConditionOptions().setTimeout(20_000));
    assertThat(page.locator("#nodes [data-node=n3] dl")).isHidden();
    assertTold(page.locator("#timeline .failover").first(), "n3");
    System.out.printf("Down after %d ms%n", down);
    assertThat(down).isLessThan(DOWN_WITHIN_MILLIS);
  }

  /** Each step, in its order, with the time since the first was told and the time that it took. */
  private static final List<Pattern> STEPS =
      List.of(
          Pattern.compile("[+\u2212]\\d+ ms.* is dead: .*; noticed in \\d+ ms"),
          Pattern.compile("\\+\\d+ ms.* was fenced after \\d+ ms"),
          Pattern.compile(
              "\\+\\d+ ms.*Took \\d+ shards? .* in .* ms, the last after \\d+ ms: served within .* ms"),
          Pattern.compile(
              "\\+\\d+ ms.*0 requests failed, [1-9]\\d* held: the last was answered after \\d+ ms.*"));

  private static void assertTold(Locator failover, String who) {
    assertThat(failover.locator("p")).containsText("Death of " + who);
    assertThat(failover.locator("ol")).containsText("requests failed");
    var lines = failover.locator("ol > li").allTextContents();
    assertThat(lines)
        .filteredOn(it -> it.contains("requests failed"))
        .allMatch(it -> it.contains("0 requests failed, "));
    var places =
        STEPS.stream()
            .map(
                step ->
                    IntStream.range(0, lines.size())
                        .filter(it -> step.matcher(lines.get(it)).find())
                        .findFirst()
                        .orElse(-1))
            .toList();
    assertThat(places).as("%s", lines).doesNotContain(-1).isSorted();
  }

  @Test
  @Order(6)
  void thePageGoesOnWithAnotherNodeWhenItsOwnDies() {
    var page = browser.page();
    page.evaluate("scrollTo(0, 0)");
    assertThat(page.locator("#said"))
        .hasText("", new LocatorAssertions.HasTextOptions().setTimeout(9000));
    browser.shootSmall("page.jpg");
    long killed = System.currentTimeMillis();
    nodes.kill(1);
    askForAllShards();
    long goesOn = seenAfter(killed, "Watching through n2");
    assertThat(page.locator("#timeline")).containsText("goes on with n2");
    assertThat(page.locator("#nodes [data-node=n1]")).hasAttribute("data-state", "down");
    assertThat(page.locator("#shards .shard")).hasCount(SHARDS);
    assertThat(page.locator("#shards .shard:text-is('n2')")).hasCount(SHARDS);
    System.out.printf("Goes on after %d ms%n", goesOn);
    assertThat(goesOn).isLessThan(GOES_ON_WITHIN_MILLIS);
  }

  @Test
  @Order(7)
  void theTokenIsAskedForOnceAndInNoUrlAndNoOtherHostIsAsked() {
    assertThat(browser.page().locator("#ask-token")).isHidden();
    var own = List.of(nodes.admin(1, ""), nodes.admin(2, ""), nodes.admin(3, ""));
    assertThat(browser.requests())
        .hasSizeGreaterThan(10)
        .noneMatch(it -> it.contains(TOKEN))
        .allMatch(it -> own.stream().map(URI::toString).anyMatch(node -> isOf(node, it)));
  }

  /** The port's digits may begin another's. */
  private static boolean isOf(String node, String url) {
    return url.startsWith(node + "/");
  }

  /** Chromium itself tells of requests that a dead node does not answer. */
  @Test
  @Order(8)
  void theConsoleHasNoErrorButOfRequestsToTheDead() {
    assertThat(browser.errors())
        .filteredOn(
            it ->
                !(it.text().startsWith("Failed to load resource: net::ERR_")
                    && isOf(nodes.admin(1, "").toString(), it.url())
                    && it.url().endsWith("/events?pulses")))
        .isEmpty();
  }
}
