package io.holdfast.tools;

import com.sun.net.httpserver.HttpServer;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Stands for a node as the commands see one: takes {@code --config} and {@code --check-config},
 * listens on its HTTP and admin ports, answers the probes, and ends on SIGTERM. What {@code fake}
 * in the configuration says, or in {@code fake.conf} in its jar, it does wrong.
 */
public final class FakeNode {
  private FakeNode() {}

  /** Runs until a signal ends it. */
  public static void main(String[] args) throws IOException, InterruptedException {
    var words = Arrays.asList(args);
    var file = Path.of(words.get(words.indexOf("--config") + 1));
    var config =
        ConfigFactory.parseFile(file.toFile())
            .withFallback(ConfigFactory.parseResources("fake.conf"))
            .resolve();
    if (config.hasPath("fake.fault")) {
      System.err.println(config.getString("fake.fault"));
      System.exit(2);
    }
    if (words.contains("--check-config")) {
      System.exit(0);
    }
    if (config.hasPath("fake.exit")) {
      System.out.println("cannot go on");
      System.exit(config.getInt("fake.exit"));
    }
    var name = config.getString("holdfast.node.name");
    if (isAsked(config, "fake.deaf", name)) {
      Runtime.getRuntime().addShutdownHook(new Thread(FakeNode::waitForEver));
    }
    boolean late = isAsked(config, "fake.late", name);
    serve(config.getConfig("holdfast.node"), config.hasPath("fake.token"), !late);
    System.out.println("ready " + name);
  }

  /** What one node is to do wrong, by its name. */
  private static boolean isAsked(Config config, String key, String name) {
    return config.hasPath(key) && config.getString(key).equals(name);
  }

  private static void serve(Config node, boolean guarded, boolean ready) throws IOException {
    var name = node.getString("name");
    var admin = listen(node.getInt("admin-port"));
    if (ready) {
      answer(admin, "/readyz", false, "{\"status\":\"ready\"}");
    }
    answer(
        admin,
        "/cluster",
        guarded,
        """
        {"name":"%s","state":"ready","members":[{"name":"n9","state":"up"}],"oldest":%s,
         "shards":22,"documents":7,"uptimeSeconds":1}"""
            .formatted(name, name.equals("n1")));
    answer(listen(node.getInt("http-port")), "/", false, "{}");
  }

  private static HttpServer listen(int port) throws IOException {
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.start();
    return server;
  }

  private static void answer(HttpServer server, String path, boolean guarded, String json) {
    server.createContext(
        path,
        exchange -> {
          var token = exchange.getRequestHeaders().getFirst("Authorization");
          var content = json.getBytes(StandardCharsets.UTF_8);
          if (guarded && !"Bearer secret".equals(token)) {
            exchange.sendResponseHeaders(401, -1);
          } else {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content);
          }
          exchange.close();
        });
  }

  private static void waitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
