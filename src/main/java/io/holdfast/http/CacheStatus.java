package io.holdfast.http;

/** {@code Cache-Status} (RFC 9211). */
public final class CacheStatus {
  private CacheStatus() {}

  /** Answered from what this cache holds; the detail says why not from the origin. */
  public static String hit(String detail) {
    return "holdfast; hit; detail=" + detail;
  }
}
