package io.holdfast.resource;

import java.time.Instant;

/**
 * The first answer to a write, kept under its request key so that the same request, sent again,
 * gets the same answer and no second effect.
 *
 * @param key the request key, with its kind (see {@link WriteKey})
 * @param fingerprint of the request; another request under the same key is refused
 * @param at when the write was carried out
 * @param status 200, 201 or 204; 404, 412 or 428 for a refusal that had to be kept, because an
 *     earlier attempt at the same write may still be on its way
 * @param version the document's version after it
 * @param modifiedAt the document's modification time after it
 * @param sender the client's request that was carried out, as its edge named it: tells a repeat by
 *     the client from a resend by the edge; empty under a key of the edge, and in old events
 */
public record Answer(
    String key,
    String fingerprint,
    Instant at,
    int status,
    DocumentVersion version,
    Instant modifiedAt,
    String sender) {
  public Answer {
    sender = sender == null ? "" : sender;
  }
}
