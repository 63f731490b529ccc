package io.holdfast.upstream;

/**
 * What a request under an {@code Idempotency-Key} is known by.
 *
 * @param scope a hash of whose key it is: the route's, and the credential's; 43 characters
 * @param key 1 to 255 characters
 */
public record KeyedId(String scope, String key) {}
