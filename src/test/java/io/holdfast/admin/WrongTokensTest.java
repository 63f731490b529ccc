package io.holdfast.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.holdfast.telemetry.Meters;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Who guesses at the operator's token, over real sockets, in a time that the test lets pass. */
@Timeout(60)
class WrongTokensTest {
  private static final int AT_ONCE = 100;
  private static final String GUESS = "my-guess";

  private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
  private final ManualTime time = ManualTime.get(kit.system());
  private final PrometheusMeterRegistry meters = Meters.create();
  private final ServerBinding port =
      AdminServerTest.bind(kit.system(), kit.system().ignoreRef(), meters, "a-secret");
  private final HttpClient client = HttpClient.newHttpClient();
  private final Lines lines = new Lines();

  /** Read by the test while the server logs. */
  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final Queue<ILoggingEvent> all = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent line) {
      all.add(line);
    }
  }

  @BeforeEach
  void listen() {
    lines.start();
    logger().addAppender(lines);
  }

  @AfterEach
  void end() {
    logger().detachAppender(lines);
    kit.shutdownTestKit();
    meters.close();
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(AdminServer.class);
  }

  private CompletableFuture<HttpResponse<String>> ask(String path, String token) {
    var uri = URI.create("http://127.0.0.1:" + port.localAddress().getPort() + path);
    var request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).build();
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> in(CompletableFuture<HttpResponse<String>> answer) {
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private double turnedAway() {
    return meters.get("holdfast.limit.dropped").tag("limit", "wrong-tokens").counter().count();
  }

  /** A guess that waits is logged once its wait has begun. */
  private void awaitLogged(int guesses) {
    await().atMost(Duration.ofSeconds(30)).until(() -> lines.all.size() >= guesses);
  }

  @Test
  void soManyWaitForASecondEachAndTheNextAreRefusedAndCounted() {
    var guesses = IntStream.range(0, AT_ONCE).mapToObj(it -> ask("/cluster", GUESS)).toList();
    awaitLogged(AT_ONCE);
    assertThat(turnedAway()).isZero();

    var next = in(ask("/cluster", GUESS));
    assertThat(next.statusCode()).isEqualTo(429);
    assertThat(next.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(next.body()).contains("/too-many-requests");
    assertThat(turnedAway()).isEqualTo(1);

    time.timePasses(Duration.ofMillis(999));
    assertThat(in(ask("/cluster", GUESS)).statusCode()).isEqualTo(429);
    assertThat(guesses).noneMatch(CompletableFuture::isDone);
    assertThat(in(ask("/metrics", "a-secret")).body())
        .contains("holdfast_limit_dropped_total{limit=\"wrong-tokens\"} 2.0");

    time.timePasses(Duration.ofMillis(1));
    assertThat(guesses).allMatch(it -> in(it).statusCode() == 401);
    assertThat(lines.all).hasSize(AT_ONCE);

    var later = ask("/cluster", GUESS);
    awaitLogged(AT_ONCE + 1);
    time.timePasses(Duration.ofSeconds(1));
    assertThat(in(later).statusCode()).isEqualTo(401);
    assertThat(turnedAway()).isEqualTo(2);
  }

  @Test
  void isLoggedAsAWarningWithItsPathAndWithoutWhatWasGuessed() {
    var guess = ask("/cluster/drain", GUESS);
    awaitLogged(1);
    time.timePasses(Duration.ofSeconds(1));
    assertThat(in(guess).statusCode()).isEqualTo(401);
    assertThat(lines.all)
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getLevel()).isEqualTo(Level.WARN);
              assertThat(it.getFormattedMessage())
                  .contains("/cluster/drain")
                  .doesNotContain(GUESS, "a-secret");
            });
  }

  /** That is no guess. */
  @Test
  void whoSendsNoTokenIsToldAtOnceAndNotLogged() throws Exception {
    var uri = URI.create("http://127.0.0.1:" + port.localAddress().getPort() + "/cluster");
    var answer =
        client.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(in(answer).statusCode()).isEqualTo(401);
    assertThat(lines.all).isEmpty();
  }
}
