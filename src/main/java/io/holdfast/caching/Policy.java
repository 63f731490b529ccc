package io.holdfast.caching;

import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.FieldText;
import io.holdfast.http.Fields;
import io.holdfast.http.HttpDate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * How long a stored response may be used, worked out once when it is stored or validated (RFC 9111,
 * section 4.2). All numbers are at least 0, and at most 2^31 seconds.
 *
 * @param source where the lifetime comes from
 * @param lifetimeSeconds freshness lifetime
 * @param initialAgeMillis {@code corrected_initial_age} (section 4.2.3): how old it was when it
 *     came
 * @param validatesAlways {@code no-cache}: it is never used unvalidated
 * @param forbidsStale it is never used stale (section 4.2.4)
 * @param immutable RFC 8246
 * @param staleWhileRevalidateSeconds after it has become stale
 * @param staleIfErrorSeconds after it has become stale
 */
public record Policy(
    Source source,
    long lifetimeSeconds,
    long initialAgeMillis,
    boolean validatesAlways,
    boolean forbidsStale,
    boolean immutable,
    long staleWhileRevalidateSeconds,
    long staleIfErrorSeconds) {

  /** More is not guessed: whoever changes nothing for years may still do so tomorrow. */
  static final Duration HEURISTIC_MAX = Duration.ofHours(24);

  private static final int HEURISTIC_DIVISOR = 10;
  private static final long MILLIS = 1000;

  /** Where a lifetime comes from, the first that there is (section 4.2.1). */
  public enum Source {
    S_MAXAGE,
    MAX_AGE,
    EXPIRES,
    /** A tenth of the time since it was modified (section 4.2.2). */
    HEURISTIC,
    /** There is none: stale from the beginning. */
    NONE
  }

  /** A lifetime and its source. */
  private record Lifetime(Source source, long seconds) {}

  /**
   * @param fields with a {@code Date} that can be read: {@link #dated}
   */
  static Policy of(
      int status,
      Fields fields,
      ResponseDirectives directives,
      Instant requestTime,
      Instant responseTime,
      CacheSettings settings) {
    var lifetime = lifetime(status, fields, directives, responseTime);
    // An error that is stored says nothing that is better than an error.
    boolean mayGoStale = !directives.forbidsStale() && !StatusCodes.isFailure(status);
    long whileRevalidate =
        directives.staleWhileRevalidate().orElse(settings.staleWhileRevalidate().toSeconds());
    long ifError = directives.staleIfError().orElse(settings.staleIfError().toSeconds());
    return new Policy(
        lifetime.source(),
        lifetime.seconds(),
        initialAgeMillis(fields, requestTime, responseTime),
        directives.noCache(),
        directives.forbidsStale(),
        directives.immutable(),
        mayGoStale ? DeltaSeconds.capped(whileRevalidate) : 0,
        mayGoStale ? DeltaSeconds.capped(ifError) : 0);
  }

  private static Lifetime lifetime(
      int status, Fields fields, ResponseDirectives directives, Instant responseTime) {
    if (directives.lifetime().isPresent()) {
      return new Lifetime(
          directives.sharedMaxAge().isPresent() ? Source.S_MAXAGE : Source.MAX_AGE,
          directives.lifetime().get());
    }
    var date = date(fields).orElse(responseTime);
    if (!directives.targeted() && fields.has("Expires")) {
      // One that is no date, and two that differ, are in the past (section 5.3).
      var expires = expires(fields.all("Expires"));
      return new Lifetime(Source.EXPIRES, expires.map(at -> seconds(date, at)).orElse(0L));
    }
    var modified = fields.first("Last-Modified").flatMap(HttpDate::parse);
    if (modified.isPresent() && (StatusCodes.isHeuristic(status) || directives.isPublic())) {
      long tenth = seconds(modified.get(), date) / HEURISTIC_DIVISOR;
      return new Lifetime(Source.HEURISTIC, Math.min(tenth, HEURISTIC_MAX.toSeconds()));
    }
    return new Lifetime(Source.NONE, 0);
  }

  private static Optional<Instant> expires(List<String> values) {
    return values.stream().distinct().count() == 1
        ? HttpDate.parse(values.get(0))
        : Optional.empty();
  }

  private static long seconds(Instant from, Instant to) {
    return DeltaSeconds.capped(from.until(to, ChronoUnit.SECONDS));
  }

  /**
   * Section 4.2.3. A {@code Date} has whole seconds, so its age is taken in whole seconds: else
   * every response would come half a second old.
   */
  private static long initialAgeMillis(Fields fields, Instant requestTime, Instant responseTime) {
    long apparent =
        date(fields)
            .map(date -> seconds(date, responseTime.truncatedTo(ChronoUnit.SECONDS)))
            .orElse(0L);
    long delay = Math.max(0, requestTime.until(responseTime, ChronoUnit.MILLIS));
    long corrected = age(fields) * MILLIS + Math.min(delay, DeltaSeconds.MAX * MILLIS);
    return Math.min(DeltaSeconds.MAX * MILLIS, Math.max(apparent * MILLIS, corrected));
  }

  /** {@code Age}: of several values the first, of one that is no number nothing (section 5.1). */
  private static long age(Fields fields) {
    return fields
        .first("Age")
        .map(value -> DeltaSeconds.parse(FieldText.split(value, ',').get(0)).orElse(0))
        .orElse(0L);
  }

  static Optional<Instant> date(Fields fields) {
    return fields.first("Date").flatMap(HttpDate::parse);
  }

  /**
   * With the time of receipt as {@code Date}, if it has none that can be read (RFC 9110, 6.6.1).
   */
  static Fields dated(Fields fields, Instant responseTime) {
    return date(fields).isPresent() ? fields : fields.with("Date", HttpDate.format(responseTime));
  }

  /** An explicit lifetime that is not over from the beginning. */
  boolean isExplicitlyFresh() {
    return source != Source.HEURISTIC && lifetimeSeconds > 0;
  }

  Policy withLifetime(long seconds) {
    return new Policy(
        source,
        DeltaSeconds.capped(seconds),
        initialAgeMillis,
        validatesAlways,
        forbidsStale,
        immutable,
        staleWhileRevalidateSeconds,
        staleIfErrorSeconds);
  }
}
