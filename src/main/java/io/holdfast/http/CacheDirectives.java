package io.holdfast.http;

import java.util.Locale;
import java.util.Optional;

/**
 * What a request's {@code Cache-Control} asks of an answer that may be stale (RFC 9111, section
 * 5.2.1).
 *
 * @param refusesStale {@code no-cache} or {@code max-age=0}
 */
public record CacheDirectives(boolean refusesStale) {
  public static CacheDirectives parse(Optional<String> cacheControl) {
    if (cacheControl.isEmpty()) {
      return new CacheDirectives(false);
    }
    for (var directive : cacheControl.get().split(",")) {
      var name = directive.strip().toLowerCase(Locale.ROOT);
      if (name.equals("no-cache") || name.matches("max-age\\s*=\\s*\"?0+\"?")) {
        return new CacheDirectives(true);
      }
    }
    return new CacheDirectives(false);
  }
}
