package io.holdfast.http;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What this cache did with a request ({@code Cache-Status}, RFC 9211), as its one member of the
 * list: an answer that came through other caches has theirs before it.
 *
 * @param isHit answered from what was stored
 * @param forwarded why it was not, or not only
 * @param forwardedStatus of the answer to what was forwarded, where it is not the answer's own
 * @param ttl seconds that the answer stays fresh; negative when it is stale
 * @param stored the answer was stored
 * @param collapsed it waited for another request's answer
 * @param key of the stored response
 * @param detail anything else, as a token
 */
public record CacheStatus(
    boolean isHit,
    Optional<Forward> forwarded,
    OptionalInt forwardedStatus,
    OptionalLong ttl,
    boolean stored,
    boolean collapsed,
    Optional<String> key,
    Optional<String> detail) {
  private static final String NAME = "holdfast";

  /** Why a request was forwarded (section 2.2). */
  public enum Forward {
    /** Not to be handled by the cache. */
    BYPASS("bypass"),
    METHOD("method"),
    /** Nothing is stored for the target. */
    URI_MISS("uri-miss"),
    /** Something is stored, but for other values of the selecting fields. */
    VARY_MISS("vary-miss"),
    /** For no reason that was looked into. */
    MISS("miss"),
    /** The request's directives asked for it. */
    REQUEST("request"),
    STALE("stale"),
    /** What is stored is not all that is asked for. */
    PARTIAL("partial");

    private final String token;

    Forward(String token) {
      this.token = token;
    }

    public String token() {
      return token;
    }
  }

  /** Answered from what this cache holds; the detail says why not from the origin. */
  public static String hit(String detail) {
    return hit().because(detail).value();
  }

  /** Answered from what is stored. */
  public static CacheStatus hit() {
    return plain(true, Optional.empty());
  }

  /** Forwarded. */
  public static CacheStatus forwarded(Forward why) {
    return plain(false, Optional.of(why));
  }

  private static CacheStatus plain(boolean isHit, Optional<Forward> forwarded) {
    return new CacheStatus(
        isHit,
        forwarded,
        OptionalInt.empty(),
        OptionalLong.empty(),
        false,
        false,
        Optional.empty(),
        Optional.empty());
  }

  public CacheStatus withForwardedStatus(int status) {
    return new CacheStatus(
        isHit, forwarded, OptionalInt.of(status), ttl, stored, collapsed, key, detail);
  }

  public CacheStatus withTtl(long seconds) {
    return new CacheStatus(
        isHit,
        forwarded,
        forwardedStatus,
        OptionalLong.of(seconds),
        stored,
        collapsed,
        key,
        detail);
  }

  public CacheStatus asStored() {
    return new CacheStatus(isHit, forwarded, forwardedStatus, ttl, true, collapsed, key, detail);
  }

  public CacheStatus asCollapsed() {
    return new CacheStatus(isHit, forwarded, forwardedStatus, ttl, stored, true, key, detail);
  }

  public CacheStatus withKey(String of) {
    return new CacheStatus(
        isHit, forwarded, forwardedStatus, ttl, stored, collapsed, Optional.of(of), detail);
  }

  /**
   * @param token such as {@code breaker-open}
   */
  public CacheStatus because(String token) {
    return new CacheStatus(
        isHit, forwarded, forwardedStatus, ttl, stored, collapsed, key, Optional.of(token));
  }

  /** As a field value. {@code hit} and {@code fwd} exclude each other (section 2.1). */
  public String value() {
    var text = new StringBuilder(NAME);
    if (isHit) {
      text.append("; hit");
    } else {
      forwarded.ifPresent(why -> text.append("; fwd=").append(why.token()));
      forwardedStatus.ifPresent(status -> text.append("; fwd-status=").append(status));
    }
    ttl.ifPresent(seconds -> text.append("; ttl=").append(seconds));
    if (!isHit && stored) {
      text.append("; stored");
    }
    if (!isHit && collapsed) {
      text.append("; collapsed");
    }
    key.ifPresent(k -> text.append("; key=").append(StructuredField.quoted(k)));
    detail.ifPresent(d -> text.append("; detail=").append(d));
    return text.toString();
  }
}
