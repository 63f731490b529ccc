package io.holdfast.ownership;

import io.holdfast.config.ConfigReader;
import java.time.Duration;

/**
 * @param ttl for how long a node may answer as current after the last proof that it owns a shard
 * @param poll how often the proof is renewed
 */
public record GuardSettings(Duration ttl, Duration poll) {

  /** Reads the guard's keys of {@code holdfast.cluster}. */
  public static GuardSettings read(ConfigReader cluster) {
    var settings =
        new GuardSettings(
            cluster.duration("guard-ttl", Duration.ofMillis(200), Duration.ofSeconds(30)),
            cluster.duration("guard-poll", Duration.ofMillis(20), Duration.ofSeconds(10)));
    cluster.require(
        !cluster.good("guard-ttl", "guard-poll")
            || settings.ttl().compareTo(settings.poll().multipliedBy(2)) > 0,
        "guard-ttl",
        "must be more than twice guard-poll, so that one late poll is no loss");
    return settings;
  }
}
