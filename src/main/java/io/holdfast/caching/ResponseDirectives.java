package io.holdfast.caching;

import io.holdfast.http.Fields;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a response says of its being stored (RFC 9111, section 5.2.2; RFC 5861; RFC 8246), read as
 * the strictest of what it may mean: of a number that is malformed, or comes twice with different
 * values, what it allows is nothing (section 4.2.1).
 *
 * @param targeted it stands in a targeted field, so that {@code Expires} does not count
 * @param isPublic {@code public}
 * @param isPrivate {@code private} for the whole response
 * @param noStore {@code no-store}
 * @param noCache {@code no-cache} for the whole response
 * @param mustRevalidate {@code must-revalidate}
 * @param proxyRevalidate {@code proxy-revalidate}
 * @param mustUnderstand {@code must-understand}
 * @param immutable RFC 8246
 * @param maxAge in seconds
 * @param sharedMaxAge {@code s-maxage}, in seconds
 * @param staleWhileRevalidate in seconds
 * @param staleIfError in seconds
 * @param fieldsWithheld names of fields, in lower case, that {@code private} or {@code no-cache}
 *     are limited to: they must not be given to another client unvalidated, so they are not stored
 */
record ResponseDirectives(
    boolean targeted,
    boolean isPublic,
    boolean isPrivate,
    boolean noStore,
    boolean noCache,
    boolean mustRevalidate,
    boolean proxyRevalidate,
    boolean mustUnderstand,
    boolean immutable,
    OptionalLong maxAge,
    OptionalLong sharedMaxAge,
    OptionalLong staleWhileRevalidate,
    OptionalLong staleIfError,
    Set<String> fieldsWithheld) {

  static ResponseDirectives of(Fields response) {
    var targeted = TargetedControl.of(response);
    var directives =
        targeted.orElseGet(
            () -> response.joined("Cache-Control").map(Directives::parse).orElse(Directives.NONE));
    return of(directives, targeted.isPresent());
  }

  private static ResponseDirectives of(Directives directives, boolean targeted) {
    var withheld = new TreeSet<String>();
    directives.names("private").ifPresent(withheld::addAll);
    directives.names("no-cache").ifPresent(withheld::addAll);
    return new ResponseDirectives(
        targeted,
        directives.hasBare("public"),
        directives.whole("private"),
        directives.has("no-store"),
        directives.whole("no-cache"),
        directives.has("must-revalidate"),
        directives.has("proxy-revalidate"),
        directives.has("must-understand"),
        directives.hasBare("immutable"),
        strictest(directives, "max-age"),
        strictest(directives, "s-maxage"),
        strictest(directives, "stale-while-revalidate"),
        strictest(directives, "stale-if-error"),
        Set.copyOf(withheld));
  }

  /** One number, or the same one several times; 0 if there is none that can be relied on. */
  private static OptionalLong strictest(Directives directives, String name) {
    var seconds = directives.seconds(name);
    if (seconds.isEmpty()) {
      return OptionalLong.empty();
    }
    var first = seconds.get(0);
    boolean agreed = first.isPresent() && seconds.stream().allMatch(first::equals);
    return agreed ? first : OptionalLong.of(0);
  }

  /** A shared cache may store the answer to a request with {@code Authorization} (section 3.5). */
  boolean allowsAuthorized() {
    return isPublic || mustRevalidate || sharedMaxAge.isPresent();
  }

  /** It must not be used once it is stale, whoever fails (section 4.2.4). */
  boolean forbidsStale() {
    return noCache || mustRevalidate || proxyRevalidate || sharedMaxAge.isPresent();
  }

  /** The lifetime that the directives give, in seconds (section 4.2.1). */
  Optional<Long> lifetime() {
    if (sharedMaxAge.isPresent()) {
      return Optional.of(sharedMaxAge.getAsLong());
    }
    return maxAge.isPresent() ? Optional.of(maxAge.getAsLong()) : Optional.empty();
  }
}
