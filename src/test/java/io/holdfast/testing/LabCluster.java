package io.holdfast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.database.DatabaseSettings;
import io.holdfast.tools.lab.Lab;
import io.holdfast.tools.lab.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Real nodes of Holdfast, each in a network namespace of its own, and their database in another.
 * Tests talk to each of them whatever is cut.
 */
public final class LabCluster implements AutoCloseable {
  /** Each place has all ports to itself, so that these are free. */
  private static final int[] PORTS = {8080, 9080, 7080, 6080};

  private static final int DATABASE_PORT = 5432;

  private final Lab lab;
  private final LabPassage passage;
  private final NodeProcesses nodes;
  private final int count;

  private LabCluster(int count, Lab lab, TestDatabase kind, List<String> properties) {
    this.count = count;
    this.lab = lab;
    var database = kind.fresh();
    var inside = Place.DATABASE.host() + ":" + DATABASE_PORT;
    this.passage =
        LabPassage.open(
            lab, targets(count), Map.entry(inside, "127.0.0.1:" + TestDatabase.port(database)));
    try {
      this.nodes =
          NodeProcesses.launch(count, this::spot, at(inside, database), withToken(properties));
    } catch (RuntimeException e) {
      passage.close();
      throw e;
    }
  }

  /**
   * Makes the lab and starts the nodes, and waits until all are ready. Where there can be no lab
   * the test is skipped, but never where {@code CI} is set.
   */
  public static LabCluster start(int count, TestDatabase database, String... properties) {
    requireLab();
    var lab = Lab.make(count);
    LabCluster cluster;
    try {
      cluster = new LabCluster(count, lab, database, List.of(properties));
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
    try {
      cluster.nodes.awaitReady();
      return cluster;
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  /** Skips the test where there can be no lab, and says what helps. */
  public static void requireLab() {
    var obstacle = Lab.obstacle().orElse("");
    if (System.getenv("CI") == null) {
      assumeTrue(obstacle.isEmpty(), obstacle);
    }
    assertThat(obstacle).isEmpty();
  }

  private static List<String> targets(int count) {
    var targets = new ArrayList<String>();
    for (int number = 1; number <= count; number++) {
      targets.add(Place.node(number).host() + ":" + PORTS[0]);
      targets.add(Place.node(number).host() + ":" + PORTS[1]);
    }
    return targets;
  }

  private static DatabaseSettings at(String inside, DatabaseSettings database) {
    var url = database.url().replaceFirst("127\\.0\\.0\\.1:\\d+", inside);
    return new DatabaseSettings(
        url, database.user(), database.password(), database.connectionsMax());
  }

  private static List<String> withToken(List<String> properties) {
    var all = new ArrayList<>(properties);
    all.add("holdfast.admin.token=only-here");
    return all;
  }

  private NodeProcesses.Spot spot(int number) {
    var place = Place.node(number);
    return new NodeProcesses.Spot(
        place.host(),
        PORTS,
        command -> lab.in(place, command),
        passage.portTo(place.host() + ":" + PORTS[0]),
        passage.portTo(place.host() + ":" + PORTS[1]));
  }

  /** The address of a node in the lab. */
  public static String host(int number) {
    return Place.node(number).host();
  }

  public NodeProcesses nodes() {
    return nodes;
  }

  /** These nodes and the others no longer reach each other; all reach the database. */
  public void cutOff(int... numbers) {
    lab.cut(places(numbers), placesBut(numbers));
  }

  /** No node reaches another; all reach the database. */
  public void cutAllNodes() {
    IntStream.rangeClosed(1, count).forEach(this::cutOff);
  }

  /** What the one sends does not reach the others; what they send reaches it. */
  public void muteTowards(int number, int... others) {
    lab.cutOneWay(places(number), places(others));
  }

  /** These nodes do not reach the database. */
  public void cutDatabase(int... numbers) {
    lab.cut(places(numbers), List.of(Place.DATABASE));
  }

  /** All reach all. */
  public void heal() {
    lab.heal();
  }

  private static List<Place> places(int... numbers) {
    return IntStream.of(numbers).mapToObj(Place::node).toList();
  }

  private List<Place> placesBut(int... numbers) {
    return IntStream.rangeClosed(1, count)
        .filter(it -> IntStream.of(numbers).noneMatch(number -> number == it))
        .mapToObj(Place::node)
        .toList();
  }

  @Override
  public void close() {
    nodes.close();
    passage.close();
    lab.close();
  }
}
