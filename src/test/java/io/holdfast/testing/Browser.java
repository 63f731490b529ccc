package io.holdfast.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ScreenshotType;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The machine's own Chromium, without a window, with one page in it. What the page asks for, and
 * what the browser reports as errors, is kept. For one thread.
 */
public final class Browser implements AutoCloseable {
  private static final String MISSING =
      "No browser is installed that the page could be tested with: apt-get install chromium";

  /** On a machine with other work. */
  private static final double ASSERTION_MILLIS = 20_000;

  private final Playwright playwright;
  private final Page page;
  private final List<String> requests = new ArrayList<>();
  private final List<Failed> errors = new ArrayList<>();

  /**
   * An error that the browser's console shows.
   *
   * @param url what it is about
   */
  public record Failed(String url, String text) {}

  private Browser(Playwright playwright, Page page) {
    this.playwright = playwright;
    this.page = page;
    page.onRequest(request -> requests.add(request.url()));
    page.onPageError(error -> errors.add(new Failed(page.url(), error)));
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error") || message.type().equals("warning")) {
            var url = message.location().replaceFirst(":\\d+:\\d+$", "");
            errors.add(new Failed(url, message.text()));
          }
        });
  }

  /** Without one the test is skipped, or fails where {@code CI} is set. */
  public static Browser start() {
    var chromium = installed();
    if (chromium.isEmpty() && System.getenv("CI") != null) {
      throw new AssertionError(MISSING);
    }
    if (chromium.isEmpty()) {
      System.out.println("Skipped. " + MISSING); // Surefire says nothing of it.
      Assumptions.abort(MISSING);
    }
    PlaywrightAssertions.setDefaultAssertionTimeout(ASSERTION_MILLIS);
    var playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    try {
      return new Browser(playwright, context(playwright, chromium.get()).newPage());
    } catch (RuntimeException e) {
      playwright.close();
      throw e;
    }
  }

  private static BrowserContext context(Playwright playwright, Path chromium) {
    return playwright
        .chromium()
        .launch(
            new BrowserType.LaunchOptions()
                .setExecutablePath(chromium)
                .setArgs(List.of("--no-sandbox", "--disable-gpu")))
        .newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setViewportSize(1200, 800)
                .setColorScheme(ColorScheme.DARK));
  }

  private static Optional<Path> installed() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(
            name ->
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  public Page page() {
    return page;
  }

  /** All that were sent, in their order. */
  public List<String> requests() {
    return requests;
  }

  public List<Failed> errors() {
    return errors;
  }

  public void show(ColorScheme scheme) {
    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
  }

  /** A picture of what is seen, in {@code target/}. */
  public void shoot(String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", name)));
  }

  /** The same, for who has no room for more. */
  public void shootSmall(String name) {
    page.screenshot(
        new Page.ScreenshotOptions()
            .setPath(Path.of("target", name))
            .setType(ScreenshotType.JPEG)
            .setClip(0, 0, 1200, 720)
            .setQuality(45));
  }

  /** By axe-core, of the page as it is shown now. */
  public void assertAccessible() {
    var found = new AxeBuilder(page).analyze().getViolations();
    assertThat(found)
        .as(() -> String.join("\n", found.stream().map(Browser::violation).toList()))
        .isEmpty();
  }

  private static String violation(com.deque.html.axecore.results.Rule rule) {
    var nodes = rule.getNodes().stream().map(it -> it.getHtml() + ": " + it.getFailureSummary());
    return rule.getId() + ": " + String.join("\n  ", nodes.toList());
  }

  @Override
  public void close() {
    playwright.close();
  }
}
