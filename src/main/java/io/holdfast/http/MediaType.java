package io.holdfast.http;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The media types of documents (RFC 9110, sections 8.3, 12.4.2 and 12.5.1). */
public final class MediaType {
  private static final String JSON = "application/json";
  private static final Pattern SUFFIX_JSON =
      Pattern.compile("[a-z0-9!#$%&'*+.^_`|~-]+/[a-z0-9!#$%&'*+.^_`|~-]+\\+json");
  private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]++";
  private static final String QUOTED = "\"(?:[\t !#-\\[\\]-~]++|\\\\[\t -~])*+\"";
  private static final Pattern WELL_FORMED =
      Pattern.compile("T/T(?:[ \t]*+;[ \t]*+T=(?:T|Q))*+".replace("T", TOKEN).replace("Q", QUOTED));
  private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

  /** Of a range that names no weight, or none that is well formed. */
  private static final int WEIGHT_MAX = 1000;

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

  /** Whether it is type and subtype, with or without parameters (sections 5.6.6 and 8.3.1). */
  public static boolean isWellFormed(String contentType) {
    return WELL_FORMED.matcher(contentType).matches();
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
    return accept.isEmpty() || accept.get().isBlank() || weight(accept.get(), JSON) > 0;
  }

  /**
   * Does this {@code Accept} ask for another type rather than for {@code application/json}? It has
   * to name the type itself: a wildcard asks for no answer of an unusual kind. Then the higher
   * weight wins, and at the same weight the type that was named.
   */
  public static boolean prefers(Optional<String> accept, String type) {
    if (accept.isEmpty() || !names(accept.get(), type)) {
      return false;
    }
    int weight = weight(accept.get(), type);
    return weight > 0 && weight >= weight(accept.get(), JSON);
  }

  private static boolean names(String accept, String type) {
    return FieldText.split(accept, ',').stream().anyMatch(it -> essence(it).equals(type));
  }

  /**
   * In thousandths, 0: not acceptable (section 12.4.2). The most specific range that matches has
   * it; of several that say the same, the one with most weight.
   */
  private static int weight(String accept, String type) {
    int specificity = -1;
    int weight = 0;
    for (var range : FieldText.split(accept, ',')) {
      var parts = FieldText.split(range, ';');
      int s = specificity(parts.get(0).toLowerCase(Locale.ROOT), type);
      if (s > specificity) {
        specificity = s;
        weight = weight(parts);
      } else if (s >= 0 && s == specificity) {
        weight = Math.max(weight, weight(parts));
      }
    }
    return weight;
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

  /** How closely a range describes a type; negative if it does not match. */
  private static int specificity(String range, String type) {
    if (range.equals(type)) {
      return 2;
    }
    if (range.equals(type.substring(0, type.indexOf('/') + 1) + "*")) {
      return 1;
    }
    return range.equals("*/*") ? 0 : -1;
  }

  private static int weight(List<String> parts) {
    return parts.stream()
        .skip(1)
        .map(part -> FieldText.split(part, '='))
        .filter(pair -> pair.size() == 2 && pair.get(0).equalsIgnoreCase("q"))
        .map(pair -> pair.get(1))
        .filter(value -> WEIGHT.matcher(value).matches())
        .map(value -> new BigDecimal(value).movePointRight(3).intValueExact())
        .findFirst()
        .orElse(WEIGHT_MAX);
  }
}
