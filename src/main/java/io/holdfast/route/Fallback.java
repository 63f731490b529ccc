package io.holdfast.route;

import io.holdfast.config.ConfigReader;
import io.holdfast.http.MediaType;
import java.util.Optional;

/** What a retrieval gets when its service fails and nothing is stored that would do. */
public sealed interface Fallback {

  /** Always the same. */
  record Fixed(int status, String contentType, String content) implements Fallback {

    private static Fixed read(ConfigReader fallback) {
      int status = fallback.has("status") ? fallback.integer("status", 200, 599) : 200;
      var content = fallback.has("content") ? fallback.string("content") : "";
      var type = fallback.has("content-type") ? fallback.string("content-type") : "text/plain";
      boolean hasNone = status == 204 || status == 205 || status == 304;
      fallback.require(
          !hasNone || content.isEmpty(), "content", "an answer %d has none".formatted(status));
      fallback.require(
          !fallback.has("content-type") || MediaType.isWellFormed(type),
          "content-type",
          "\"%s\" is not a media type; write one as in \"application/json\"".formatted(type));
      fallback.require(
          content.length() <= CONTENT_CHARACTERS_MAX,
          "content",
          "has %d characters; at most %d".formatted(content.length(), CONTENT_CHARACTERS_MAX));
      return new Fixed(status, type, content);
    }
  }

  /** What another service answers. */
  record Elsewhere(String upstream) implements Fallback {}

  int CONTENT_CHARACTERS_MAX = 64 * 1024;

  /** Reads {@code fallback} of a route; nothing if it is empty. */
  static Optional<Fallback> read(ConfigReader fallback) {
    boolean elsewhere = fallback.has("upstream");
    boolean fixed = fallback.has("status") || fallback.has("content");
    if (elsewhere) {
      var upstream = fallback.name("upstream");
      fallback.require(
          !fixed && !fallback.has("content-type"),
          "upstream",
          "the fallback has an answer of its own already; take away one of them");
      if (fixed || fallback.has("content-type")) {
        Fixed.read(fallback);
      }
      return Optional.of(new Elsewhere(upstream));
    }
    return fixed || fallback.has("content-type")
        ? Optional.of(Fixed.read(fallback))
        : Optional.empty();
  }
}
