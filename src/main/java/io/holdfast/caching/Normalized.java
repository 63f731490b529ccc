package io.holdfast.caching;

import io.holdfast.http.FieldText;
import io.holdfast.http.Fields;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Field values with what means nothing taken away (RFC 9111, section 4.1): lines joined, white
 * space around commas; in fields whose members are preferences also their order, their case and the
 * spelling of weights.
 */
final class Normalized {
  private static final Set<String> PREFERENCES =
      Set.of("accept", "accept-charset", "accept-encoding", "accept-language");

  private static final Pattern WEIGHT = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

  private Normalized() {}

  /** Nothing if the field is not there. */
  static Optional<String> of(String name, Fields request) {
    return request.joined(name).map(value -> of(name, value));
  }

  private static String of(String name, String value) {
    if (PREFERENCES.contains(name)) {
      var preferences = new ArrayList<String>();
      preferences(name, value).forEach(p -> preferences.add(p.toString()));
      preferences.sort(null);
      return String.join(",", preferences);
    }
    return String.join(",", FieldText.split(value, ','));
  }

  /** A member of such a field; the weight is 1 where there is none or a malformed one. */
  private record Preference(String what, BigDecimal weight) {
    @Override
    public String toString() {
      return weight.compareTo(BigDecimal.ONE) == 0
          ? what
          : what + ";q=" + weight.stripTrailingZeros().toPlainString();
    }
  }

  private static List<Preference> preferences(String name, String value) {
    return FieldText.split(value, ',').stream()
        .filter(member -> !member.isEmpty())
        .map(member -> preference(name, member))
        .toList();
  }

  private static Preference preference(String name, String member) {
    var parts = FieldText.split(member, ';');
    var what = new StringBuilder(parts.get(0).toLowerCase(Locale.ROOT));
    if (name.equals("accept-encoding") && what.indexOf("x-") == 0) {
      what.delete(0, 2);
    }
    var weight = BigDecimal.ONE;
    for (var parameter : parts.subList(1, parts.size())) {
      int equals = parameter.indexOf('=');
      var key = parameter.substring(0, Math.max(0, equals)).strip().toLowerCase(Locale.ROOT);
      var argument = parameter.substring(equals + 1).strip();
      if (key.equals("q") && WEIGHT.matcher(argument).matches()) {
        weight = new BigDecimal(argument.endsWith(".") ? argument + '0' : argument);
      } else {
        what.append(';').append(key).append('=').append(argument);
      }
    }
    return new Preference(what.toString(), weight);
  }

  /** The one member with the highest weight; nothing if several have it, or it is a wildcard. */
  static Optional<String> preferred(Fields request, String name) {
    var preferences = preferences(name, request.joined(name).orElse(""));
    var highest =
        preferences.stream().map(Preference::weight).max(BigDecimal::compareTo).stream()
            .flatMap(max -> preferences.stream().filter(p -> p.weight().compareTo(max) == 0))
            .toList();
    return highest.size() == 1
            && highest.get(0).weight().signum() > 0
            && !highest.get(0).what().equals("*")
        ? Optional.of(highest.get(0).what())
        : Optional.empty();
  }

  /**
   * How much the request likes a response: the weight of its language, its coding and its type,
   * where the request says one; for the choice between several that match.
   */
  static BigDecimal liking(Fields request, Fields stored) {
    return weight(request, "accept-language", stored.first("Content-Language"))
        .multiply(weight(request, "accept-encoding", stored.first("Content-Encoding")))
        .multiply(
            weight(
                request,
                "accept",
                stored.first("Content-Type").map(type -> FieldText.split(type, ';').get(0))));
  }

  private static BigDecimal weight(Fields request, String name, Optional<String> value) {
    if (value.isEmpty() || !request.has(name)) {
      return BigDecimal.ONE;
    }
    var wanted = value.get().toLowerCase(Locale.ROOT);
    var preferences = preferences(name, request.joined(name).orElse(""));
    return preferences.stream()
        .filter(p -> p.what().equals(wanted))
        .findFirst()
        .or(() -> preferences.stream().filter(p -> isRange(p.what(), wanted)).findFirst())
        .map(Preference::weight)
        .orElse(BigDecimal.ZERO);
  }

  private static boolean isRange(String range, String value) {
    return range.equals("*")
        || range.equals("*/*")
        || range.endsWith("/*") && value.startsWith(range.substring(0, range.length() - 1))
        || value.startsWith(range + "-");
  }
}
