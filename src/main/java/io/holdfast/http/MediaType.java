package io.holdfast.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The media types of documents (RFC 9110, sections 8.3 and 12.5.1). */
public final class MediaType {
  private static final String JSON = "application/json";
  private static final Pattern SUFFIX_JSON =
      Pattern.compile("[a-z0-9!#$%&'*+.^_`|~-]+/[a-z0-9!#$%&'*+.^_`|~-]+\\+json");
  private static final Pattern ZERO = Pattern.compile("0(\\.0{0,3})?");

  private MediaType() {}

  /** {@code application/json} or any {@code +json} (RFC 6839), with no charset or utf-8. */
  public static boolean isJson(String contentType) {
    if (contentType.equals(JSON)) {
      return true;
    }
    var parts = FieldText.split(contentType, ';');
    var type = parts.get(0).toLowerCase(Locale.ROOT);
    return (type.equals(JSON) || SUFFIX_JSON.matcher(type).matches())
        && parts.subList(1, parts.size()).stream().allMatch(MediaType::isHarmless);
  }

  /** Type and subtype, in lower case, without parameters. */
  public static String essence(String contentType) {
    return FieldText.split(contentType, ';').get(0).toLowerCase(Locale.ROOT);
  }

  /**
   * Does this {@code Accept} allow {@code application/json}? The most specific range decides
   * (section 12.5.1); parameters other than the weight are not looked at.
   */
  public static boolean acceptsJson(Optional<String> accept) {
    if (accept.isEmpty() || accept.get().isBlank()) {
      return true;
    }
    int specificity = -1;
    boolean acceptable = false;
    for (var range : FieldText.split(accept.get(), ',')) {
      var parts = FieldText.split(range, ';');
      int s = specificityOf(parts.get(0).toLowerCase(Locale.ROOT));
      boolean wanted = !hasZeroWeight(parts);
      acceptable = s > specificity ? wanted : acceptable || (s == specificity && s >= 0 && wanted);
      specificity = Math.max(s, specificity);
    }
    return acceptable;
  }

  /** Does this {@code Accept} name a type itself, not by a wildcard, with a weight above zero? */
  public static boolean names(Optional<String> accept, String type) {
    return accept.stream()
        .flatMap(it -> FieldText.split(it, ',').stream())
        .map(range -> FieldText.split(range, ';'))
        .anyMatch(parts -> parts.get(0).equalsIgnoreCase(type) && !hasZeroWeight(parts));
  }

  /** A parameter, well formed, that does not name another charset. */
  private static boolean isHarmless(String parameter) {
    if (parameter.isEmpty()) {
      return true;
    }
    int equals = parameter.indexOf('=');
    if (equals <= 0 || equals == parameter.length() - 1) {
      return false;
    }
    return !parameter.substring(0, equals).equalsIgnoreCase("charset")
        || FieldText.unquoted(parameter.substring(equals + 1)).equalsIgnoreCase("utf-8");
  }

  private static int specificityOf(String range) {
    return switch (range) {
      case "*/*" -> 0;
      case "application/*" -> 1;
      case JSON -> 2;
      default -> -1;
    };
  }

  private static boolean hasZeroWeight(List<String> parts) {
    return parts.stream()
        .skip(1)
        .map(part -> FieldText.split(part, '='))
        .anyMatch(
            pair ->
                pair.size() == 2
                    && pair.get(0).equalsIgnoreCase("q")
                    && ZERO.matcher(pair.get(1)).matches());
  }
}
