package io.holdfast.operation;

import io.holdfast.route.Route;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How many attempts of this node are under way, by service or collection. A service that is slow
 * takes its own share of them, and no other's. Lanes that found a gate full wait for it in turn.
 */
final class Gates {
  private final int max;
  private final Map<String, Gate> gates = new HashMap<>();

  private static final class Gate {
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private int inside;
  }

  /**
   * @param max for each
   */
  Gates(int max) {
    this.max = max;
  }

  /**
   * @param free told once, when it is worth while to try again
   */
  synchronized boolean tryEnter(Route route, Runnable free) {
    var gate = of(route);
    if (gate.inside < max) {
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

  synchronized int inFlight() {
    return gates.values().stream().mapToInt(it -> it.inside).sum();
  }

  private synchronized Gate of(Route route) {
    var name = route.isForwarded() ? "service " + route.upstream() : "of " + route.collection();
    return gates.computeIfAbsent(name, it -> new Gate());
  }
}
