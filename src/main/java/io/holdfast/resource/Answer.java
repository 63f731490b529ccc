package io.holdfast.resource;

import java.time.Instant;

/**
 * The first answer to a write, kept under its request key so that the same request, sent again,
 * gets the same answer and no second effect.
 *
 * @param key the request key, with its kind (see {@link WriteKey})
 * @param fingerprint of the request; another request under the same key is refused
 * @param at when the write was carried out
 * @param status 201 or 204; 200 for a patch whose client wants to see what it made; 404, 409, 412,
 *     413 or 428 for a refusal that had to be kept, because an earlier attempt at the same write
 *     may still be on its way
 * @param version the document's version after it
 * @param modifiedAt the document's modification time after it
 * @param sender the client's request that was carried out, as its edge named it: tells a repeat by
 *     the client from a resend by the edge; empty under a key of the edge, and in old events
 * @param detail of a refusal: what exactly was in the way, in words; empty where its kind says it
 *     all, and in old events
 */
public record Answer(
    String key,
    String fingerprint,
    Instant at,
    int status,
    DocumentVersion version,
    Instant modifiedAt,
    String sender,
    String detail) {
  /** The status of a patch's answer that shows the document. */
  static final int WITH_CONTENT = 200;

  public Answer {
    sender = sender == null ? "" : sender;
    detail = detail == null ? "" : detail;
  }

  Answer withDetail(String detail) {
    return new Answer(key, fingerprint, at, status, version, modifiedAt, sender, detail);
  }

  boolean showsContent() {
    return status == WITH_CONTENT;
  }
}
