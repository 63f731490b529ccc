package io.holdfast.operation;

import io.holdfast.route.Route;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How many attempts of this node are under way, by service or collection. A service that is slow
 * takes its own share of them, and no other's. Lanes that found a gate full wait for it in turn.
 * All are shut while the answers that the database has not taken yet are too much for the memory.
 */
final class Gates {
  private final int max;
  private final long answerBytesMax;
  private final Map<String, Gate> gates = new HashMap<>();
  private long answerBytes;

  private static final class Gate {
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private int inside;
  }

  /**
   * @param max for each
   * @param answerBytesMax of all answers that are still to be written down: once there are so many
   *     nothing is begun
   */
  Gates(int max, long answerBytesMax) {
    this.max = max;
    this.answerBytesMax = answerBytesMax;
  }

  /**
   * @param free told once, when it is worth while to try again
   */
  synchronized boolean tryEnter(Route route, Runnable free) {
    var gate = of(route);
    if (gate.inside < max && answerBytes < answerBytesMax) {
      gate.inside++;
      return true;
    }
    gate.waiting.add(free);
    return false;
  }

  void leave(Route route) {
    left(of(route)).ifPresent(Runnable::run);
  }

  private synchronized Optional<Runnable> left(Gate gate) {
    gate.inside--;
    var first = gate.waiting.stream().findFirst();
    first.ifPresent(gate.waiting::remove);
    return first;
  }

  /** An answer is to be written down. */
  synchronized void keep(long bytes) {
    answerBytes += bytes;
  }

  /** It was, or is not to be. */
  void letGo(long bytes) {
    opened(bytes).forEach(Runnable::run);
  }

  private synchronized List<Runnable> opened(long bytes) {
    boolean wereShut = answerBytes >= answerBytesMax;
    answerBytes -= bytes;
    if (!wereShut || answerBytes >= answerBytesMax) {
      return List.of();
    }
    var all = gates.values().stream().flatMap(it -> it.waiting.stream()).distinct().toList();
    gates.values().forEach(it -> it.waiting.clear());
    return all;
  }

  synchronized int inFlight() {
    return gates.values().stream().mapToInt(it -> it.inside).sum();
  }

  private synchronized Gate of(Route route) {
    var name = route.isForwarded() ? "service " + route.upstream() : "of " + route.collection();
    return gates.computeIfAbsent(name, it -> new Gate());
  }
}
