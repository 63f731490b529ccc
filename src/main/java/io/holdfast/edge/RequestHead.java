package io.holdfast.edge;

import java.util.Set;

/**
 * A request's head that passed every check of {@link HeadReader}.
 *
 * @param method the token as sent; methods are case-sensitive
 * @param target the request target as sent
 * @param minorVersion 1 for HTTP/1.1, 0 for HTTP/1.0
 * @param persistent whether the client means to go on after the answer (RFC 9112 section 9.3)
 * @param expectsContinue whether it waits for 100 (Continue) before it sends the content
 * @param content how the content is framed
 * @param bytes the whole head, from the method to the empty line
 */
record RequestHead(
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
  sealed interface Content {}

  /** There is none. */
  record None() implements Content {}

  /**
   * Exactly so many bytes.
   *
   * @param length at least 1
   */
  record Length(long length) implements Content {}

  /** Chunk after chunk, up to one of size 0 and the trailer section. */
  record Chunked() implements Content {}

  /** Whether the HTTP model has a constant for the method. */
  boolean methodIsKnown() {
    return KNOWN.contains(method);
  }

  boolean isHead() {
    return method.equals("HEAD");
  }
}
