package io.holdfast.caching;

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
   * With one more: in place of the one with the same values of the same fields, and, beyond the
   * bound, of the one that was received first. A part takes no place from the whole.
   */
  public static List<StoredResponse> with(
      StoredResponse added, List<StoredResponse> stored, CacheSettings settings) {
    var all = new ArrayList<StoredResponse>(stored.size() + 1);
    for (var response : stored) {
      boolean replaced =
          response.vary().equals(added.vary())
              && (added.part().isEmpty() || response.part().isPresent());
      if (!replaced) {
        all.add(response);
      }
    }
    all.add(added);
    while (all.size() > settings.variantsMax()) {
      all.remove(
          all.stream()
              .filter(response -> response != added)
              .min(Comparator.comparing(StoredResponse::responseTime))
              .orElseThrow());
    }
    return List.copyOf(all);
  }
}
