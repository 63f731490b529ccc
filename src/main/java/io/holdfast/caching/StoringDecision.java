package io.holdfast.caching;

import java.util.Locale;

/** Whether a response is stored. */
public sealed interface StoringDecision {

  /**
   * It is, once all of its content has come: {@link StoredResponse#completed}.
   *
   * @param key under which
   */
  record Store(CacheKey key, StoredResponse response) implements StoringDecision {}

  /** It is not. */
  record Refused(Reason reason) implements StoringDecision {}

  /** Why a response is not stored; {@link #token} is what {@code Cache-Status} says. */
  enum Reason {
    /** The method's answers are not stored. */
    METHOD,
    /** The status code is not final, not understood, or not one that may be stored. */
    STATUS,
    REQUEST_NO_STORE,
    NO_STORE,
    PRIVATE,
    /** The request had {@code Authorization}, and the response does not allow it. */
    AUTHORIZATION,
    /** Neither explicit lifetime nor {@code public} nor a status code that suffices. */
    NO_FRESHNESS,
    /** It could never be used: no lifetime, no validator, and no errors bridged. */
    USELESS,
    /** {@code Vary: *}, or one without bounds. */
    VARY,
    /** The request had a cookie, and the response does not say that it is for everybody. */
    COOKIE,
    /** The response sets a cookie, and does not say that it is for everybody. */
    SET_COOKIE,
    /** A part that does not say which, or in several. */
    PART,
    CONTENT_TOO_LARGE,
    /** It was asked for before a purge or an invalidation. */
    GENERATION;

    /** In the form of a token. */
    public String token() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
