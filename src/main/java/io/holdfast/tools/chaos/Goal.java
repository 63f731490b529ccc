package io.holdfast.tools.chaos;

import java.util.List;
import java.util.Optional;

/**
 * What the plays of one fault shall reach, at most.
 *
 * @param over which of several plays it is held against
 */
record Goal(Quantity quantity, Over over, double atMost) {

  /** Which of several plays. */
  enum Over {
    MEDIAN,
    WORST
  }

  static Goal median(Quantity quantity, double atMost) {
    return new Goal(quantity, Over.MEDIAN, atMost);
  }

  static Goal worst(Quantity quantity, double atMost) {
    return new Goal(quantity, Over.WORST, atMost);
  }

  /** How far the plays are from it, in a line; empty if it is reached. */
  Optional<String> missed(List<Double> values) {
    double reached = over == Over.MEDIAN ? Quantity.median(values) : quantity.worst(values);
    return reached <= atMost
        ? Optional.empty()
        : Optional.of(
            "%s: %s %s, at most %s"
                .formatted(
                    quantity.words(),
                    over.name().toLowerCase(java.util.Locale.ROOT),
                    quantity.text(reached),
                    quantity.text(atMost)));
  }
}
