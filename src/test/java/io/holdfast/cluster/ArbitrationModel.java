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

/**
 * Whole arbitrations, in any order of acting: nodes, a network that is broken in some ways, and the
 * arbiter's row, the only thing that all share. Nodes are numbered by age.
 *
 * @param broken of a pair, what the first sends does not reach the second
 * @param dead ended before the beginning
 * @param away do not reach the database
 * @param isHardOfHearing at first the database has heard of some only, for each node of others;
 *     else of all, since all was well before
 */
record ArbitrationModel(
    int size, Set<Cut> broken, Set<Long> dead, Set<Long> away, boolean isHardOfHearing) {
  private static final int ROUNDS = 120;
  private static final Duration ROUND = Duration.ofMillis(100);
  private static final Arbitration ARBITRATION = new Arbitration(ArbitrationSettings.defaults());

  /**
   * How it ends.
   *
   * @param gone were written off
   * @param over have learned that they were
   */
  record Outcome(Set<Long> gone, Set<Long> over) {}

  /** A node knows what was decided by those whose gossip reaches it. */
  private static final class Node {
    final long id;
    final Reach reach;
    final Set<Long> down = new HashSet<>();
    boolean isOver;

    Node(long id, Reach reach) {
      this.id = id;
      this.reach = reach;
    }
  }

  /**
   * What the network lets one node know, the same from beginning to end.
   *
   * @param hearers of its gossip, over others too; itself included
   * @param sights of all observers whose gossip reaches it
   * @param heardAtFirst of whom the database has heard at first
   * @param heardLater of whom it hears later: of those who reach it
   */
  private record Reach(
      Set<Long> hearers, Map<Cut, Instant> sights, Set<Long> heardAtFirst, Set<Long> heardLater) {}

  /** Nothing passes between these two. */
  static Set<Cut> bothWays(long one, long other) {
    return Set.of(new Cut(one, other), new Cut(other, one));
  }

  Set<Long> nodes() {
    return LongStream.rangeClosed(1, size).boxed().collect(Collectors.toSet());
  }

  Set<Long> alive() {
    return LongStream.rangeClosed(1, size)
        .filter(id -> !dead.contains(id))
        .boxed()
        .collect(Collectors.toSet());
  }

  /** Of two that do not hear each other, neither gets an answer to its heartbeats. */
  boolean isCut(long one, long other) {
    return dead.contains(one)
        || dead.contains(other)
        || broken.contains(new Cut(one, other))
        || broken.contains(new Cut(other, one));
  }

  /** Who hears the gossip of this node, over others too; itself included. */
  private Set<Long> hearers(long of) {
    var reached = new HashSet<>(Set.of(of));
    var edge = new ArrayList<>(reached);
    while (!edge.isEmpty()) {
      long one = edge.remove(edge.size() - 1);
      for (long other : alive()) {
        if (!broken.contains(new Cut(one, other)) && reached.add(other)) {
          edge.add(other);
        }
      }
    }
    return reached;
  }

  /** Plays it to its end. */
  Outcome play(Random random) {
    return play(random, true);
  }

  /** As if each could decide for itself: nobody looks whether he was written off first. */
  Outcome playWithoutTheRow(Random random) {
    return play(random, false);
  }

  private Outcome play(Random random, boolean rowDecides) {
    var gone = new HashSet<Long>();
    var nodes = alive().stream().map(id -> new Node(id, reach(id))).toList();
    for (int round = 0; round < ROUNDS; round++) {
      var now = Instant.EPOCH.plus(ROUND.multipliedBy(round));
      var order = new ArrayList<>(nodes);
      Collections.shuffle(order, random);
      for (var node : order) {
        if (!node.isOver && random.nextInt(3) > 0) {
          act(node, nodes, gone, now, rowDecides);
        }
      }
    }
    // The sign of life: who was written off and reaches the database learns it.
    nodes.stream()
        .filter(n -> !away.contains(n.id) && gone.contains(n.id))
        .forEach(n -> n.isOver = true);
    return new Outcome(
        Set.copyOf(gone),
        nodes.stream().filter(n -> n.isOver).map(n -> n.id).collect(Collectors.toSet()));
  }

  private void act(Node node, List<Node> nodes, Set<Long> gone, Instant now, boolean rowDecides) {
    var decision = ARBITRATION.decide(situation(node, now), now);
    if (!(decision instanceof Decision.Propose propose)) {
      return;
    }
    assertThat(away).doesNotContain(node.id);
    assertThat(propose.lost()).doesNotContain(node.id).isNotEmpty();
    if (rowDecides && gone.contains(node.id)) {
      node.isOver = true;
      return;
    }
    gone.addAll(propose.lost());
    nodes.stream()
        .filter(n -> node.reach.hearers().contains(n.id))
        .forEach(n -> learn(n, propose.lost()));
  }

  /** Who hears that it is down itself starts anew. */
  private static void learn(Node node, Set<Long> lost) {
    node.down.addAll(lost);
    node.isOver |= lost.contains(node.id);
  }

  private Situation situation(Node node, Instant now) {
    var members =
        LongStream.rangeClosed(1, size)
            .mapToObj(id -> new Candidate(id, node.down.contains(id) ? Status.DOWN : Status.UP))
            .toList();
    var silence = Duration.between(Instant.EPOCH, now);
    var times = ARBITRATION.settings();
    var silent = silence.compareTo(times.silentAfter()) > 0 ? silentOnes() : Set.<Long>of();
    return new Situation(
        node.id,
        members,
        node.reach.sights(),
        Instant.EPOCH,
        away.contains(node.id) ? new Contact.Away() : new Contact.Answering(Instant.EPOCH),
        silence.compareTo(times.heardWithin()) <= 0
            ? node.reach.heardAtFirst()
            : node.reach.heardLater(),
        silent,
        Proposal.NONE);
  }

  private Set<Long> silentOnes() {
    var silent = new HashSet<>(away);
    silent.addAll(dead);
    return silent;
  }

  private Reach reach(long of) {
    var heardLater = new HashSet<>(nodes());
    heardLater.removeAll(silentOnes());
    return new Reach(hearers(of), sights(of), heardAtFirst(of), heardLater);
  }

  private Set<Long> heardAtFirst(long by) {
    var random = new Random(31 * hashCode() + by);
    return nodes().stream()
        .filter(id -> !isHardOfHearing || random.nextBoolean())
        .collect(Collectors.toSet());
  }

  /** What is seen by all observers whose gossip reaches the node. */
  private Map<Cut, Instant> sights(long of) {
    var seen = new HashMap<Cut, Instant>();
    for (long observer : alive()) {
      if (hearers(observer).contains(of)) {
        nodes().stream()
            .filter(subject -> subject != observer && isCut(observer, subject))
            .forEach(subject -> seen.put(new Cut(observer, subject), Instant.EPOCH));
      }
    }
    return seen;
  }
}
