package io.holdfast.http;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * What a client would like ({@code Prefer}, RFC 7240). What is not known, or malformed, is ignored;
 * of a preference that comes twice the first counts (section 2).
 *
 * @param representation {@code return}: what an answer to a write should carry
 * @param waitSeconds {@code wait}: for how long the client would wait for an answer
 * @param respondAsync {@code respond-async}: the client would rather not wait
 */
public record Prefer(
    Optional<Return> representation, OptionalInt waitSeconds, boolean respondAsync) {
  /** No preference. */
  public static final Prefer NOTHING = new Prefer(Optional.empty(), OptionalInt.empty(), false);

  /** As it stands in {@code Prefer} and {@code Preference-Applied} (section 4.1). */
  public static final String RESPOND_ASYNC = "respond-async";

  private static final int DIGITS_MAX = 9;

  /** The values of {@code return} (section 4.2). */
  public enum Return {
    MINIMAL,
    REPRESENTATION;

    /** As it stands in {@code Prefer} and {@code Preference-Applied}. */
    public String preference() {
      return "return=" + name().toLowerCase(Locale.ROOT);
    }
  }

  /** Field lines have been joined with commas. */
  public static Prefer parse(Optional<String> field) {
    if (field.isEmpty()) {
      return NOTHING;
    }
    Optional<Return> wanted = Optional.empty();
    var wait = OptionalInt.empty();
    boolean async = false;
    var seen = new HashSet<String>();
    for (var preference : FieldText.split(field.get(), ',')) {
      var pair = FieldText.split(FieldText.split(preference, ';').get(0), '=');
      var name = pair.get(0).strip().toLowerCase(Locale.ROOT);
      var value = pair.size() == 2 ? FieldText.unquoted(pair.get(1).strip()) : "";
      if (seen.add(name)) {
        switch (name) {
          case "return" -> wanted = returned(value);
          case "wait" -> wait = seconds(value);
          case RESPOND_ASYNC -> async = true;
          default -> {}
        }
      }
    }
    return new Prefer(wanted, wait, async);
  }

  /**
   * What is left of the field once {@code respond-async} and {@code wait} have been answered to;
   * empty if it is nothing.
   */
  public static Optional<String> withoutAsync(Optional<String> field) {
    return field
        .map(
            it ->
                FieldText.split(it, ',').stream()
                    .map(String::strip)
                    .filter(one -> !isAboutTime(one))
                    .collect(Collectors.joining(", ")))
        .filter(it -> !it.isEmpty());
  }

  private static boolean isAboutTime(String preference) {
    var first = FieldText.split(preference, ';').get(0);
    var name = FieldText.split(first, '=').get(0).strip().toLowerCase(Locale.ROOT);
    return name.equals(RESPOND_ASYNC) || name.equals("wait");
  }

  private static Optional<Return> returned(String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "minimal" -> Optional.of(Return.MINIMAL);
      case "representation" -> Optional.of(Return.REPRESENTATION);
      default -> Optional.empty();
    };
  }

  private static OptionalInt seconds(String value) {
    boolean digits = !value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        value.length() > DIGITS_MAX ? Integer.MAX_VALUE : Integer.parseInt(value));
  }

  public boolean prefers(Return what) {
    return representation.filter(it -> it == what).isPresent();
  }
}
