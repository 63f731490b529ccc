package io.holdfast.edge;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.CacheSettings;
import io.holdfast.caching.ReuseDecision;
import io.holdfast.caching.StaleOnError;
import io.holdfast.caching.StoredResponse;
import io.holdfast.http.CacheStatus;
import io.holdfast.http.Fields;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a service is asked by a {@link Fetch}.
 *
 * @param decision by which it is asked: to validate, to fetch, or past the cache
 * @param content of what is stored, by its id
 */
record Question(
    CacheRequest request,
    ReuseDecision decision,
    CacheSettings settings,
    Function<Long, Optional<byte[]>> content) {

  Fields forwarded() {
    if (decision instanceof ReuseDecision.Validate validate) {
      return validate.forwarded();
    }
    return decision instanceof ReuseDecision.Miss miss ? miss.forwarded() : request.fields();
  }

  List<StoredResponse> asked() {
    return decision instanceof ReuseDecision.Validate validate ? validate.asked() : List.of();
  }

  Optional<StaleOnError> onError() {
    if (decision instanceof ReuseDecision.Validate validate) {
      return validate.onError();
    }
    return decision instanceof ReuseDecision.Miss miss ? miss.onError() : Optional.empty();
  }

  CacheStatus.Forward why() {
    if (decision instanceof ReuseDecision.Validate validate) {
      return validate.why();
    } else if (decision instanceof ReuseDecision.Miss miss) {
      return miss.why();
    }
    return decision instanceof ReuseDecision.Bypass bypass
        ? bypass.why()
        : CacheStatus.Forward.BYPASS;
  }

  boolean mayStore() {
    return !(decision instanceof ReuseDecision.Bypass);
  }
}
