package io.holdfast.operation;

import io.holdfast.route.Route;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many attempts of this node are under way, by service or collection. A service that is slow
 * takes its own share of them, and no other's.
 *
 * @param max for each
 */
record Gates(int max, Map<String, AtomicInteger> taken) {

  Gates(int max) {
    this(max, new ConcurrentHashMap<>());
  }

  boolean tryEnter(Route route) {
    var now = of(route);
    if (now.incrementAndGet() <= max) {
      return true;
    }
    now.decrementAndGet();
    return false;
  }

  void leave(Route route) {
    of(route).decrementAndGet();
  }

  int inFlight() {
    return taken.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  private AtomicInteger of(Route route) {
    var name = route.isForwarded() ? "service " + route.upstream() : "of " + route.collection();
    return taken.computeIfAbsent(name, it -> new AtomicInteger());
  }
}
