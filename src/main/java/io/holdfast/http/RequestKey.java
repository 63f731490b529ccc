package io.holdfast.http;

import java.util.Optional;

/**
 * The value of {@code Idempotency-Key}: a string of RFC 9651 in quotes, or the same bare.
 *
 * @param value 1 to 255 characters
 */
public record RequestKey(String value) {
  private static final int LENGTH_MAX = 255;

  /** Nothing if it is malformed, empty or too long. */
  public static Optional<RequestKey> parse(String text) {
    var stripped = text.strip();
    var value =
        stripped.startsWith("\"")
            ? unquoted(stripped)
            : Optional.of(stripped).filter(RequestKey::isBare);
    return value.filter(v -> !v.isEmpty() && v.length() <= LENGTH_MAX).map(RequestKey::new);
  }

  /** As a string of RFC 9651. */
  public String quoted() {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static boolean isBare(String text) {
    return text.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '"');
  }

  private static Optional<String> unquoted(String text) {
    var value = new StringBuilder();
    for (int at = 1; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        return at == text.length() - 1 ? Optional.of(value.toString()) : Optional.empty();
      }
      if (c == '\\') {
        at++;
        if (at == text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\\')) {
          return Optional.empty();
        }
        c = text.charAt(at);
      } else if (c < 0x20 || c > 0x7e) {
        return Optional.empty();
      }
      value.append(c);
    }
    return Optional.empty();
  }
}
