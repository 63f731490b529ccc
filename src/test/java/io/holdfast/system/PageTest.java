package io.holdfast.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Collection;
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

  /** Other tests use the same two processors; one death of these is seen in time. */
  private static final int TRIES_MAX = 3;

  private static final long GOES_ON_WITHIN_MILLIS = 2000;
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
      int k = ThreadLocalRandom.current().nextInt(64);
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
      }""";

  /** A shard is taken with the first request for it. */
  private static Collection<String> oneOfEachShard() {
    var slots = new Slots(64);
    return IntStream.range(0, 1000)
        .mapToObj(it -> "k" + it)
        .collect(Collectors.toMap(it -> slots.shardOf("docs/" + it), it -> it, (a, b) -> a))
        .values();
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

  private static long downAfterItsDeath() {
    long killed = System.currentTimeMillis();
    nodes.kill(3);
    return seenAfter(killed, "n3 down");
  }

  @Test
  @Order(5)
  void aDeathIsSeenAtOnceAndThePageGoesOnWithAnotherNodeWhenItsOwnDies() {
    var page = browser.page();
    page.evaluate(LISTEN);
    var cells = page.locator("#shards .shard");
    var before = cells.allTextContents();
    assertThat(before).contains("n3");

    long down = downAfterItsDeath();
    for (int tries = 1; down >= DOWN_WITHIN_MILLIS && tries < TRIES_MAX; tries++) {
      nodes.start(3);
      nodes.awaitReady();
      assertThat(page.locator("#nodes [data-node=n3]")).hasAttribute("data-state", "ready");
      down = downAfterItsDeath();
    }
    oneOfEachShard().forEach(id -> nodes.getLater(2, "/docs/" + id));
    assertThat(page.locator("#shards .shard:text-is('n3')")).hasCount(0);
    assertThat(page.locator("#shards .shard.owner-none")).hasCount(0);
    assertThat(page.locator("#nodes [data-node=n3] dl")).isHidden();
    var failover = page.locator("#timeline .failover").first();
    assertThat(failover).containsText("Death of n3");
    assertThat(failover).containsText("noticed in");
    assertThat(failover.locator(".when").last()).containsText(" ms");
    page.evaluate("scrollTo(0, 0)");
    assertThat(page.locator("#said"))
        .isHidden(new LocatorAssertions.IsHiddenOptions().setTimeout(9000));
    browser.shootSmall("page.jpg");

    long killedToo = System.currentTimeMillis();
    nodes.kill(1);
    oneOfEachShard().forEach(id -> nodes.getLater(2, "/docs/" + id));
    long goesOn = seenAfter(killedToo, "Watching through n2");
    assertThat(page.locator("#timeline")).containsText("goes on with n2");
    assertThat(page.locator("#nodes [data-node=n1]")).hasAttribute("data-state", "down");
    assertThat(page.locator("#shards .shard:text-is('n2')")).hasCount(before.size());
    System.out.printf("Down after %d ms, goes on after %d ms%n", down, goesOn);
    assertThat(down).isLessThan(DOWN_WITHIN_MILLIS);
    assertThat(goesOn).isLessThan(GOES_ON_WITHIN_MILLIS);
  }

  @Test
  @Order(6)
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
  @Order(7)
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
