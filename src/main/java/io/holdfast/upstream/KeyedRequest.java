package io.holdfast.upstream;

import io.holdfast.http.Bytes;
import io.holdfast.http.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * A request under an {@code Idempotency-Key} that would change something.
 *
 * @param forward as it is forwarded, but for its deadline, and its content, which is whole by then
 * @param contentType empty where it has none
 * @param deadline from when it is there whole
 */
public record KeyedRequest(
    ForwardRequest forward, KeyedId id, String contentType, Limits limits, Duration deadline) {

  /**
   * @param contentBytesMax longer content is refused
   * @param answerBytesMax a longer answer is passed on, and not kept
   * @param keptMax so many answers of a scope are kept
   */
  public record Limits(int contentBytesMax, int answerBytesMax, int keptMax) {}

  /** The same with another limit of content. */
  public KeyedRequest upTo(int contentBytesMax) {
    return new KeyedRequest(
        forward,
        id,
        contentType,
        new Limits(contentBytesMax, limits.answerBytesMax(), limits.keptMax()),
        deadline);
  }

  /**
   * Tells another request under the same key from the same again: method, target, the host where
   * the service sees it, type and bytes of the content (SHA-256).
   */
  public String fingerprint(List<Bytes> content) {
    var digest = Sha256.begin();
    for (var part : List.of(forward.method(), forward.target(), forward.host(), contentType)) {
      digest.update(part.getBytes(StandardCharsets.ISO_8859_1));
      digest.update((byte) 0);
    }
    content.forEach(it -> digest.update(it.array(), it.from(), it.length()));
    return Sha256.text(digest.digest());
  }
}
