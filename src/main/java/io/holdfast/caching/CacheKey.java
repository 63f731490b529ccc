package io.holdfast.caching;

import io.holdfast.http.Fields;
import io.holdfast.http.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The primary key of stored responses (RFC 9111, section 2). GET and HEAD share theirs; QUERY adds
 * its content and what that content is (RFC 10008). The varied fields come on top: {@link VaryKey}.
 *
 * @param method {@code GET} or {@code QUERY}
 * @param target whoever owns it owns all keys that have it: they are invalidated together
 * @param content empty for GET; for QUERY its hash
 */
public record CacheKey(String method, TargetUri target, String content) {
  private static final List<String> OF_CONTENT =
      List.of("Content-Type", "Content-Encoding", "Content-Language");

  /** Of GET and HEAD. */
  public static CacheKey get(TargetUri target) {
    return new CacheKey("GET", target, "");
  }

  /**
   * Of QUERY (RFC 10008, section 2.7). Nothing about the content is normalised: that would need its
   * meaning.
   *
   * @param request its fields say what the content is
   */
  public static CacheKey query(TargetUri target, Fields request, byte[] content) {
    var digest = Sha256.begin();
    for (var name : OF_CONTENT) {
      digest.update(request.joined(name).orElse("").getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return new CacheKey("QUERY", target, Sha256.text(digest.digest(content)));
  }

  /** Roughly what it takes in memory. */
  public int memoryBytes() {
    return content.length() + target.memoryBytes();
  }

  /** As {@code Cache-Status} shows it. */
  @Override
  public String toString() {
    return content.isEmpty() ? target.toString() : method + ' ' + target + ' ' + content;
  }
}
