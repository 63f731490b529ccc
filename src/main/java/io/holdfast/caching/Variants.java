package io.holdfast.caching;

import io.holdfast.caching.UpdateDecision.Updated;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The stored responses of one key, and the choice among them (RFC 9111, section 4.1). */
public final class Variants {
  private Variants() {}

  /**
   * Those that a request may be answered from as far as {@code Vary} goes, the best first: by what
   * the request prefers, then the most recent.
   */
  public static List<StoredResponse> matching(CacheRequest request, List<StoredResponse> stored) {
    if (stored.size() == 1 && stored.get(0).vary().equals(VaryKey.NONE)) {
      return stored;
    }
    var fields = request.fields();
    var matching =
        stored.stream()
            .filter(
                response ->
                    response.vary().matches(fields)
                        || response.vary().matchesLanguage(fields, response.fields()))
            .toList();
    if (matching.size() < 2) {
      return matching;
    }
    return matching.stream()
        .sorted(
            Comparator.comparing(
                    (StoredResponse response) -> Normalized.liking(fields, response.fields()))
                .thenComparing(StoredResponse::date)
                .thenComparing(StoredResponse::responseTime)
                .reversed())
        .toList();
  }

  /** The best of them. */
  public static Optional<StoredResponse> selected(
      CacheRequest request, List<StoredResponse> stored) {
    return matching(request, stored).stream().findFirst();
  }

  /**
   * With the answer to a request: in place of all that could have answered it. They may still
   * answer other requests, but the service has just shown that it sees things differently. A part
   * takes no place from the whole. Beyond the bound, what was received first goes.
   */
  public static List<StoredResponse> with(
      CacheRequest request,
      StoredResponse added,
      List<StoredResponse> stored,
      CacheSettings settings) {
    var all =
        new ArrayList<>(
            stored.stream()
                .filter(
                    response ->
                        !response.vary().matches(request.fields())
                            || added.part().isPresent() && response.part().isEmpty())
                .toList());
    all.add(added);
    return bounded(all, settings);
  }

  /** With what a confirmation has made of some of them. */
  public static List<StoredResponse> with(
      Updated updated, List<StoredResponse> stored, CacheSettings settings) {
    var all = new ArrayList<>(stored);
    all.removeAll(updated.replaced());
    all.addAll(updated.updated());
    return bounded(all, settings);
  }

  private static List<StoredResponse> bounded(List<StoredResponse> all, CacheSettings settings) {
    while (all.size() > settings.variantsMax()) {
      all.remove(
          all.stream().min(Comparator.comparing(StoredResponse::responseTime)).orElseThrow());
    }
    return List.copyOf(all);
  }
}
