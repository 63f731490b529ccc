package io.holdfast.operation;

import io.holdfast.resilience.Priority;
import io.holdfast.route.Route;

/**
 * A request that is to be accepted.
 *
 * @param id 26 characters; the same for all requests that are to be one operation
 * @param target as its client sent it
 * @param path of the target: what {@code order-by = path} goes by
 * @param fingerprint tells another request of the same id from the same one again; up to 43
 *     characters
 */
public record NewOperation(
    String id,
    Route route,
    String method,
    String target,
    String path,
    String fingerprint,
    Priority priority,
    Message request) {}
