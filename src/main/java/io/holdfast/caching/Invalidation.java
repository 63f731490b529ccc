package io.holdfast.caching;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an answer makes invalid (RFC 9111, section 4.4; RFC 9875, section 3): all stored responses
 * of these targets, whatever their method and variant, and all of these groups of the same origin.
 * Done before the answer is given.
 */
public record Invalidation(Set<TargetUri> targets, Set<String> groups) {
  public static final Invalidation NOTHING = new Invalidation(Set.of(), Set.of());

  /** Only an answer to an unsafe method, and only one that is no error, has changed anything. */
  public static Invalidation by(CacheRequest request, ResponseHead response) {
    if (request.changesNothing() || !response.isNonError()) {
      return NOTHING;
    }
    var target = request.key().target();
    var targets = new LinkedHashSet<TargetUri>();
    targets.add(target);
    for (var name : List.of("Location", "Content-Location")) {
      response.fields().first(name).flatMap(target::sameOrigin).ifPresent(targets::add);
    }
    return new Invalidation(targets, CacheGroups.invalidated(response.fields()));
  }

  public boolean reachesNothing() {
    return targets.isEmpty() && groups.isEmpty();
  }
}
