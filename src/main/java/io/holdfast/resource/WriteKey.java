package io.holdfast.resource;

import io.holdfast.http.RequestKey;
import java.time.Duration;

/**
 * Under what name a write is recorded in the journal.
 *
 * <p>A key that the edge made becomes the client's when an answer does not come in time: it is
 * named in the 504, and the client may repeat the request under it. So both kinds are one space of
 * names, in which the edge's cannot be guessed.
 *
 * @param value the client's {@code Idempotency-Key}, or one made at the edge
 * @param fromClient the client chose it, so its first answer is kept for long
 * @param fingerprint of the request
 * @param sender names this one request under a client's key, of all that come under it; empty under
 *     a key of the edge, which names one already
 */
public record WriteKey(String value, boolean fromClient, String fingerprint, String sender) {
  /** How long an answer is kept, as long as there are not too many later ones. */
  public static final Duration RETENTION = Duration.ofHours(24);

  /** For so long an answer is kept, unless {@link #ANSWERS_MAX} come later. */
  public static final Duration EDGE_RESENDS_WITHIN = Duration.ofMinutes(1);

  /** How many answers of each kind a document keeps at most. */
  public static final int ANSWERS_MAX = 2048;

  /** How many of the newest answers under clients' keys a document keeps. */
  public static final int CLIENT_ANSWERS_MAX = 1024;

  /** How many of the newest answers under the edge's keys a document keeps longer than needed. */
  public static final int EDGE_ANSWERS_MAX = 64;

  private static final String CLIENT_PREFIX = "c:";
  private static final String EDGE_PREFIX = "e:";

  /** The name in the journal: its kind and its value. */
  String recorded() {
    return (fromClient ? CLIENT_PREFIX : EDGE_PREFIX) + value;
  }

  /** Whether an answer was given to a write under this key, whoever sent it. */
  boolean isKeyOf(Answer answer) {
    var name = answer.key();
    return name.length() == value.length() + CLIENT_PREFIX.length() && name.endsWith(value);
  }

  /** Whether this is the request to which the answer was given. */
  boolean isSameRequest(Answer answer) {
    return answer.fingerprint().isEmpty() || answer.fingerprint().equals(fingerprint);
  }

  /** Whether the answer was given to an earlier request, and not to this one, sent again. */
  public boolean isOfAnotherRequest(Answer answer) {
    return !answer.sender().equals(sender);
  }

  /** Whether this is of an earlier request under the same key, by the clocks of their edges. */
  boolean isBefore(WriteKey other) {
    if (!value.equals(other.value) || sender.equals(other.sender)) {
      return false;
    }
    var madeAt = new RequestKey(request()).madeAt();
    var otherMadeAt = new RequestKey(other.request()).madeAt();
    return madeAt.isPresent()
        && otherMadeAt.isPresent()
        && !madeAt.get().isAfter(otherMadeAt.get());
  }

  /** Names the request; the name was made by its edge. */
  private String request() {
    return fromClient ? sender : value;
  }

  static boolean isFromClient(Answer answer) {
    return answer.key().startsWith(CLIENT_PREFIX);
  }
}
