package io.holdfast.resource;

import io.holdfast.caching.CacheGroups;
import io.holdfast.caching.Generation;
import io.holdfast.caching.Purge;
import io.holdfast.caching.StoredResponse;
import io.holdfast.caching.TargetUri;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The purges that a node knows, so that it can say of anything that was stored, or was begun to be
 * fetched, under an earlier number what has become of it since. Safe for many threads; a question
 * about what is stored under the newest number costs one read.
 *
 * <p>The last {@link #KEPT_MAX} are known in detail. What is older than those counts as removed: it
 * has not been looked at for so long that it is no loss.
 */
public final class PurgeLog {
  /** Purges that are known in detail. */
  public static final int KEPT_MAX = 4096;

  /** What has become of something stored. */
  public enum Effect {
    NOTHING,
    /** It is stale. */
    STALED,
    /** It is not to be used at all. */
    REMOVED
  }

  /**
   * @param horizon of what was stored under a lower number nothing is known
   * @param newest what is stored under that has been reached by nothing
   * @param purges those after the horizon, in the order of their numbers
   */
  private record Known(long horizon, long newest, List<Purge> purges) {
    /** Those after a number. */
    List<Purge> after(long number) {
      int low = 0;
      int high = purges.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (purges.get(middle).number() <= number) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return purges.subList(low, purges.size());
    }
  }

  private volatile Known known = new Known(0, 0, List.of());

  /** The number of the newest purge: what is stored from now on carries it. */
  public long known() {
    return known.newest();
  }

  /**
   * Nothing is known any more of what was stored under a lower number.
   *
   * @param horizon from there on purges will be learnt
   */
  public synchronized void forget(long horizon) {
    if (horizon > known.newest()) {
      known = new Known(horizon, horizon, List.of());
    }
  }

  /**
   * Takes in purges; those that are known already are passed over.
   *
   * @param after these are all that there are after that number, up to the last of them
   * @param purges in the order of their numbers
   * @throws IllegalStateException some between what is known and these are missing
   */
  public synchronized void learn(long after, List<Purge> purges) {
    var before = known;
    if (after > before.newest()) {
      throw new IllegalStateException(
          "purges after %d, where only those up to %d are known".formatted(after, before.newest()));
    }
    var all = new ArrayList<>(before.purges());
    long newest = before.newest();
    long last = after;
    for (var purge : purges) {
      if (purge.number() <= last) {
        throw new IllegalStateException("purge %d after %d".formatted(purge.number(), last));
      }
      last = purge.number();
      if (last > newest) {
        all.add(purge);
        newest = last;
      }
    }
    known = bounded(before.horizon(), newest, all);
  }

  private static Known bounded(long horizon, long newest, List<Purge> all) {
    int surplus = all.size() - KEPT_MAX;
    return surplus <= 0
        ? new Known(horizon, newest, List.copyOf(all))
        : new Known(
            all.get(surplus - 1).number(), newest, List.copyOf(all.subList(surplus, all.size())));
  }

  /**
   * What has become of a stored response.
   *
   * @param stored the number under which it was stored, or was looked at last
   * @param route whose target it is
   * @param groups that it is in
   */
  public Effect effect(long stored, String route, TargetUri target, Set<String> groups) {
    var now = known;
    if (stored >= now.newest()) {
      return Effect.NOTHING;
    }
    if (stored < now.horizon()) {
      return Effect.REMOVED;
    }
    var effect = Effect.NOTHING;
    for (var purge : now.after(stored)) {
      if (purge.scope().reaches(route, target, groups)) {
        if (!purge.soft()) {
          return Effect.REMOVED;
        }
        effect = Effect.STALED;
      }
    }
    return effect;
  }

  /**
   * What is left of a stored response.
   *
   * @param stored the number under which it was stored, or was looked at last
   * @param of whose it is
   */
  Optional<StoredResponse> left(
      StoredResponse response, long stored, StoredTarget of, Instant now) {
    var groups = CacheGroups.of(response.fields());
    return switch (effect(stored, of.route(), of.uri(), groups)) {
      case NOTHING -> Optional.of(response);
      case STALED -> Optional.of(response.staled(now));
      case REMOVED -> Optional.empty();
    };
  }

  /**
   * Whether what a fetch or a flight brings, or a copy holds, may be stored, joined or made a copy
   * again: nothing has reached it since it began, be it soft or hard.
   *
   * @param began what was known then
   * @param today the generation of the target's owner
   */
  public boolean holds(
      Generation began, Generation today, String route, TargetUri target, Set<String> groups) {
    var now = known;
    return began.purge() >= now.horizon()
        && began.holds(today, now.after(began.purge()), route, target, groups);
  }
}
