package io.holdfast.caching;

import io.holdfast.caching.ReuseDecision.Bypass;
import io.holdfast.caching.ReuseDecision.Fresh;
import io.holdfast.caching.ReuseDecision.Miss;
import io.holdfast.caching.ReuseDecision.NothingStored;
import io.holdfast.caching.ReuseDecision.Stale;
import io.holdfast.caching.ReuseDecision.StaleWhileRevalidate;
import io.holdfast.caching.ReuseDecision.Validate;
import io.holdfast.http.CacheStatus.Forward;
import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.Fields;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** May a stored response be the answer, or must the service be asked (RFC 9111, section 4)? */
public final class Reuse {
  private Reuse() {}

  /**
   * @param stored all responses under the request's key, in any order
   * @param now by the clock that gave the responses their times
   */
  public static ReuseDecision decide(
      CacheRequest request, List<StoredResponse> stored, Instant now) {
    if (!request.retrieves()) {
      return new Bypass(Forward.METHOD);
    }
    // Conditions on the state of the target are the service's to judge (section 4.3.2).
    if (request.fields().has("If-Match") || request.fields().has("If-Unmodified-Since")) {
      return new Bypass(Forward.BYPASS);
    }
    var directives = request.directives();
    var matching = Variants.matching(request, stored);
    var usable = matching.stream().filter(r -> Answer.covers(request, r)).findFirst();
    var decision =
        usable
            .map(response -> decide(request, directives, response, stored, now))
            .orElseGet(() -> missing(request, stored, !matching.isEmpty()));
    boolean forwards = !(decision instanceof Fresh || decision instanceof Stale);
    if (forwards && directives.onlyIfCached()) {
      return decision instanceof StaleWhileRevalidate ? decision : new NothingStored();
    }
    return decision;
  }

  private static ReuseDecision decide(
      CacheRequest request,
      RequestDirectives directives,
      StoredResponse response,
      List<StoredResponse> stored,
      Instant now) {
    if (directives.noCache() || directives.noStore()) {
      return validate(Forward.REQUEST, request, directives, response, stored, now);
    }
    if (response.isFresh(now)) {
      return isFreshEnough(directives, response, now)
          ? new Fresh(response)
          : validate(Forward.REQUEST, request, directives, response, stored, now);
    }
    if (maxStaleAllows(directives, response, now)) {
      return new Stale(response);
    }
    var validation = validate(Forward.STALE, request, directives, response, stored, now);
    return !directives.refusesStale()
            && directives.minFresh().isEmpty()
            && isWithin(response, response.policy().staleWhileRevalidateSeconds(), now)
        ? new StaleWhileRevalidate(response, inBackground(validation))
        : validation;
  }

  /** An immutable response has not changed as long as it is fresh, however old (RFC 8246). */
  private static boolean isFreshEnough(
      RequestDirectives directives, StoredResponse response, Instant now) {
    boolean youngEnough =
        directives.maxAge().isEmpty()
            || response.policy().immutable()
            || response.age(now) <= directives.maxAge().getAsLong() && !isZero(directives);
    return youngEnough
        && (directives.minFresh().isEmpty()
            || response.ttl(now) >= directives.minFresh().getAsLong());
  }

  /** Within its first second a response has the age 0, but the client wants it from the service. */
  private static boolean isZero(RequestDirectives directives) {
    return directives.maxAge().getAsLong() == 0;
  }

  private static boolean maxStaleAllows(
      RequestDirectives directives, StoredResponse response, Instant now) {
    if (directives.maxStale().isEmpty()
        || response.policy().forbidsStale()
        || directives.minFresh().isPresent()) {
      return false;
    }
    long limit = directives.maxStale().getAsLong();
    boolean youngEnough =
        directives.maxAge().isEmpty()
            || response.age(now) <= saturatedSum(directives.maxAge().getAsLong(), limit);
    return youngEnough
        && (limit == DeltaSeconds.MAX || !now.isAfter(response.staleFrom().plusSeconds(limit)));
  }

  private static long saturatedSum(long a, long b) {
    return Math.min(DeltaSeconds.MAX, a + b);
  }

  private static boolean isWithin(StoredResponse response, long seconds, Instant now) {
    return seconds > 0 && now.isBefore(response.staleFrom().plusSeconds(seconds));
  }

  private static ReuseDecision missing(
      CacheRequest request, List<StoredResponse> stored, boolean matched) {
    if (matched) {
      // What is stored is a part, and not the one that is asked for.
      return new Miss(Forward.PARTIAL, Conditions.none(request), Optional.empty());
    }
    if (stored.isEmpty()) {
      return new Miss(Forward.URI_MISS, Conditions.none(request), Optional.empty());
    }
    // Another variant's tag may be the answer for this request too (section 4.1).
    var asked = Conditions.tagged(stored);
    return asked.isEmpty() || request.fields().has("Range") || request.directives().noStore()
        ? new Miss(Forward.VARY_MISS, Conditions.none(request), Optional.empty())
        : new Validate(Forward.VARY_MISS, asked, Conditions.on(request, asked), Optional.empty());
  }

  private static ReuseDecision validate(
      Forward why,
      CacheRequest request,
      RequestDirectives directives,
      StoredResponse response,
      List<StoredResponse> stored,
      Instant now) {
    var onError = onError(directives, response, now);
    // A part is fetched anew; and the answer to no-store would have to be stored, if it were a 304.
    if (!response.hasValidator() || response.part().isPresent() || directives.noStore()) {
      return new Miss(why, Conditions.none(request), onError);
    }
    var asked = Conditions.asked(response, stored);
    return new Validate(why, asked, Conditions.on(request, asked), onError);
  }

  private static Validate inBackground(ReuseDecision decision) {
    return decision instanceof Validate validate
        ? background(validate.asked(), validate.forwarded())
        : background(List.of(), ((Miss) decision).forwarded());
  }

  private static Validate background(List<StoredResponse> asked, Fields forwarded) {
    return new Validate(Forward.STALE, asked, Conditions.inBackground(forwarded), Optional.empty());
  }

  private static Optional<StaleOnError> onError(
      RequestDirectives directives, StoredResponse response, Instant now) {
    var policy = response.policy();
    boolean isFailure = StatusCodes.isFailure(response.status());
    if (directives.refusesStored() || policy.validatesAlways() || isFailure) {
      return Optional.empty();
    }
    // What is fresh, but not enough for the request, is better than an error in any case.
    long seconds =
        policy.forbidsStale() || directives.refusesStale()
            ? 0
            : directives.staleIfError().orElse(policy.staleIfErrorSeconds());
    var until = response.staleFrom().plusSeconds(seconds);
    return now.isBefore(until) ? Optional.of(new StaleOnError(response, until)) : Optional.empty();
  }
}
