package io.holdfast.caching;

import io.holdfast.http.Fields;
import io.holdfast.http.StructuredField;
import io.holdfast.http.StructuredField.Flag;
import io.holdfast.http.StructuredField.Item;
import io.holdfast.http.StructuredField.Text;
import io.holdfast.http.StructuredField.Token;
import io.holdfast.http.StructuredField.Value;
import io.holdfast.http.StructuredField.Whole;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Targeted cache control (RFC 9213): the first valid field that is not empty decides alone, and
 * {@code Cache-Control} and {@code Expires} are not looked at.
 */
final class TargetedControl {
  /** The target list (section 2.2). */
  static final List<String> TARGETS = List.of("Holdfast-Cache-Control", "CDN-Cache-Control");

  private static final Set<String> SECONDS =
      Set.of("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error");

  private TargetedControl() {}

  /** What a targeted field says; nothing if none is there, valid and not empty. */
  static Optional<Directives> of(Fields response) {
    return TARGETS.stream()
        .flatMap(name -> response.joined(name).stream())
        .flatMap(value -> StructuredField.dictionary(value).stream())
        .filter(members -> !members.isEmpty())
        .flatMap(members -> directives(members).stream())
        .findFirst();
  }

  /**
   * A value of another type than the directive's is not to be consumed (section 2.1): then the
   * field as a whole is not trusted, as if it could not be parsed.
   */
  private static Optional<Directives> directives(Map<String, Item> members) {
    var found = new LinkedHashMap<String, List<Optional<String>>>();
    for (var member : members.entrySet()) {
      var name = member.getKey();
      var value = member.getValue().value();
      if (SECONDS.contains(name) && !(value instanceof Whole)) {
        return Optional.empty();
      }
      if (!(value instanceof Flag flag) || flag.isTrue()) {
        var arguments = new ArrayList<Optional<String>>(1);
        arguments.add(argument(value));
        found.put(name, arguments);
      }
    }
    return Optional.of(new Directives(found));
  }

  private static Optional<String> argument(Value value) {
    if (value instanceof Whole whole) {
      return Optional.of(Long.toString(whole.number()));
    }
    if (value instanceof Text text) {
      return Optional.of(text.text());
    }
    return value instanceof Token token ? Optional.of(token.text()) : Optional.empty();
  }
}
