package io.holdfast.http;

import java.util.Locale;
import java.util.Optional;

/**
 * What a request's {@code Cache-Control} asks of an answer that may be stale (RFC 9111, section
 * 5.2.1).
 *
 * @param refusesStale {@code no-cache} or {@code max-age=0}
 */
public record CacheDirectives(boolean refusesStale) {

  /** Field lines have been joined with commas. What is not known is ignored. */
  public static CacheDirectives parse(Optional<String> cacheControl) {
    return new CacheDirectives(
        cacheControl.isPresent()
            && FieldText.split(cacheControl.get(), ',').stream()
                .anyMatch(CacheDirectives::refusesStale));
  }

  private static boolean refusesStale(String directive) {
    int equals = directive.indexOf('=');
    var name = equals < 0 ? directive : directive.substring(0, equals);
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "no-cache" -> true;
      case "max-age" -> equals > 0 && isZero(directive.substring(equals + 1).strip());
      default -> false;
    };
  }

  private static boolean isZero(String seconds) {
    var digits = FieldText.unquoted(seconds);
    return !digits.isEmpty() && digits.chars().allMatch(c -> c == '0');
  }
}
