package io.holdfast.route;

import java.time.Duration;

/**
 * Which targets a route takes, and who answers them.
 *
 * @param name its key in the configuration
 * @param path a prefix on segment borders, beginning with {@code /}
 * @param collection the collection of documents that answers
 * @param deadline for the whole request
 * @param idempotencyKeyRequired a write without {@code Idempotency-Key} gets 400
 */
public record Route(
    String name,
    String path,
    String collection,
    Duration deadline,
    boolean idempotencyKeyRequired) {}
