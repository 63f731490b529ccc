package io.holdfast.http;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/**
 * A request's head, checked: syntax, sizes, and that its content is framed in one way only.
 *
 * @param method the token as sent; methods are case-sensitive
 * @param target the request target as sent
 * @param minorVersion 1 for HTTP/1.1, 0 for HTTP/1.0
 * @param persistent whether the client means to go on after the answer (RFC 9112 section 9.3)
 * @param expectsContinue whether it waits for 100 (Continue) before it sends the content
 * @param content how the content is framed
 * @param bytes the whole head, from the method to the empty line
 */
public record RequestHead(
    String method,
    String target,
    int minorVersion,
    boolean persistent,
    boolean expectsContinue,
    Content content,
    Bytes bytes) {

  private static final Set<String> KNOWN =
      Set.of("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "QUERY");

  /** Where the content ends (RFC 9112 section 6.3). */
  public sealed interface Content {}

  /** There is none. */
  public record None() implements Content {}

  /**
   * Exactly so many bytes.
   *
   * @param length at least 1
   */
  public record Length(long length) implements Content {}

  /** Chunk after chunk, up to one of size 0 and the trailer section. */
  public record Chunked() implements Content {}

  /** Whether the HTTP model has a constant for the method. */
  public boolean methodIsKnown() {
    return KNOWN.contains(method);
  }

  /**
   * The value of the first field of that name, as sent; for what the HTTP model normalises.
   *
   * @param name in any case
   */
  public Optional<String> field(String name) {
    var text = new String(bytes.array(), bytes.from(), bytes.length(), StandardCharsets.ISO_8859_1);
    for (int at = text.indexOf("\r\n") + 2; at < text.length() - 2; ) {
      int end = text.indexOf("\r\n", at);
      int colon = at + name.length();
      if (colon < end
          && text.charAt(colon) == ':'
          && text.regionMatches(true, at, name, 0, name.length())) {
        return Optional.of(text.substring(colon + 1, end).strip());
      }
      at = end + 2;
    }
    return Optional.empty();
  }

  public boolean isHead() {
    return method.equals("HEAD");
  }
}
