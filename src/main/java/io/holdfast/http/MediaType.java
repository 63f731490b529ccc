package io.holdfast.http;

import java.util.Locale;
import java.util.Optional;

/** The media types of documents (RFC 9110, sections 8.3 and 12.5.1). */
public final class MediaType {
  private MediaType() {}

  /** {@code application/json} or any {@code +json}, with no charset or utf-8. */
  public static boolean isJson(String contentType) {
    var parts = contentType.split(";");
    var type = parts[0].strip().toLowerCase(Locale.ROOT);
    if (!type.equals("application/json")
        && !type.matches("[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]*\\+json")) {
      return false;
    }
    for (int i = 1; i < parts.length; i++) {
      var parameter = parts[i].strip().toLowerCase(Locale.ROOT);
      if (parameter.startsWith("charset=") && !parameter.matches("charset=(utf-8|\"utf-8\")")) {
        return false;
      }
    }
    return true;
  }

  /** Does this {@code Accept} allow {@code application/json}? The most specific range decides. */
  public static boolean acceptsJson(Optional<String> accept) {
    if (accept.isEmpty() || accept.get().isBlank()) {
      return true;
    }
    int specificity = -1;
    boolean acceptable = false;
    for (var range : accept.get().split(",")) {
      var parts = range.split(";");
      int s = specificityOf(parts[0].strip().toLowerCase(Locale.ROOT));
      if (s > specificity) {
        specificity = s;
        acceptable = !hasZeroWeight(parts);
      }
    }
    return acceptable;
  }

  private static int specificityOf(String range) {
    return switch (range) {
      case "*/*" -> 0;
      case "application/*" -> 1;
      case "application/json" -> 2;
      default -> -1;
    };
  }

  private static boolean hasZeroWeight(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      if (parts[i].strip().toLowerCase(Locale.ROOT).matches("q\\s*=\\s*0(\\.0{0,3})?")) {
        return true;
      }
    }
    return false;
  }
}
