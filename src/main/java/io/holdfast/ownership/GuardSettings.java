package io.holdfast.ownership;

import java.time.Duration;

/**
 * @param ttl for how long a node may answer as current after the last proof that it owns a shard
 * @param poll how often the proof is renewed
 */
public record GuardSettings(Duration ttl, Duration poll) {}
