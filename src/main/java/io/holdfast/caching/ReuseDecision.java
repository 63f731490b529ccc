package io.holdfast.caching;

import io.holdfast.http.CacheStatus.Forward;
import io.holdfast.http.Fields;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How a request is to be answered, as far as stored responses decide (RFC 9111, section 4). */
public sealed interface ReuseDecision {

  /** From this one, which is fresh; see {@link Answer}. */
  record Fresh(StoredResponse response) implements ReuseDecision {}

  /** From this one, which is stale, because the request allows it ({@code max-stale}). */
  record Stale(StoredResponse response) implements ReuseDecision {}

  /**
   * From this one, which is stale, while it is validated in the background (RFC 5861, section 3).
   *
   * @param validation how the service is asked: with GET, also if the request is HEAD
   */
  record StaleWhileRevalidate(StoredResponse response, Validate validation)
      implements ReuseDecision {}

  /**
   * The service is asked whether what is stored still holds: {@link Updating#notModified} takes a
   * 304 in, {@link Storing} everything else.
   *
   * @param why it is asked
   * @param asked what may be found to hold
   * @param forwarded the request's fields with the cache's own conditions in place of the client's
   * @param onError what may be the answer if it fails
   */
  record Validate(
      Forward why, List<StoredResponse> asked, Fields forwarded, Optional<StaleOnError> onError)
      implements ReuseDecision {}

  /**
   * The service is asked, as if nothing were stored.
   *
   * @param why it is asked
   * @param forwarded the request's fields; without the client's conditions, which {@link Answer}
   *     judges, wherever the answer may be of use to others. Who knows better, because the last
   *     answer for this target was refused by {@link Storing}, may forward the request as it is.
   * @param onError what may be the answer if it fails
   */
  record Miss(Forward why, Fields forwarded, Optional<StaleOnError> onError)
      implements ReuseDecision {

    /** Whether other requests may wait for the answer: it is not made for this one alone. */
    public boolean mayBeShared() {
      return Set.of("Authorization", "Range", "If-None-Match", "If-Modified-Since").stream()
          .noneMatch(forwarded::has);
    }
  }

  /** The request goes to the service as it is, and its answer to nobody else. */
  record Bypass(Forward why) implements ReuseDecision {}

  /** There is nothing, and the request wants no other: 504 (section 5.2.1.7). */
  record NothingStored() implements ReuseDecision {}
}
