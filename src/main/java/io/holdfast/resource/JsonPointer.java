package io.holdfast.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A way from a document's root to a value in it (RFC 6901).
 *
 * @param text as it was written
 * @param tokens without their escapes; none for the whole document
 */
record JsonPointer(String text, List<String> tokens) {
  /** Pointers are quoted in reasons; long ones only in part. */
  private static final int QUOTED_LENGTH_MAX = 100;

  private static final Pattern BAD_ESCAPE = Pattern.compile("~(?![01])");

  static Optional<JsonPointer> parse(String text) {
    if (text.isEmpty()) {
      return Optional.of(new JsonPointer(text, List.of()));
    }
    if (text.charAt(0) != '/' || BAD_ESCAPE.matcher(text).find()) {
      return Optional.empty();
    }
    var tokens = new ArrayList<String>();
    for (int at = 0; at < text.length(); at += tokens.get(tokens.size() - 1).length() + 1) {
      int end = text.indexOf('/', at + 1);
      tokens.add(text.substring(at + 1, end < 0 ? text.length() : end));
    }
    tokens.replaceAll(JsonPointer::unescaped);
    return Optional.of(new JsonPointer(text, tokens));
  }

  boolean isWholeDocument() {
    return tokens.isEmpty();
  }

  /** Is the other a place inside the value that this points to? */
  boolean isAbove(JsonPointer other) {
    return tokens.size() < other.tokens.size()
        && tokens.equals(other.tokens.subList(0, tokens.size()));
  }

  /** The way's first tokens. */
  JsonPointer start(int count) {
    int end = 0;
    for (int i = 0; i < count; i++) {
      end = text.indexOf('/', end) + 1;
    }
    end = text.indexOf('/', end);
    return new JsonPointer(end < 0 ? text : text.substring(0, end), tokens.subList(0, count));
  }

  String quoted() {
    return quoted(text);
  }

  /** In quotation marks, and cut if it is long. */
  static String quoted(String text) {
    if (text.length() <= QUOTED_LENGTH_MAX) {
      return '"' + text + '"';
    }
    int end = Character.isHighSurrogate(text.charAt(QUOTED_LENGTH_MAX - 1)) ? 1 : 0;
    return '"' + text.substring(0, QUOTED_LENGTH_MAX - end) + "...\"";
  }

  /** In this order, or ~01 would become a solidus (RFC 6901, section 4). */
  private static String unescaped(String token) {
    return token.indexOf('~') < 0 ? token : token.replace("~1", "/").replace("~0", "~");
  }
}
