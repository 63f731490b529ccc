package io.holdfast.testing;

import io.holdfast.database.DatabaseSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Real nodes of Holdfast, each a process of its own on ports of its own, on one database. They can
 * be killed and paused; whatever happens they end with {@link #close}.
 */
public final class NodeProcesses implements AutoCloseable {
  /**
   * Several for each node, and few: one that joins gets eight in a second, and is ready only when
   * it has its share.
   */
  public static final int SHARDS = 16;

  /** For who measures how long a failover takes. */
  public static final String SHARDS_AS_SHIPPED = "holdfast.cluster.shards=64";

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15);

  private final DatabaseSettings database;
  private final Path directory;
  private final List<String> properties;
  private final List<String> javaOptions;
  private final List<Node> nodes = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private static final class Node {
    final int number;
    final Spot spot;
    final List<String> ownProperties;
    Process process;

    Node(int number, Spot spot, List<String> ownProperties) {
      this.number = number;
      this.spot = spot;
      this.ownProperties = ownProperties;
    }
  }

  /**
   * Where one node runs.
   *
   * @param ports of it there: HTTP, admin, remoting, lifeline
   * @param in makes the command that runs a command there
   * @param http the port on loopback here that leads to its public one
   * @param admin the same for the operator's port
   */
  record Spot(String host, int[] ports, UnaryOperator<List<String>> in, int http, int admin) {
    static Spot onLoopback() {
      var ports = TestPorts.free(4);
      return new Spot("127.0.0.1", ports, UnaryOperator.identity(), ports[0], ports[1]);
    }
  }

  private NodeProcesses(
      DatabaseSettings database, List<String> properties, List<String> javaOptions) {
    this.database = database;
    this.javaOptions = javaOptions;
    this.properties = properties;
    try {
      this.directory = Files.createTempDirectory("holdfast-nodes-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts nodes, all at the same time, and waits until all are ready.
   *
   * @param properties further settings, {@code holdfast.key=value}
   */
  public static NodeProcesses start(int count, DatabaseSettings database, String... properties) {
    return readied(launch(count, database, properties));
  }

  private static NodeProcesses readied(NodeProcesses all) {
    try {
      all.awaitReady();
      return all;
    } catch (RuntimeException | AssertionError e) {
      all.close();
      throw e;
    }
  }

  /** What each of the nodes logged last. */
  private String ends() {
    var ends = new StringBuilder("not all nodes are ready; what they logged last:");
    for (var node : nodes) {
      var lines = logged(node.number).lines().toList();
      lines
          .subList(Math.max(0, lines.size() - 10), lines.size())
          .forEach(line -> ends.append(System.lineSeparator()).append(line));
    }
    return ends.toString();
  }

  /** Starts nodes, all at the same time; does not wait. */
  public static NodeProcesses launch(int count, DatabaseSettings database, String... properties) {
    return launch(count, number -> Spot.onLoopback(), database, List.of(properties));
  }

  static NodeProcesses launch(
      int count, IntFunction<Spot> spots, DatabaseSettings database, List<String> properties) {
    var all = new NodeProcesses(database, properties, NodeClasses.options());
    for (int i = 1; i <= count; i++) {
      all.nodes.add(new Node(i, spots.apply(i), List.of()));
    }
    all.nodes.forEach(all::launch);
    return all;
  }

  /** One node, of a Java virtual machine with these options, the class path among them. */
  static NodeProcesses startWith(
      List<String> javaOptions, DatabaseSettings database, List<String> properties) {
    var all = new NodeProcesses(database, properties, javaOptions);
    all.launchAnother();
    return readied(all);
  }

  /**
   * Starts one more; does not wait.
   *
   * @param own settings that the others do not have
   * @return its number
   */
  public int launchAnother(String... own) {
    return launchAnother(Spot.onLoopback(), List.of(own));
  }

  /** The same, but it is to listen where another one does. */
  public int launchAnotherAtThePortsOf(int number) {
    return launchAnother(node(number).spot, List.of());
  }

  private int launchAnother(Spot spot, List<String> own) {
    var node = new Node(nodes.size() + 1, spot, own);
    nodes.add(node);
    launch(node);
    return node.number;
  }

  /** Starts a node, which has ended, again. */
  public void start(int number) {
    launch(node(number));
  }

  private void launch(Node node) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError", // as scripts/cluster starts them
            "-Djava.util.concurrent.ForkJoinPool.common.parallelism=4"));
    command.add("-Dlogback.configurationFile=logback.xml");
    command.add("-Dholdfast.node.name=n" + node.number);
    command.add("-Dholdfast.node.host=" + node.spot.host());
    var keys = List.of("http-port", "admin-port", "remoting-port", "lifeline-port");
    for (int i = 0; i < keys.size(); i++) {
      command.add("-Dholdfast.node." + keys.get(i) + "=" + node.spot.ports()[i]);
    }
    command.add("-Dholdfast.node.rehearsal-rounds=0");
    command.add("-Dholdfast.cluster.shards=" + SHARDS);
    command.add("-Dholdfast.database.url=" + database.url());
    command.add("-Dholdfast.database.user=" + database.user());
    command.add("-Dholdfast.database.password=" + database.password());
    properties.forEach(property -> command.add("-D" + property));
    node.ownProperties.forEach(property -> command.add("-D" + property));
    command.addAll(javaOptions);
    command.add(TestNode.class.getName());
    try {
      node.process =
          new ProcessBuilder(node.spot.in().apply(command))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log(node).toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log(Node node) {
    return directory.resolve("n" + node.number + ".log");
  }

  /** Waits until every node whose process runs is ready, and no shard is on its way. */
  public void awaitReady() {
    try {
      Awaitility.await()
          .atMost(READY_WITHIN)
          .pollInterval(Duration.ofMillis(200))
          .failFast(this::assertThatNoneHasEnded)
          .until(() -> nodes.stream().filter(n -> n.process != null).allMatch(this::isReady));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(ends(), e);
    }
  }

  private void assertThatNoneHasEnded() {
    for (var node : nodes) {
      if (node.process != null && !node.process.isAlive()) {
        throw new AssertionError("a node ended by itself:\n" + logged(node.number));
      }
    }
  }

  private boolean isReady(Node node) {
    try {
      var uri = admin(node.number, "/readyz");
      var request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2)).build();
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Node node(int number) {
    return nodes.get(number - 1);
  }

  /** SIGKILL. */
  public void kill(int number) {
    var node = node(number);
    node.process.destroyForcibly();
    awaitEnd(node);
    node.process = null;
  }

  /** SIGTERM; does not wait. */
  public void terminate(int number) {
    terminate(node(number));
  }

  /** SIGTERM; waits until the process has ended. */
  public void stop(int number) {
    var node = node(number);
    terminate(node);
    awaitEnd(node);
    node.process = null;
  }

  /** {@link Process#destroy} would close its standard input too, at whose end a node ends. */
  private static void terminate(Node node) {
    node.process.toHandle().destroy();
  }

  /** Waits until the process has ended by itself, and gives its exit code. */
  public int exitCode(int number) {
    var node = node(number);
    awaitEnd(node);
    int code = node.process.exitValue();
    node.process = null;
    return code;
  }

  private void awaitEnd(Node node) {
    try {
      if (!node.process.waitFor(40, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "n" + node.number + " does not end:\n" + logged(node.number));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SIGSTOP. */
  public void pause(int number) {
    signal("STOP", node(number));
  }

  /** SIGCONT. */
  public void resume(int number) {
    signal("CONT", node(number));
  }

  private static void signal(String name, Node node) {
    run("kill", "-" + name, Long.toString(node.process.pid()));
  }

  private static void run(String... command) {
    try {
      if (new ProcessBuilder(command).start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A word that makes a node {@linkplain TestNode ill}, or well again. */
  public void say(int number, String word) {
    try {
      var input = node(number).process.getOutputStream();
      input.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on the node can open no file and no connection more. */
  public void useUpDescriptors(int number) {
    var pid = Long.toString(node(number).process.pid());
    run("prlimit", "--pid", pid, "--nofile=3:3");
  }

  /** Where the node's public API is. */
  public URI http(int number, String path) {
    return URI.create("http://127.0.0.1:" + node(number).spot.http() + path);
  }

  /** Where the node's operator's port is. */
  public URI admin(int number, String path) {
    return URI.create("http://127.0.0.1:" + node(number).spot.admin() + path);
  }

  public int httpPort(int number) {
    return node(number).spot.http();
  }

  /** Everything the node has logged. */
  public String logged(int number) {
    try {
      return Files.readString(log(node(number)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a request to a node. */
  public HttpResponse<String> send(
      int number, String method, String path, String content, String... fields) {
    return send(http(number, path), method, content, fields);
  }

  /** Sends a request anywhere. */
  public HttpResponse<String> send(URI to, String method, String content, String... fields) {
    try {
      return client.send(
          request(to, method, content, fields), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpRequest request(URI to, String method, String content, String... fields) {
    var body =
        content == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(content);
    var request = HttpRequest.newBuilder(to).timeout(REQUEST_TIMEOUT).method(method, body);
    return fields.length > 0 ? request.headers(fields).build() : request.build();
  }

  /** Sends a request without waiting for the answer: the node may be paused. */
  public CompletableFuture<HttpResponse<String>> sendLater(
      int number, String method, String path, String content, String... fields) {
    return client.sendAsync(
        request(http(number, path), method, content, fields), HttpResponse.BodyHandlers.ofString());
  }

  /** GET without waiting for the answer. */
  public CompletableFuture<HttpResponse<String>> getLater(int number, String path) {
    return sendLater(number, "GET", path, null);
  }

  /** PUT of JSON. */
  public HttpResponse<String> put(int number, String path, String content, String... fields) {
    var all = new ArrayList<>(List.of("Content-Type", "application/json"));
    all.addAll(List.of(fields));
    return send(number, "PUT", path, content, all.toArray(String[]::new));
  }

  public HttpResponse<String> get(int number, String path, String... fields) {
    return send(number, "GET", path, null, fields);
  }

  @Override
  public void close() {
    for (var node : nodes) {
      if (node.process != null) {
        node.process.destroyForcibly();
      }
    }
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
