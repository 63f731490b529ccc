package io.holdfast.tools.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs until it is told to end (Ctrl-C). Listens on loopback only. */
@Command(
    name = "demo-upstream",
    mixinStandardHelpOptions = true,
    description = {
      "A service that is as slow and as unreliable as it is told.",
      "While it runs: curl -X POST 'http://127.0.0.1:PORT/control?latency=2s&fail=50&hang=false'"
    })
public final class DemoUpstream implements Callable<Integer> {
  private static final String CONTROL = "/control";
  private static final int UNUSABLE = 2;

  @Spec private CommandSpec spec;

  @Option(names = "--port", defaultValue = "9001", description = "Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--latency",
      defaultValue = "0ms",
      description = "Before each answer, as 20ms or 2s (default: ${DEFAULT-VALUE}).")
  private String latency;

  @Option(
      names = "--fail",
      defaultValue = "0%",
      description = "Share of the answers that are 500 (default: ${DEFAULT-VALUE}).")
  private String fail;

  private volatile Conduct conduct = new Conduct(Duration.ZERO, 0, false);

  public static void main(String[] args) {
    System.exit(new CommandLine(new DemoUpstream()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    var threads = Executors.newCachedThreadPool();
    try {
      conduct = conduct.with(Map.of("latency", latency, "fail", fail));
      var server = start(threads);
      say(
          "demo on http://127.0.0.1:%d: %s"
              .formatted(server.getAddress().getPort(), conduct.words()));
      try {
        new CountDownLatch(1).await();
      } finally {
        server.stop(0);
      }
      return 0;
    } catch (IllegalArgumentException e) {
      return refuse(e.getMessage());
    } catch (BindException e) {
      return refuse("port %d is taken; name another with --port".formatted(port));
    } catch (IOException e) {
      return refuse(e.getMessage());
    } finally {
      threads.shutdownNow();
    }
  }

  private void say(String line) {
    var out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  private int refuse(String reason) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("demo-upstream: " + reason);
    err.flush();
    return UNUSABLE;
  }

  private HttpServer start(ExecutorService threads) throws IOException {
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 512);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.createContext(CONTROL, this::change);
    server.start();
    return server;
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    var now = conduct;
    pause(now.hangs() ? Duration.ofHours(1) : now.latency());
    boolean fails = ThreadLocalRandom.current().nextDouble() < now.failShare();
    var text =
        "%s %s from %d%n"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getLocalAddress().getPort());
    say(exchange, fails ? 500 : 200, text);
  }

  private static void pause(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void change(HttpExchange exchange) throws IOException {
    try {
      if (exchange.getRequestMethod().equals("POST")) {
        conduct = conduct.with(query(exchange.getRequestURI().getRawQuery()));
        say(conduct.words());
      }
      say(exchange, 200, conduct.words() + "\n");
    } catch (IllegalArgumentException e) {
      say(exchange, 400, e.getMessage() + "\n");
    }
  }

  private static Map<String, String> query(String raw) {
    var parts = new LinkedHashMap<String, String>();
    for (var part : raw == null ? new String[0] : raw.split("&")) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        var value = URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8);
        parts.put(part.substring(0, equals), value);
      }
    }
    return parts;
  }

  private static void say(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, isHead ? -1 : bytes.length);
    if (!isHead) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }
}
