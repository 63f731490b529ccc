package io.holdfast.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator of a machine whose clock is wrong, once and then from time to time. Nothing
 * rests on it but what people read: the times of log lines, and the {@code Date} of some answers.
 */
final class ClockWatch {
  /** More than an answer of a slow database can make it look. */
  static final Duration WRONG_BY = Duration.ofSeconds(5);

  private static final Duration SAY_AGAIN_AFTER = Duration.ofMinutes(10);
  private static final Logger log = LoggerFactory.getLogger(ClockWatch.class);

  private final String node;
  private Optional<Instant> said = Optional.empty();

  ClockWatch(String node) {
    this.node = node;
  }

  /**
   * @param ahead of the database's clock
   * @param now on a clock that nobody can set
   */
  void look(Duration ahead, Instant now) {
    boolean isWrong = ahead.abs().compareTo(WRONG_BY) > 0;
    if (isWrong && said.filter(it -> now.isBefore(it.plus(SAY_AGAIN_AFTER))).isEmpty()) {
      said = Optional.of(now);
      log.warn(
          "The clock of {}'s machine is {} s {} the database's: set one of them right. The cluster"
              + " works all the same, but the times of log lines cannot be compared",
          node,
          ahead.abs().toSeconds(),
          ahead.isNegative() ? "behind" : "ahead of");
    } else if (!isWrong && said.isPresent()) {
      said = Optional.empty();
      log.info("The clocks of {}'s machine and of the database agree again", node);
    }
  }
}
