package io.holdfast.resource;

import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.resource.DocumentState.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What clients' requests were told under their keys of late, where they were refused, so that the
 * same request, sent again, is refused again although it could be carried out by now: who has read
 * anew and means it takes a new key. In memory only, and of one actor.
 */
final class Refusals {
  private static final int MAX = 256;

  private final Map<String, Kept> kept =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
          return size() > MAX;
        }
      };

  private record Kept(WriteKey key, Decision.Refused refused, long untilNanos) {}

  /** The request was told so. */
  void keep(Write write, Decision.Refused refused, long nowNanos) {
    if (write.key().fromClient() && !refused.refusal().isOfTheKey()) {
      long until = nowNanos + write.rules().refusalsKept().toNanos();
      kept.put(write.key().value(), new Kept(write.key(), refused, until));
    }
  }

  /**
   * The refusal that a request has to get because an earlier one under its key got it. A resend by
   * the edge is no other request: what the document says to it, the journal keeps.
   */
  Optional<Decision.Refused> of(WriteKey key, long nowNanos) {
    var known = kept.get(key.value());
    if (known == null
        || known.untilNanos() - nowNanos <= 0
        || known.key().sender().equals(key.sender())) {
      return Optional.empty();
    }
    return Optional.of(
        known.key().fingerprint().equals(key.fingerprint())
            ? known.refused()
            : new Decision.Refused(Refusal.KEY_REUSED));
  }
}
