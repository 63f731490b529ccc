package io.holdfast.http;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * The name of a request that must not be carried out twice. A client's is the value of {@code
 * Idempotency-Key}, a string of RFC 9651 in quotes or the same bare. Where it sends none, one is
 * made, which tells when; a client that is told of it may use it like its own.
 *
 * @param value 1 to 255 characters
 */
public record RequestKey(String value) {
  /** What makes a key that was made impossible to guess. */
  public static final int RANDOM_BYTES = 16;

  private static final int LENGTH_MAX = 255;
  private static final String MADE = "hf-";
  private static final int TIME_CHARS = 8;
  private static final int MADE_CHARS = MADE.length() + TIME_CHARS + 22;
  private static final int TIME_BYTES = 6;

  /**
   * A key for a request that came without one.
   *
   * @param random {@link #RANDOM_BYTES} of them
   */
  public static RequestKey made(Instant at, byte[] random) {
    var bytes =
        ByteBuffer.allocate(Long.BYTES + RANDOM_BYTES).putLong(at.toEpochMilli()).put(random);
    var withoutZeros = Arrays.copyOfRange(bytes.array(), Long.BYTES - TIME_BYTES, bytes.capacity());
    return new RequestKey(
        MADE + Base64.getUrlEncoder().withoutPadding().encodeToString(withoutZeros));
  }

  /** When it was made; empty for a key that a client thought of. */
  public Optional<Instant> madeAt() {
    if (value.length() != MADE_CHARS || !value.startsWith(MADE)) {
      return Optional.empty();
    }
    try {
      var time =
          Base64.getUrlDecoder().decode(value.substring(MADE.length(), MADE.length() + TIME_CHARS));
      long millis = ByteBuffer.allocate(Long.BYTES).putShort((short) 0).put(time).getLong(0);
      return Optional.of(Instant.ofEpochMilli(millis));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

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
