package io.holdfast.resource;

import io.holdfast.caching.Generation;
import io.holdfast.http.Fields;
import java.time.Instant;

/**
 * A fetch that others wait for.
 *
 * @param number rises with each request that its owner gets
 * @param request the fields of the request that it is made for
 * @param began what was known then
 * @param until when nobody waits for it any more
 */
record Flight(long number, Fields request, Generation began, Instant until) {}
