package io.holdfast.edge;

import io.holdfast.caching.CacheKey;
import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.resource.StoredTarget;
import io.holdfast.route.Fallback;
import io.holdfast.upstream.ForwardRequest;
import io.holdfast.upstream.Upstream;
import java.util.Optional;

/**
 * A request that may be answered from what is stored.
 *
 * @param target whose owner is asked
 * @param caching as the cache sees it
 * @param forward as the service would get it
 * @param settings of its route
 * @param stores whether the route stores anything at all
 * @param fallback what the route has when nothing else is left
 */
record CachedRequest(
    StoredTarget target,
    CacheRequest caching,
    ForwardRequest forward,
    Upstream upstream,
    CacheSettings settings,
    boolean stores,
    Optional<Fallback> fallback) {

  CacheKey key() {
    return caching.key();
  }

  boolean isHead() {
    return caching.wantsHead();
  }
}
