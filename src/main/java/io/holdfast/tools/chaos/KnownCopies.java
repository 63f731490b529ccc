package io.holdfast.tools.chaos;

import io.holdfast.tools.chaos.Operation.Request;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Which nodes must know which documents: those that have given a definite answer about one since
 * they began.
 */
final class KnownCopies {
  private record Place(int node, String key) {}

  private final Map<Place, TreeSet<Long>> known = new HashMap<>();
  private final List<Targets.Life> lives;

  /**
   * @param lives when nodes began anew
   */
  KnownCopies(Collection<Operation> history, List<Targets.Life> lives) {
    this.lives = lives;
    history.stream()
        .filter(KnownCopies::isDefinite)
        .forEach(it -> at(it.request()).add(it.timing().end()));
  }

  private TreeSet<Long> at(Request request) {
    return known.computeIfAbsent(place(request), it -> new TreeSet<>());
  }

  private static Place place(Request request) {
    return new Place(request.node(), request.key());
  }

  private static boolean isDefinite(Operation operation) {
    return operation.isSuccess() || operation.status() == 404;
  }

  /** The node that was asked had a copy by then. */
  boolean has(Operation operation) {
    var ends = known.get(place(operation.request()));
    var last = ends == null ? null : ends.lower(operation.timing().start());
    return last != null && last > begin(operation);
  }

  private long begin(Operation operation) {
    return lives.stream()
        .filter(it -> it.node() == operation.request().node())
        .mapToLong(Targets.Life::begin)
        .filter(it -> it <= operation.timing().start())
        .max()
        .orElse(Long.MIN_VALUE);
  }
}
