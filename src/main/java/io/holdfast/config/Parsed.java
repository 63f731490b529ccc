package io.holdfast.config;

import java.util.function.Function;

/** What became of a text that should be a value. */
sealed interface Parsed<T> {
  /** The text is this value. */
  record Good<T>(T value) implements Parsed<T> {}

  /**
   * The text is no such value.
   *
   * @param reason with its remedy, as the operator reads it
   */
  record Bad<T>(String reason) implements Parsed<T> {}

  /** Goes on with a good value. */
  default <U> Parsed<U> then(Function<T, Parsed<U>> next) {
    return this instanceof Good<T> good
        ? next.apply(good.value())
        : new Bad<>(((Bad<T>) this).reason());
  }

  /** A good value has to lie between two others, both included. */
  static <T extends Comparable<T>> Parsed<T> within(
      T value, T min, T max, String text, Function<T, String> print) {
    if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
      return new Good<>(value);
    }
    var side = value.compareTo(min) < 0 ? "below " + print.apply(min) : "above " + print.apply(max);
    return new Bad<>(
        "\"%s\" is %s; give %s to %s".formatted(text, side, print.apply(min), print.apply(max)));
  }
}
