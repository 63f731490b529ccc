package io.holdfast.caching;

import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.Fields;
import java.util.OptionalLong;
import java.util.function.LongBinaryOperator;

/**
 * What a request says of stored responses (RFC 9111, section 5.2.1; {@code stale-if-error} of RFC
 * 5861, section 4).
 *
 * @param noCache {@code no-cache}, or {@code Pragma: no-cache} in a request without {@code
 *     Cache-Control} (section 5.4)
 * @param noStore {@code no-store}
 * @param onlyIfCached {@code only-if-cached}
 * @param maxAge in seconds
 * @param minFresh in seconds
 * @param maxStale in seconds; {@link DeltaSeconds#MAX} for any staleness
 * @param staleIfError in seconds
 */
public record RequestDirectives(
    boolean noCache,
    boolean noStore,
    boolean onlyIfCached,
    OptionalLong maxAge,
    OptionalLong minFresh,
    OptionalLong maxStale,
    OptionalLong staleIfError) {
  public static final RequestDirectives NONE =
      new RequestDirectives(
          false,
          false,
          false,
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty(),
          OptionalLong.empty());

  public static RequestDirectives of(Fields request) {
    var control = request.joined("Cache-Control");
    if (control.isPresent()) {
      return of(Directives.parse(control.get()));
    }
    var pragma = request.joined("Pragma").map(Directives::parse).orElse(Directives.NONE);
    return pragma.has("no-cache") ? of(Directives.parse("no-cache")) : NONE;
  }

  private static RequestDirectives of(Directives directives) {
    return new RequestDirectives(
        directives.has("no-cache"),
        directives.has("no-store"),
        directives.has("only-if-cached"),
        of(directives, "max-age", Math::min, OptionalLong.of(0)),
        of(directives, "min-fresh", Math::max, OptionalLong.empty()),
        maxStale(directives),
        of(directives, "stale-if-error", Math::min, OptionalLong.empty()));
  }

  /** Of several numbers the strictest; for one that is malformed the given one. */
  private static OptionalLong of(
      Directives directives, String name, LongBinaryOperator strictest, OptionalLong malformed) {
    return directives.seconds(name).stream()
        .map(seconds -> seconds.isPresent() ? seconds : malformed)
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .reduce(strictest);
  }

  private static OptionalLong maxStale(Directives directives) {
    var limited = of(directives, "max-stale", Math::min, OptionalLong.empty());
    return limited.isEmpty() && directives.hasBare("max-stale")
        ? OptionalLong.of(DeltaSeconds.MAX)
        : limited;
  }

  /** The client wants nothing that was stored, not even when the service fails. */
  boolean refusesStored() {
    return noCache || maxAge.isPresent() && maxAge.getAsLong() == 0 && maxStale.isEmpty();
  }

  /** The client wants no stale answer, not even when the service fails. */
  boolean refusesStale() {
    return noCache || maxAge.isPresent() && maxStale.isEmpty();
  }
}
