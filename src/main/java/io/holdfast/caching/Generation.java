package io.holdfast.caching;

import java.util.List;
import java.util.Set;

/**
 * What was known when a fetch, a flight or a copy began. Whatever began under an older generation
 * than today's is neither stored nor joined nor made a copy again.
 *
 * @param own of the target, raised by its owner at every invalidation
 * @param purge number of the last purge that was known
 */
public record Generation(long own, long purge) {
  public static final Generation FIRST = new Generation(0, 0);

  /** After an invalidation of the target. */
  public Generation raised() {
    return new Generation(own + 1, purge);
  }

  /** With the purges up to that one applied. */
  public Generation knowing(long number) {
    return number > purge ? new Generation(own, number) : this;
  }

  /**
   * Whether nothing has happened to the target since.
   *
   * @param today the owner's generation
   * @param purges those that are known, in any order
   * @param groups that the response is in: a purge of one of them reaches it too
   */
  public boolean holds(
      Generation today, List<Purge> purges, String route, TargetUri target, Set<String> groups) {
    return own >= today.own
        && purges.stream()
            .filter(other -> other.number() > purge)
            .noneMatch(other -> other.scope().reaches(route, target, groups));
  }
}
