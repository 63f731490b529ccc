package io.holdfast.caching;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The primary key of stored responses (RFC 9111, section 2). GET and HEAD share theirs; QUERY adds
 * its content and what that content is (RFC 10008). The varied fields come on top: {@link VaryKey}.
 *
 * @param method {@code GET} or {@code QUERY}
 * @param target whoever owns it owns all keys that have it: they are invalidated together
 * @param content empty for GET; for QUERY a hash, in hexadecimal digits
 */
public record CacheKey(String method, TargetUri target, String content) {

  /** Of GET and HEAD. */
  public static CacheKey get(TargetUri target) {
    return new CacheKey("GET", target, "");
  }

  /**
   * Of QUERY. Nothing about the content is normalised: that would need its meaning.
   *
   * @param type {@code Content-Type}, or empty
   * @param coding {@code Content-Encoding}, or empty
   */
  public static CacheKey query(TargetUri target, String type, String coding, byte[] content) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (var text : new String[] {type, coding}) {
        digest.update(text.strip().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return new CacheKey("QUERY", target, HexFormat.of().formatHex(digest.digest(content)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** As {@code Cache-Status} shows it. */
  @Override
  public String toString() {
    return content.isEmpty() ? target.toString() : method + ' ' + target + ' ' + content;
  }
}
