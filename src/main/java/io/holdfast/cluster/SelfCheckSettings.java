package io.holdfast.cluster;

import io.holdfast.config.ConfigReader;
import java.time.Duration;

/**
 * When a node that does not answer its own requests gives up.
 *
 * @param interval between the end of one request and the next
 * @param timeout for one answer
 * @param leaveAfter without an answer, while a peer serves all that time
 */
public record SelfCheckSettings(Duration interval, Duration timeout, Duration leaveAfter) {

  /** Reads {@code holdfast.cluster.self-check}. */
  static SelfCheckSettings read(ConfigReader check) {
    var settings =
        new SelfCheckSettings(
            check.duration("interval", Duration.ofMillis(50), Duration.ofMinutes(1)),
            check.duration("timeout", Duration.ofMillis(200), Duration.ofMinutes(1)),
            check.duration("leave-after", Duration.ofSeconds(1), Duration.ofHours(1)));
    check.require(
        !check.good("interval", "timeout", "leave-after")
            || settings.leaveAfter().compareTo(settings.roundMax().multipliedBy(2)) > 0,
        "leave-after",
        "must be more than twice interval and timeout together, so that one late answer is no"
            + " reason to leave");
    return settings;
  }

  /** The longest that one request takes, the pause before it included. */
  private Duration roundMax() {
    return interval.plus(timeout);
  }
}
