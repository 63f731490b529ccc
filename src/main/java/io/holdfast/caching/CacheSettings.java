package io.holdfast.caching;

import java.time.Duration;

/**
 * What a route allows where its service says nothing.
 *
 * @param staleIfError how long after it became stale a stored response may be the answer when the
 *     service fails (RFC 5861, section 4); zero for never
 * @param staleWhileRevalidate how long it may be the answer while it is validated (section 3)
 * @param contentBytesMax longer content is not stored
 * @param variantsMax stored responses of one target
 */
public record CacheSettings(
    Duration staleIfError, Duration staleWhileRevalidate, long contentBytesMax, int variantsMax) {
  public static final CacheSettings DEFAULTS =
      new CacheSettings(Duration.ofHours(1), Duration.ZERO, 1 << 20, 32);

  public CacheSettings {
    if (staleIfError.isNegative() || staleWhileRevalidate.isNegative() || variantsMax < 1) {
      throw new IllegalArgumentException("negative time or no variant");
    }
  }
}
