package io.holdfast.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cluster.Arbitration.Candidate;
import io.holdfast.cluster.Arbitration.Contact;
import io.holdfast.cluster.Arbitration.Cut;
import io.holdfast.cluster.Arbitration.Decision;
import io.holdfast.cluster.Arbitration.Proposal;
import io.holdfast.cluster.Arbitration.Situation;
import io.holdfast.cluster.Arbitration.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whole arbitrations against a model of the arbiter's row, in any order of acting. */
class ArbitrationPropertyTest {
  private static final int ROUNDS = 100;
  private static final Duration ROUND = Duration.ofMillis(100);

  private final Arbitration arbitration = new Arbitration(ArbitrationSettings.defaults());

  /** The rows: who was written off. The only thing that the nodes share. */
  private static final class Rows {
    final Set<Long> gone = new HashSet<>();

    boolean remove(long me, Set<Long> lost) {
      return !gone.contains(me) && gone.addAll(lost);
    }
  }

  /** A node knows its own state, and by gossip what its side sees and has downed. */
  private static final class Node {
    final long id;
    final Set<Long> down = new HashSet<>();
    boolean isOver;

    Node(long id) {
      this.id = id;
    }
  }

  /**
   * Which node reaches which, as an undirected graph. Gossip travels along it, so nodes of one
   * component see the same cuts.
   */
  private record Network(int size, Set<Cut> broken) {
    boolean isCut(long one, long other) {
      return broken.stream().anyMatch(cut -> cut.joins(one, other));
    }

    Set<Long> component(long from) {
      var reached = new HashSet<>(Set.of(from));
      var edge = new ArrayList<>(reached);
      while (!edge.isEmpty()) {
        long one = edge.remove(edge.size() - 1);
        for (long other = 1; other <= size; other++) {
          if (!isCut(one, other) && reached.add(other)) {
            edge.add(other);
          }
        }
      }
      return reached;
    }
  }

  @Property(tries = 300)
  void ofAnyPartitionExactlyOneSideSurvives(
      @ForAll @IntRange(min = 2, max = 7) int size,
      @ForAll @IntRange(min = 2, max = 4) int sides,
      @ForAll long seed) {
    var random = new Random(seed);
    var sideOf = new HashMap<Long, Integer>();
    LongStream.rangeClosed(1, size).forEach(id -> sideOf.put(id, random.nextInt(sides)));
    var broken = new HashSet<Cut>();
    forPairs(size, (a, b) -> sideOf.get(a).equals(sideOf.get(b)) || broken.add(new Cut(a, b)));

    var survivors = run(new Network(size, broken), Set.of(), random);

    assertThat(survivors.stream().map(sideOf::get).distinct()).hasSize(1);
    long side = sideOf.get(survivors.iterator().next());
    assertThat(survivors)
        .containsExactlyInAnyOrderElementsOf(
            sideOf.keySet().stream().filter(id -> sideOf.get(id) == side).toList());
  }

  @Property(tries = 300)
  void ofAnyNetworkThoseWhoSurviveReachEachOther(
      @ForAll @IntRange(min = 2, max = 6) int size,
      @ForAll @IntRange(min = 0, max = 100) int brokenPercent,
      @ForAll long seed) {
    var random = new Random(seed);
    var broken = new HashSet<Cut>();
    forPairs(size, (a, b) -> random.nextInt(100) >= brokenPercent || broken.add(new Cut(a, b)));
    var network = new Network(size, broken);

    var survivors = run(network, Set.of(), random);

    assertThat(survivors).isNotEmpty();
    for (long one : survivors) {
      assertThat(survivors).noneMatch(other -> network.isCut(one, other));
    }
  }

  @Property(tries = 100)
  void whileTheDatabaseIsAwayForAllNobodyIsLost(
      @ForAll @IntRange(min = 2, max = 6) int size, @ForAll long seed) {
    var random = new Random(seed);
    var broken = new HashSet<Cut>();
    forPairs(size, (a, b) -> random.nextBoolean() || broken.add(new Cut(a, b)));
    var all = LongStream.rangeClosed(1, size).boxed().collect(Collectors.toSet());

    assertThat(run(new Network(size, broken), all, random)).isEqualTo(all);
  }

  @Property(tries = 300)
  void whoDoesNotReachTheDatabaseNeverSurvivesApartFromThoseWhoDo(
      @ForAll @IntRange(min = 2, max = 6) int size, @ForAll long seed) {
    var random = new Random(seed);
    var sideOf = new HashMap<Long, Boolean>();
    LongStream.rangeClosed(1, size).forEach(id -> sideOf.put(id, random.nextBoolean()));
    var broken = new HashSet<Cut>();
    forPairs(size, (a, b) -> sideOf.get(a).equals(sideOf.get(b)) || broken.add(new Cut(a, b)));
    var away = sideOf.keySet().stream().filter(id -> sideOf.get(id)).collect(Collectors.toSet());

    var deciding = decidingAfter(new Network(size, broken), away, random);

    // Those who are away may not know yet, but whoever may still decide is of one side.
    assertThat(deciding.stream().map(sideOf::get).distinct()).hasSize(1);
  }

  private interface Pair {
    boolean see(long one, long other);
  }

  private static void forPairs(int size, Pair pair) {
    for (long one = 1; one <= size; one++) {
      for (long other = one + 1; other <= size; other++) {
        pair.see(one, other);
      }
    }
  }

  /** Who goes on: has not been told to start anew. */
  private Set<Long> run(Network network, Set<Long> away, Random random) {
    return play(network, away, random, new Rows()).stream()
        .filter(node -> !node.isOver)
        .map(node -> node.id)
        .collect(Collectors.toSet());
  }

  /** Who was not written off. */
  private Set<Long> decidingAfter(Network network, Set<Long> away, Random random) {
    var rows = new Rows();
    play(network, away, random, rows);
    return LongStream.rangeClosed(1, network.size())
        .filter(id -> !rows.gone.contains(id))
        .boxed()
        .collect(Collectors.toSet());
  }

  private List<Node> play(Network network, Set<Long> away, Random random, Rows rows) {
    var nodes = LongStream.rangeClosed(1, network.size()).mapToObj(Node::new).toList();
    for (int round = 0; round < ROUNDS; round++) {
      var now = Instant.EPOCH.plus(ROUND.multipliedBy(round));
      var order = new ArrayList<>(nodes);
      Collections.shuffle(order, random);
      for (var node : order) {
        if (!node.isOver && random.nextInt(3) > 0) {
          act(node, nodes, network, away.contains(node.id), rows, now);
        }
      }
    }
    // The sign of life: who was written off and reaches the database learns it.
    nodes.stream()
        .filter(n -> !away.contains(n.id) && rows.gone.contains(n.id))
        .forEach(n -> n.isOver = true);
    return nodes;
  }

  private void act(
      Node node, List<Node> nodes, Network network, boolean isAway, Rows rows, Instant now) {
    var decision = arbitration.decide(situation(node, network, isAway), now);
    if (decision instanceof Decision.Propose propose) {
      assertThat(isAway).isFalse();
      if (rows.gone.contains(node.id)) {
        node.isOver = true;
        return;
      }
      rows.remove(node.id, propose.lost());
      var component = network.component(node.id);
      nodes.stream()
          .filter(n -> component.contains(n.id))
          .forEach(n -> n.down.addAll(propose.lost()));
    }
  }

  private Situation situation(Node node, Network network, boolean isAway) {
    var members =
        LongStream.rangeClosed(1, network.size())
            .mapToObj(id -> new Candidate(id, node.down.contains(id) ? Status.DOWN : Status.UP))
            .toList();
    Contact contact = isAway ? new Contact.Away() : new Contact.Answering(Instant.EPOCH);
    return new Situation(
        node.id,
        members,
        sights(network, node.id),
        Instant.EPOCH,
        contact,
        heard(network, node),
        Set.of(),
        Proposal.NONE);
  }

  /** An arbitrary choice of members, another one for each node. */
  private static Set<Long> heard(Network network, Node node) {
    var random = new Random(31 * network.hashCode() + node.id);
    return LongStream.rangeClosed(1, network.size())
        .filter(id -> random.nextBoolean())
        .boxed()
        .collect(Collectors.toSet());
  }

  /** What the observers of the node's own component see. */
  private static Map<Cut, Instant> sights(Network network, long of) {
    var seen = new HashMap<Cut, Instant>();
    for (long observer : network.component(of)) {
      for (long subject = 1; subject <= network.size(); subject++) {
        if (observer != subject && network.isCut(observer, subject)) {
          seen.put(new Cut(observer, subject), Instant.EPOCH);
        }
      }
    }
    return seen;
  }
}
