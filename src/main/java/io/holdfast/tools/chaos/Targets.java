package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Expectations.Harmed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which nodes the load goes to at a moment: not to those that a fault harms, and to those that are
 * moved for as long as they say that they are ready. Safe for many threads.
 */
final class Targets {
  private final RunClock clock;
  private final Set<Integer> nodes;
  private final Set<Integer> spared = new TreeSet<>();
  private final Set<Integer> askedAllTheSame = new TreeSet<>();
  private final Set<Integer> returning = new TreeSet<>();
  private final Map<Integer, Boolean> moving = new TreeMap<>();
  private final Map<Integer, Long> harmedSince = new TreeMap<>();
  private final List<Harmed> harmed = new ArrayList<>();
  private final List<Life> lives = new ArrayList<>();

  /** From the moment on a node is asked that began anew: it remembers nothing from before. */
  record Life(int node, long begin) {}

  Targets(RunClock clock, Collection<Integer> nodes) {
    this.clock = clock;
    this.nodes = new TreeSet<>(nodes);
  }

  /** Whom to ask now; if nobody is left, all that there are. */
  synchronized List<Integer> now() {
    var asked = nodes.stream().filter(it -> !spared.contains(it)).filter(this::isReady).toList();
    return asked.isEmpty() ? List.copyOf(nodes) : asked;
  }

  private boolean isReady(int node) {
    return moving.getOrDefault(node, true);
  }

  /** These are asked no more: they will be harmed. */
  synchronized void spare(Collection<Integer> victims) {
    spared.addAll(victims);
  }

  /** Those of them that were spared are harmed from now on: they are no survivors any more. */
  synchronized void harm(Collection<Integer> victims) {
    victims.stream().filter(spared::contains).forEach(it -> harmedSince.put(it, clock.now()));
  }

  /** These are harmed, and may answer: they are asked besides the load. */
  synchronized void askAllTheSame(Collection<Integer> victims) {
    askedAllTheSame.addAll(victims);
  }

  synchronized List<Integer> harmedButAsked() {
    return List.copyOf(askedAllTheSame);
  }

  /** These are to be asked again when they are well. */
  synchronized void mend(Collection<Integer> victims) {
    returning.addAll(victims);
  }

  /** Is it to be asked again when it is well? */
  synchronized boolean isReturning(int node) {
    return returning.contains(node);
  }

  synchronized void askAgain(int node) {
    long now = clock.now();
    returning.remove(node);
    spared.remove(node);
    askedAllTheSame.remove(node);
    harmed.add(new Harmed(node, harmedSince.remove(node), now));
    lives.add(new Life(node, now));
  }

  /** All that are not harmed, and not to be harmed either. */
  synchronized List<Integer> unharmed() {
    return nodes.stream().filter(it -> !spared.contains(it)).toList();
  }

  /** A node that comes or goes in order: from now on it is asked while it says that it is ready. */
  synchronized void move(int node, boolean ready) {
    nodes.add(node);
    moving.put(node, ready);
  }

  /** Who is still to be asked again, once well. */
  synchronized List<Integer> returning() {
    return List.copyOf(returning);
  }

  synchronized boolean isMoving(int node) {
    return moving.containsKey(node);
  }

  /** What a moving node says of itself. */
  synchronized void say(int node, boolean ready) {
    var before = moving.put(node, ready);
    if (Boolean.FALSE.equals(before) && ready) {
      lives.add(new Life(node, clock.now()));
    }
  }

  /** All nodes that came are there. */
  synchronized boolean isAllReady() {
    return moving.values().stream().allMatch(it -> it);
  }

  /** No node moves any more. */
  synchronized void settle() {
    moving.clear();
  }

  synchronized void forget(int node) {
    moving.remove(node);
    nodes.remove(node);
  }

  /** Whoever is harmed now counts as harmed for ever. */
  synchronized List<Harmed> harmed() {
    var all = new ArrayList<>(harmed);
    harmedSince.forEach((node, since) -> all.add(new Harmed(node, since, Long.MAX_VALUE)));
    return List.copyOf(all);
  }

  synchronized List<Life> lives() {
    return List.copyOf(lives);
  }
}
