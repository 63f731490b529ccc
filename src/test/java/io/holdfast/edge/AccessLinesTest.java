package io.holdfast.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.holdfast.route.Routes;
import io.holdfast.telemetry.Tracing;
import io.holdfast.testing.RawClient;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Every answer leaves one line, whoever gave it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessLinesTest {
  private static final Duration SHORT = Duration.ofMillis(400);
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Pattern LINE = Pattern.compile("(\\S+ \\S+ \\d{3}) (\\d+)us (route=.*)");

  private static final String NOBODY = " route=- cache=- owner=- attempts=0 reason=- trace=-";

  private final ActorTestKit kit = ActorTestKit.create();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final CompletableFuture<HttpResponse> held = new CompletableFuture<>();
  private final Logger access = logger();
  private final HttpServer server = start(LONG, meters);

  private Logger logger() {
    var access = (Logger) LoggerFactory.getLogger("test." + getClass().getSimpleName());
    access.setLevel(Level.INFO);
    access.setAdditive(false);
    access.addAppender(lines);
    lines.start();
    return access;
  }

  private HttpServer start(Duration headTimeout, MeterRegistry countedIn) {
    var dispatch =
        new Dispatch(
            () -> new Routes(List.of()),
            Map.of(),
            new RequestLog(access, meters, Tracing.OFF),
            Materializer.createMaterializer(kit.system()),
            Optional.empty(),
            Optional.empty());
    var handler =
        new HttpServer.Handler() {
          @Override
          public CompletionStage<HttpResponse> handle(HttpRequest request, Peer peer) {
            return request.getUri().path().equals("/hold") ? held : dispatch.handle(request, peer);
          }

          @Override
          public void refused(String method, String target, int status, long nanos) {
            dispatch.refused(method, target, status, nanos);
          }
        };
    var limits = ServerFixture.limits(headTimeout, LONG, 3, 1);
    return HttpServer.bind(kit.system(), "127.0.0.1", 0, limits, handler, countedIn)
        .toCompletableFuture()
        .join();
  }

  @BeforeEach
  void forgetEarlierLines() {
    await().until(() -> meters.get("holdfast.http.connections").gauge().value() == 0);
    lines.list.clear();
  }

  @AfterAll
  void stop() {
    server.close(Duration.ZERO).toCompletableFuture().join();
    kit.shutdownTestKit();
  }

  private RawClient connect() throws IOException {
    return connect(server);
  }

  private static RawClient connect(HttpServer to) throws IOException {
    return RawClient.connect(to.address());
  }

  private double counted(String name) {
    return meters.find(name).counters().stream().mapToDouble(Counter::count).sum();
  }

  /** The only line, without its time. */
  private String line() {
    await().until(() -> !lines.list.isEmpty());
    assertThat(lines.list).hasSize(1);
    var line = LINE.matcher(lines.list.get(0).getFormattedMessage());
    assertThat(line.matches()).as("%s", lines.list).isTrue();
    assertThat(Duration.ofNanos(Long.parseLong(line.group(2)) * 1000))
        .isLessThan(Duration.ofSeconds(10));
    return line.group(1) + " " + line.group(3);
  }

  static List<Arguments> refused() {
    var host = " HTTP/1.1\r\nHost: a\r\n";
    return List.of(
        Arguments.of("GET /a?secret=1" + host + "X\r\n\r\n", "GET /a 400"),
        Arguments.of("GET http://a/b?c HTTP/1.1\r\n\r\n", "GET /b 400"),
        Arguments.of(
            "GET /a\u0001\u007f\u00e4\\" + host + "\r\n", "GET /a\\x01\\x7f\\xe4\\x5c 400"),
        Arguments.of("GET a" + host + "\r\n", "GET a 400"),
        Arguments.of("GARBAGE\r\n", "- - 400"),
        Arguments.of("\u0016\u0003\u0001", "- - 400"),
        Arguments.of("GET /" + "a".repeat(8192) + host + "\r\n", "GET - 414"),
        Arguments.of("GET /" + "a".repeat(9000) + host + "\r\n", "- - 414"),
        Arguments.of("GET /a" + host + "X: " + "y".repeat(40_000) + "\r\n\r\n", "GET /a 431"),
        Arguments.of("CONNECT a:1" + host + "\r\n", "CONNECT a:1 501"),
        Arguments.of("TRACE /a" + host + "\r\n", "TRACE /a 405"),
        Arguments.of("GET /a HTTP/2.0\r\nHost: a\r\n\r\n", "GET /a 505"),
        Arguments.of("PUT /a" + host + "Transfer-Encoding: gzip\r\n\r\n", "PUT /a 501"),
        Arguments.of("PUT /a" + host + "Transfer-Encoding: chunked\r\n\r\nz\r\n", "PUT /a 400"),
        // The parser behind the byte stage.
        Arguments.of("GET /%zz" + host + "\r\n", "GET /%zz 400"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void tellOfWhatIsRefusedBeforeARouteIsLookedFor(String request, String line) throws IOException {
    double before = counted("holdfast.http.refused");
    try (var client = connect()) {
      assertThat(client.send(request).read().status())
          .isEqualTo(Integer.parseInt(line.substring(line.length() - 3)));
      assertThat(line()).isEqualTo(line + NOBODY);
    }
    assertThat(counted("holdfast.http.refused")).isEqualTo(before + 1);
  }

  @Test
  void tellOfAHeadThatIsLateAndHowLongItWasWaitedFor() throws IOException {
    var impatient = start(SHORT, new SimpleMeterRegistry());
    try (var client = connect(impatient)) {
      // The first head of a connection is waited for from its beginning on, before there is any.
      assertThat(client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").read().status()).isEqualTo(404);
      assertThat(line())
          .isEqualTo("GET /b 404 route=none cache=- owner=- attempts=0 reason=not-found trace=-");
      lines.list.clear();
      assertThat(client.send("GET /a").read().status()).isEqualTo(408);
      assertThat(line()).isEqualTo("- - 408" + NOBODY);
      var time = Pattern.compile("\\d+us").matcher(lines.list.get(0).getFormattedMessage());
      assertThat(time.find()).isTrue();
      assertThat(Integer.parseInt(time.group().replace("us", "")))
          .isGreaterThan((int) SHORT.toNanos() / 1000);
    } finally {
      impatient.close(Duration.ZERO).toCompletableFuture().join();
    }
  }

  @Test
  void tellOnceOfARequestThatWasTakenAndThenOfTheNext() throws IOException {
    try (var client = connect()) {
      var taken = "GET /a?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n";
      assertThat(client.send(taken).read().status()).isEqualTo(404);
      assertThat(line())
          .isEqualTo("GET /a 404 route=none cache=- owner=- attempts=0 reason=not-found trace=-");
      lines.list.clear();
      assertThat(client.send("BREW /b HTTP/1.1\r\n\r\n").read().status()).isEqualTo(400);
      assertThat(line()).isEqualTo("BREW /b 400" + NOBODY);
    }
  }

  @Test
  void nameTheTraceOfWhoeverSendsOneAndSoDoesTheProblem() throws IOException {
    var trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    try (var client = connect()) {
      var answer =
          client
              .send("GET /a HTTP/1.1\r\nHost: a\r\n")
              .send("traceparent: 00-" + trace + "-00f067aa0ba902b7-00\r\n\r\n")
              .read();
      assertThat(answer.content()).contains("\"traceId\":\"" + trace + "\"");
      assertThat(line()).endsWith("reason=not-found trace=" + trace);
    }
    lines.list.clear();
    try (var client = connect()) {
      var answer = client.send("GET /a HTTP/1.1\r\nHost: a\r\ntraceparent: 00-x\r\n\r\n").read();
      assertThat(answer.content()).doesNotContain("traceId");
      assertThat(line()).endsWith("reason=not-found trace=-");
    }
  }

  /** For who reads them by a program: what would end a line, or a word, is in a field alone. */
  @Test
  void haveTheirPartsAsFieldsToo() throws IOException {
    try (var client = connect()) {
      client.send("GET /a?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n").read();
      line();
      assertThat(lines.list.get(0).getKeyValuePairs())
          .extracting(it -> it.key + "=" + it.value)
          .contains("method=GET", "path=/a", "status=404", "route=none", "reason=not-found")
          .noneMatch(it -> it.contains("secret"));
    }
  }

  @Test
  void tellOfWhatIsTurnedAwayBecauseTheNodeIsFull() throws IOException {
    double before = counted("holdfast.http.shed");
    try (var first = connect();
        var second = connect();
        var third = connect()) {
      await().until(() -> meters.get("holdfast.http.connections").gauge().value() == 3);
      try (var fourth = connect()) {
        assertThat(fourth.read().status()).isEqualTo(503);
        assertThat(line()).isEqualTo("- - 503" + NOBODY);
      }
      lines.list.clear();
      first.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
      await().until(() -> meters.get("holdfast.http.in.flight").gauge().value() == 1);
      assertThat(second.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").read().status()).isEqualTo(503);
      assertThat(line()).isEqualTo("GET /b 503" + NOBODY);
      held.complete(HttpResponse.create());
      assertThat(first.read().status()).isEqualTo(200);
    }
    assertThat(counted("holdfast.http.shed")).isEqualTo(before + 2);
  }
}
