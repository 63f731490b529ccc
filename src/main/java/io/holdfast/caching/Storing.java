package io.holdfast.caching;

import io.holdfast.caching.StoringDecision.Reason;
import io.holdfast.caching.StoringDecision.Refused;
import io.holdfast.caching.StoringDecision.Store;
import io.holdfast.http.ContentRange;
import io.holdfast.http.FieldText;
import io.holdfast.http.Fields;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** May a response be stored, and what of it (RFC 9111, section 3)? */
public final class Storing {
  /**
   * Not stored (section 3.1; RFC 9110, section 7.6.1): of the connection, or of this request's
   * proxies. {@code Trailer} because trailer fields are not stored.
   */
  private static final Set<String> CONNECTION =
      Set.of(
          "connection",
          "proxy-connection",
          "keep-alive",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "proxy-authenticate",
          "proxy-authentication-info",
          "proxy-authorization");

  private Storing() {}

  /**
   * @param response as it came from the service; not a 304, for which see {@link Updating}
   * @param requestTime when the request was sent
   * @param responseTime when the head of the response came
   */
  public static StoringDecision decide(
      CacheRequest request,
      ResponseHead response,
      Instant requestTime,
      Instant responseTime,
      CacheSettings settings) {
    var directives = ResponseDirectives.of(response.fields());
    var fields = storable(response.fields(), directives.fieldsWithheld(), responseTime);
    var policy =
        Policy.of(response.status(), fields, directives, requestTime, responseTime, settings);
    var vary = VaryKey.of(response.fields(), request.fields());
    var part = part(response);
    var refused =
        refusedByMethod(request)
            .or(() -> refusedByStatus(response, directives))
            .or(() -> refusedByDirectives(request, response, directives))
            .or(() -> refusedByFreshness(response, fields, directives, policy))
            .or(() -> refusedByPerson(request, fields, vary, directives, policy))
            .or(() -> vary.isEmpty() ? Optional.of(Reason.VARY) : Optional.empty())
            .or(() -> refusedByContent(request, response, part, settings));
    if (refused.isPresent()) {
      return new Refused(refused.get());
    }
    return new Store(
        request.key(),
        new StoredResponse(
            response.status(),
            fields,
            requestTime,
            responseTime,
            vary.get(),
            contentLength(response),
            part,
            policy,
            0));
  }

  /** Without what is not stored, and dated. */
  static Fields storable(Fields received, Set<String> withheld, Instant responseTime) {
    var unstored = new HashSet<>(CONNECTION);
    unstored.addAll(withheld);
    received.all("Connection").stream()
        .flatMap(value -> FieldText.split(value, ',').stream())
        .forEach(name -> unstored.add(name.toLowerCase(Locale.ROOT)));
    return Policy.dated(received.without(unstored), responseTime);
  }

  /** An answer to HEAD has no content to store, it updates what is there. */
  private static Optional<Reason> refusedByMethod(CacheRequest request) {
    boolean allowed = request.method().equals("GET") || request.method().equals("QUERY");
    return allowed ? Optional.empty() : Optional.of(Reason.METHOD);
  }

  private static Optional<Reason> refusedByStatus(
      ResponseHead response, ResponseDirectives directives) {
    boolean allowed =
        StatusCodes.mayBeStored(response.status())
            && (!directives.mustUnderstand() || StatusCodes.isUnderstood(response.status()));
    return allowed ? Optional.empty() : Optional.of(Reason.STATUS);
  }

  private static Optional<Reason> refusedByDirectives(
      CacheRequest request, ResponseHead response, ResponseDirectives directives) {
    if (request.directives().noStore()) {
      return Optional.of(Reason.REQUEST_NO_STORE);
    }
    // Section 5.2.2.3: who understands the status code leaves no-store to those who do not.
    if (directives.noStore() && !directives.mustUnderstand()) {
      return Optional.of(Reason.NO_STORE);
    }
    if (directives.isPrivate()) {
      return Optional.of(Reason.PRIVATE);
    }
    return request.fields().has("Authorization") && !directives.allowsAuthorized()
        ? Optional.of(Reason.AUTHORIZATION)
        : Optional.empty();
  }

  private static Optional<Reason> refusedByFreshness(
      ResponseHead response, Fields fields, ResponseDirectives directives, Policy policy) {
    boolean says =
        directives.isPublic()
            || directives.lifetime().isPresent()
            || policy.source() == Policy.Source.EXPIRES
            || StatusCodes.isHeuristic(response.status());
    if (!says) {
      return Optional.of(Reason.NO_FRESHNESS);
    }
    boolean useful =
        fields.has("ETag")
            || fields.has("Last-Modified")
            || policy.lifetimeSeconds() > 0 && !policy.validatesAlways()
            || policy.staleIfErrorSeconds() > 0;
    return useful ? Optional.empty() : Optional.of(Reason.USELESS);
  }

  /**
   * Cookies do not forbid to store (RFC 9111, section 7.3). But what is made for one person often
   * comes with no word about caching at all, and then neither a guess nor a failure of the service
   * is a reason to show it to another.
   */
  private static Optional<Reason> refusedByPerson(
      CacheRequest request,
      Fields fields,
      Optional<VaryKey> vary,
      ResponseDirectives directives,
      Policy policy) {
    boolean forEverybody =
        directives.isPublic() || policy.isExplicitlyFresh() && !policy.validatesAlways();
    if (!forEverybody && fields.has("Set-Cookie")) {
      return Optional.of(Reason.SET_COOKIE);
    }
    boolean isKeyed = vary.filter(key -> key.names("cookie")).isPresent();
    return !forEverybody && !policy.forbidsStale() && !isKeyed && request.fields().has("Cookie")
        ? Optional.of(Reason.COOKIE)
        : Optional.empty();
  }

  private static Optional<Reason> refusedByContent(
      CacheRequest request,
      ResponseHead response,
      Optional<ContentRange> part,
      CacheSettings settings) {
    if (response.status() == StatusCodes.PARTIAL) {
      boolean known =
          part.isPresent()
              && request.method().equals("GET")
              && (contentLength(response) < 0
                  || contentLength(response) == part.get().range().length());
      if (!known) {
        return Optional.of(Reason.PART);
      }
    }
    return contentLength(response) > settings.contentBytesMax()
        ? Optional.of(Reason.CONTENT_TOO_LARGE)
        : Optional.empty();
  }

  private static Optional<ContentRange> part(ResponseHead response) {
    return response.status() == StatusCodes.PARTIAL
        ? response.fields().first("Content-Range").flatMap(ContentRange::parse)
        : Optional.empty();
  }

  /** As announced, or -1; an absurd one is too great for every limit. */
  private static long contentLength(ResponseHead response) {
    var announced = response.fields().first("Content-Length");
    if (announced.isEmpty()) {
      return -1;
    }
    var length = announced.get();
    boolean digits = !length.isEmpty() && length.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits) {
      return -1;
    }
    return length.length() > 18 ? Long.MAX_VALUE : Long.parseLong(length);
  }
}
