package io.holdfast.caching;

import io.holdfast.http.DeltaSeconds;
import io.holdfast.http.FieldSyntax;
import io.holdfast.http.FieldText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * The directives of a {@code Cache-Control} field (RFC 9111, section 5.2): names in lower case,
 * each with the arguments that it came with. The quoted and the token form of an argument are the
 * same. Nothing is judged yet.
 *
 * @param arguments for each name one for each time it came; empty for one without an argument
 */
record Directives(Map<String, List<Optional<String>>> arguments) {
  static final Directives NONE = new Directives(Map.of());

  /** Field lines have been joined with commas. */
  static Directives parse(String field) {
    var found = new LinkedHashMap<String, List<Optional<String>>>();
    for (var member : FieldText.split(field, ',')) {
      int equals = member.indexOf('=');
      // A space beside the equals sign is not in the syntax. It stays with the argument, so that
      // the directive counts as one that is there, with a malformed value.
      var name = (equals < 0 ? member : member.substring(0, equals)).toLowerCase(Locale.ROOT);
      Optional<String> argument =
          equals < 0 ? Optional.empty() : Optional.of(member.substring(equals + 1));
      if (!name.equals(name.strip())) {
        argument = argument.map(a -> " " + a);
      }
      if (!name.isBlank()) {
        found.computeIfAbsent(name.strip(), n -> new ArrayList<>(1)).add(argument);
      }
    }
    return new Directives(found);
  }

  boolean has(String name) {
    return arguments.containsKey(name);
  }

  /** Without an argument: what allows something is heeded only as it is defined. */
  boolean hasBare(String name) {
    return arguments.getOrDefault(name, List.of()).contains(Optional.<String>empty());
  }

  /** Each argument in seconds, read strictly; empty for one that is malformed or missing. */
  List<OptionalLong> seconds(String name) {
    return arguments.getOrDefault(name, List.of()).stream().map(Directives::seconds).toList();
  }

  private static OptionalLong seconds(Optional<String> argument) {
    return argument
        .map(text -> DeltaSeconds.parse(FieldText.unquoted(text)))
        .orElseGet(OptionalLong::empty);
  }

  /**
   * The field names that a directive is limited to, in lower case; nothing if it is not there, or
   * at least once without names or with a malformed one: then it is meant for the whole response
   * ({@link #whole}).
   */
  Optional<Set<String>> names(String name) {
    if (!has(name) || whole(name)) {
      return Optional.empty();
    }
    var names = new TreeSet<String>();
    arguments.get(name).forEach(argument -> names.addAll(names(argument)));
    return Optional.of(names);
  }

  /** The directive is there and not limited to named fields (sections 5.2.2.4 and 5.2.2.7). */
  boolean whole(String name) {
    return has(name)
        && arguments.get(name).stream()
            .map(Directives::names)
            .anyMatch(names -> names.isEmpty() || !names.stream().allMatch(Directives::isToken));
  }

  private static List<String> names(Optional<String> argument) {
    return argument.stream()
        .flatMap(text -> FieldText.split(FieldText.unquoted(text), ',').stream())
        .filter(n -> !n.isEmpty())
        .map(n -> n.toLowerCase(Locale.ROOT))
        .toList();
  }

  private static boolean isToken(String name) {
    var bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    return FieldSyntax.isToken(bytes, 0, bytes.length);
  }
}
