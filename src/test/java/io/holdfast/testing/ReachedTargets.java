package io.holdfast.testing;

import io.holdfast.caching.Purge;
import io.holdfast.caching.TargetUri;
import io.holdfast.resource.Reached;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Targets of one route that a node stores, without their responses. */
public final class ReachedTargets implements Reached {
  public final Set<TargetUri> stored = ConcurrentHashMap.newKeySet();
  public final List<Purge> applied = new CopyOnWriteArrayList<>();
  public volatile RuntimeException failure;
  private final String route;

  public ReachedTargets(String route, TargetUri... stored) {
    this.route = route;
    this.stored.addAll(List.of(stored));
  }

  @Override
  public long count(Purge purge) {
    return stored.stream().filter(it -> isReached(purge, it)).count();
  }

  @Override
  public void apply(Purge purge) {
    if (failure != null) {
      throw failure;
    }
    stored.removeIf(it -> isReached(purge, it));
    applied.add(purge);
  }

  private boolean isReached(Purge purge, TargetUri target) {
    return purge.scope().reaches(route, target, Set.of());
  }
}
