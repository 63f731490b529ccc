package io.holdfast.resource;

import java.time.Duration;

/**
 * Under what name a write is recorded in the journal.
 *
 * @param value the client's {@code Idempotency-Key}, or one made at the edge
 * @param fromClient the client chose it, so its first answer is kept for long and repeated as such
 * @param fingerprint of the client's request; empty for a key of the edge, which never reuses one
 */
public record WriteKey(String value, boolean fromClient, String fingerprint) {
  /** How long a client may repeat a request and get its first answer. */
  public static final Duration CLIENT_RETENTION = Duration.ofHours(24);

  /** The edge re-sends within a request's deadline only; this is many times that. */
  public static final Duration EDGE_RETENTION = Duration.ofMinutes(1);

  private static final String CLIENT_PREFIX = "c:";
  private static final String EDGE_PREFIX = "e:";

  /** The name in the journal: clients and edges cannot collide. */
  String recorded() {
    return (fromClient ? CLIENT_PREFIX : EDGE_PREFIX) + value;
  }

  /** For how long an answer recorded under this name is kept. */
  static Duration retentionOf(String recorded) {
    return recorded.startsWith(CLIENT_PREFIX) ? CLIENT_RETENTION : EDGE_RETENTION;
  }
}
