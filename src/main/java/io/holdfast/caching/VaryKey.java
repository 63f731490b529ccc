package io.holdfast.caching;

import io.holdfast.http.FieldText;
import io.holdfast.http.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The secondary key of a stored response: the request's fields that {@code Vary} names (RFC 9111,
 * section 4.1), normalised. One that the request did not have matches only its absence.
 *
 * @param fields by name
 */
public record VaryKey(List<Selecting> fields) {
  /** Of a response that does not vary: it matches every request. */
  public static final VaryKey NONE = new VaryKey(List.of());

  /** A response that names more fields is not stored. */
  static final int NAMES_MAX = 16;

  /** Nor one whose request had more characters in them. */
  static final int CHARACTERS_MAX = 8192;

  /**
   * One of them.
   *
   * @param name in lower case
   * @param value normalised
   */
  public record Selecting(String name, Optional<String> value) {}

  /** Nothing if no request can match it: {@code *}, a malformed or a boundless {@code Vary}. */
  static Optional<VaryKey> of(Fields response, Fields request) {
    var names = new TreeSet<String>();
    for (var name : FieldText.split(response.joined("Vary").orElse(""), ',')) {
      if (!name.isEmpty()) {
        names.add(name.toLowerCase(Locale.ROOT));
      }
    }
    if (names.size() > NAMES_MAX || names.stream().anyMatch(name -> !isName(name))) {
      return Optional.empty();
    }
    var fields = new ArrayList<Selecting>(names.size());
    int characters = 0;
    for (var name : names) {
      var value = Normalized.of(name, request);
      characters += value.map(String::length).orElse(0);
      fields.add(new Selecting(name, value));
    }
    return characters > CHARACTERS_MAX ? Optional.empty() : Optional.of(new VaryKey(fields));
  }

  /** {@code *} is a token, but no name. */
  private static boolean isName(String name) {
    return !name.equals("*")
        && name.chars().allMatch(c -> c > 0x20 && c < 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(c) < 0);
  }

  /** Whether it varies on that field, named in lower case. */
  boolean names(String name) {
    return fields.stream().anyMatch(field -> field.name().equals(name));
  }

  public boolean matches(Fields request) {
    for (var field : fields) {
      if (!field.value().equals(Normalized.of(field.name(), request))) {
        return false;
      }
    }
    return true;
  }

  /** Whether two requests have the same values of all its fields. */
  public boolean selectsAlike(Fields one, Fields other) {
    return fields.stream()
        .allMatch(
            field -> Normalized.of(field.name(), one).equals(Normalized.of(field.name(), other)));
  }

  /**
   * Whether the request matches by what it prefers: all but {@code Accept-Language} are equal, and
   * the language that it alone prefers most is the one that the stored response is in. Whatever the
   * service would choose from, it has this language, and the client wants no other more.
   */
  boolean matchesLanguage(Fields request, Fields stored) {
    var language = stored.joined("Content-Language").map(l -> l.strip().toLowerCase(Locale.ROOT));
    if (language.isEmpty() || language.get().indexOf(',') >= 0) {
      return false;
    }
    boolean negotiated = false;
    for (var field : fields) {
      if (field.name().equals("accept-language")) {
        negotiated = Normalized.preferred(request, field.name()).equals(language);
      } else if (!field.value().equals(Normalized.of(field.name(), request))) {
        return false;
      }
    }
    return negotiated;
  }

  /** Roughly what it takes in memory. */
  int memoryBytes() {
    return fields.stream()
        .mapToInt(field -> field.name().length() + field.value().map(String::length).orElse(0))
        .sum();
  }

  /** The same fields with this request's values. */
  VaryKey with(Fields request) {
    return new VaryKey(
        fields.stream()
            .map(field -> new Selecting(field.name(), Normalized.of(field.name(), request)))
            .toList());
  }
}
