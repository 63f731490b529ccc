package io.holdfast.tools;

import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** One cluster on this machine: its directory, and what it was asked to be. */
record Cluster(Home home, DataDirectory data, Remembered remembered, OperatorFile operator) {
  private static final Pattern NODE = Pattern.compile("n?([1-9]\\d{0,3})");
  private static final int ASKING_MAX = 16;

  static Cluster open(Home home, DataDirectory data) {
    return of(home, data, data.remembered());
  }

  /** With processes that run the cluster's build, if it has one. */
  static Cluster of(Home home, DataDirectory data, Remembered remembered) {
    var running = remembered.build().flatMap(data::build).map(home::running).orElse(home);
    return new Cluster(running, data, remembered, OperatorFile.read(configOf(home, remembered)));
  }

  /** The operator's file: the one that was named, else the usual one if there is one. */
  Optional<Path> config() {
    return configOf(home, remembered);
  }

  private static Optional<Path> configOf(Home home, Remembered remembered) {
    return remembered.config().or(home::configDefault);
  }

  /** The number that {@code 2} or {@code n2} means, of a node that there is. */
  int number(String nameOrNumber) {
    var match = NODE.matcher(nameOrNumber);
    if (!match.matches()) {
      throw Refusal.unusable(
          "\"%s\" is not a node: give its number or its name, as in 2 or n2", nameOrNumber);
    }
    var number = Integer.parseInt(match.group(1));
    if (number > remembered.nodes()) {
      throw Refusal.unusable(
          "there is no n%d: the nodes are n1 to n%d, and add makes another",
          number, remembered.nodes());
    }
    return number;
  }

  List<Integer> numbers() {
    return IntStream.rangeClosed(1, remembered.nodes()).boxed().toList();
  }

  NodeStatus.Addresses addresses(int node) {
    var ports = remembered.ports();
    var listens = home.network().host(node, operator.host());
    var host = listens.contains(":") ? "[" + listens + "]" : listens;
    return new NodeStatus.Addresses(
        URI.create("http://" + host + ":" + ports.http(node)),
        URI.create("http://" + host + ":" + ports.admin(node)));
  }

  AdminClient client() {
    return new AdminClient(operator.adminToken());
  }

  /** Asks everybody at once, so that one who does not answer costs no more than a second. */
  ClusterStatus status() {
    var threads = Executors.newFixedThreadPool(Math.min(ASKING_MAX, remembered.nodes() + 1));
    try {
      var database = threads.submit((Callable<DatabaseStatus>) this::databaseStatus);
      var asked = numbers().stream().map(n -> threads.submit(() -> status(n))).toList();
      var nodes = new java.util.ArrayList<NodeStatus>();
      for (var answer : asked) {
        nodes.add(answer.get());
      }
      return new ClusterStatus(List.copyOf(nodes), database.get(), data.supervisor().running());
    } catch (ExecutionException e) {
      throw Refusal.failed("the status cannot be found out: %s", e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.failed("interrupted");
    } finally {
      threads.shutdownNow();
    }
  }

  NodeStatus status(int node) {
    var process = data.node(node);
    var addresses = addresses(node);
    var answer =
        process.state() == ProcessMark.RunState.RUNNING
            ? client().cluster(addresses.admin())
            : Optional.<java.util.Map<String, String>>empty();
    return NodeStatus.of(node, process, addresses, answer);
  }

  DatabaseStatus databaseStatus() {
    if (operator.usesEmbeddedDatabase()) {
      var pid = data.database().running().map(ProcessMark::pid);
      var embedded = new Embedded(this);
      return new DatabaseStatus("h2", pid, pid.isPresent() && embedded.answers(), embedded.url());
    }
    return new DatabaseStatus(
        operator.databaseKind(), Optional.empty(), connects(), operator.databaseUrlShown());
  }

  private boolean connects() {
    var properties = new Properties();
    properties.setProperty("user", operator.databaseUser());
    properties.setProperty("password", operator.databasePassword());
    if (operator.databaseKind().equals("postgresql")) {
      properties.setProperty("connectTimeout", "2");
      properties.setProperty("socketTimeout", "2");
      properties.setProperty("loginTimeout", "3");
    }
    try (var connection = DriverManager.getConnection(operator.databaseUrl(), properties)) {
      return connection.isValid(2);
    } catch (SQLException e) {
      return false;
    }
  }
}
