package io.holdfast.edge;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Reuse;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.StoredResponse;
import io.holdfast.resource.ServedCopies.Copy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the copies of a node are worth to a request, if nobody else is asked.
 *
 * @param decision from the responses that they are copies of
 */
record FromCopies(ReuseDecision decision, List<Copy> copies) {

  static FromCopies decide(CacheRequest request, List<Copy> copies, Instant now) {
    return new FromCopies(Reuse.decide(request, responses(copies), now), copies);
  }

  private static List<StoredResponse> responses(List<Copy> copies) {
    return copies.stream().map(Copy::response).toList();
  }

  List<StoredResponse> responses() {
    return responses(copies);
  }

  Optional<Copy> fresh() {
    return decision instanceof ReuseDecision.Fresh fresh ? of(fresh.response()) : Optional.empty();
  }

  /** Fresh, or as stale as the request and the service allow without asking. */
  Optional<Copy> usable() {
    if (decision instanceof ReuseDecision.Stale stale) {
      return of(stale.response());
    } else if (decision instanceof ReuseDecision.StaleWhileRevalidate stale) {
      return of(stale.response());
    }
    return fresh();
  }

  private Optional<Copy> of(StoredResponse response) {
    return copies.stream().filter(it -> it.response() == response).findFirst();
  }
}
