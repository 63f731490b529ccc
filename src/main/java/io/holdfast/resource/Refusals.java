package io.holdfast.resource;

import io.holdfast.resource.DocumentState.Decision;
import io.holdfast.resource.DocumentState.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What was refused under clients' keys of late, so that the same request, sent again, is refused
 * again although it could be carried out by now: who has read anew and means it takes a new key. In
 * memory only, and of one actor.
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

  private record Kept(String fingerprint, Decision.Refused refused, long untilNanos) {}

  void keep(Write write, Decision.Refused refused, long nowNanos) {
    if (write.key().fromClient() && refused.refusal() != Refusal.KEY_REUSED) {
      long until = nowNanos + write.rules().refusalsKept().toNanos();
      kept.put(write.key().value(), new Kept(write.key().fingerprint(), refused, until));
    }
  }

  /** The refusal that a request has to get, if its key is known. */
  Optional<Decision.Refused> of(WriteKey key, long nowNanos) {
    var known = kept.get(key.value());
    if (known == null || known.untilNanos() - nowNanos <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        known.fingerprint().equals(key.fingerprint())
            ? known.refused()
            : new Decision.Refused(Refusal.KEY_REUSED));
  }
}
