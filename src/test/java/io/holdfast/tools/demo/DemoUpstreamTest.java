package io.holdfast.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The service that people play with, as {@code scripts/demo-upstream} runs it. */
@Timeout(30)
class DemoUpstreamTest {
  private static final Pattern ADDRESS = Pattern.compile("(http://127\\.0\\.0\\.1:[0-9]+): (.*)");

  private final HttpClient client = HttpClient.newHttpClient();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Thread running;

  private int execute(String... arguments) {
    return new CommandLine(new DemoUpstream())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  /** Where it is. */
  private String start(String... arguments) {
    running = new Thread(() -> execute(arguments), "demo");
    running.start();
    await().until(() -> ADDRESS.matcher(out.toString()).find());
    var said = ADDRESS.matcher(out.toString());
    said.find();
    return said.group(1);
  }

  @AfterEach
  void end() throws InterruptedException {
    if (running != null) {
      running.interrupt();
      running.join();
    }
  }

  private HttpResponse<String> send(String method, String to) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(to)).method(method, BodyPublishers.noBody());
    return client.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void answersAsItIsToldAlsoWhileItRuns() throws Exception {
    var demo = start("--port", "0", "--fail", "0%");

    var first = send("GET", demo + "/demo/a");
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.body())
        .isEqualToIgnoringNewLines("GET /demo/a from " + URI.create(demo).getPort());

    var told = send("POST", demo + "/control?fail=100%25&latency=300ms");
    assertThat(told.body()).isEqualTo("latency 300 ms, 100 % failures\n");
    assertThat(out.toString()).contains("latency 300 ms, 100 % failures");
    long began = System.nanoTime();
    assertThat(send("PUT", demo + "/demo/a").statusCode()).isEqualTo(500);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(300));

    send("POST", demo + "/control?fail=0&latency=0ms");
    assertThat(send("HEAD", demo + "/demo/a").statusCode()).isEqualTo(200);
  }

  @Test
  void hangsAndGoesOnForThoseWhoAskLater() throws Exception {
    var demo = start("--port", "0");
    send("POST", demo + "/control?hang=true");
    var hung =
        client.sendAsync(
            HttpRequest.newBuilder(URI.create(demo)).timeout(Duration.ofSeconds(1)).build(),
            BodyHandlers.ofString());
    assertThat(hung).failsWithin(Duration.ofSeconds(10));
    send("POST", demo + "/control?hang=false");
    assertThat(send("GET", demo).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "latency=fast, is not a time",
    "latency=601s, up to 600s",
    "fail=101, is not a share",
    "hang=maybe, neither true nor false",
    "colour=blue, none of latency"
  })
  void saysWhatItDoesNotUnderstandAndStaysAsItIs(String change, String said) throws Exception {
    var demo = start("--port", "0", "--latency", "1ms");

    var refused = send("POST", demo + "/control?" + change);

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains(said);
    assertThat(send("GET", demo + "/control").body()).isEqualTo("latency 1 ms, 0 % failures\n");
  }

  @Test
  void refusesToStartWithNonsenseOrOnAPortThatIsTaken() throws Exception {
    assertThat(execute("--latency", "soon")).isEqualTo(2);
    assertThat(err.toString()).contains("demo-upstream: \"soon\" is not a time");
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(execute("--port", Integer.toString(taken.getLocalPort()))).isEqualTo(2);
      assertThat(err.toString()).contains("is taken; name another with --port");
    }
  }
}
