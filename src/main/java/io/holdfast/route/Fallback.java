package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import io.holdfast.http.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What a retrieval gets when its service fails and nothing is stored that would do. */
public sealed interface Fallback {
  /** A page that says sorry, or an empty list; it is in memory as long as the route is. */
  int CONTENT_BYTES_MAX = 64 * 1024;

  /**
   * Always the same.
   *
   * @param status 200 to 599; 204, 205 and 304 have no content (RFC 9110, section 15)
   * @param contentType a media type, with or without parameters
   * @param content sent as UTF-8
   */
  record Fixed(int status, String contentType, String content) implements Fallback {

    private static Fixed read(ConfigReader fallback) {
      int status = fallback.has("status") ? fallback.integer("status", 200, 599) : 200;
      var type = fallback.has("content-type") ? fallback.string("content-type") : "text/plain";
      var content = fallback.has("content") ? fallback.string("content") : "";
      boolean hasNone = status == 204 || status == 205 || status == 304;
      fallback.require(
          !hasNone || content.isEmpty(),
          "content",
          "an answer %d has none; take it away, or give another status".formatted(status));
      fallback.require(
          !fallback.good("content-type") || MediaType.isWellFormed(type),
          "content-type",
          "\"%s\" is not a media type; write one as in \"application/json\"".formatted(type));
      int bytes = content.getBytes(StandardCharsets.UTF_8).length;
      fallback.require(
          bytes <= CONTENT_BYTES_MAX,
          "content",
          "has %d bytes; give at most %d, or name a service as upstream"
              .formatted(bytes, CONTENT_BYTES_MAX));
      return new Fixed(status, type, content);
    }
  }

  /**
   * What another service answers.
   *
   * @param upstream its name
   */
  record Elsewhere(String upstream) implements Fallback {}

  /** Reads {@code fallback} of a route; nothing if it is empty. */
  static Optional<Fallback> read(ConfigReader fallback) {
    boolean isElsewhere = fallback.has("upstream");
    boolean isFixed = false;
    for (var key : new String[] {"status", "content-type", "content"}) {
      isFixed |= fallback.has(key);
    }
    var fixed = isFixed ? Optional.<Fallback>of(Fixed.read(fallback)) : Optional.<Fallback>empty();
    if (!isElsewhere) {
      return fixed;
    }
    var upstream = fallback.name("upstream");
    fallback.require(
        !isFixed,
        "upstream",
        "the fallback has an answer of its own already; take away one of them");
    return Optional.of(new Elsewhere(upstream));
  }
}
