package io.holdfast.resource;

import io.holdfast.caching.CacheRequest;
import io.holdfast.caching.Variants;
import io.holdfast.resource.Representation.Content;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;

/** Which contents travel to a node that is to fetch, in one message: bounded. Pure. */
final class ContentsSent {
  /** A variant beyond it is fetched if it is the answer. */
  private static final int BYTES_MAX = 512 * 1024;

  private ContentsSent() {}

  /**
   * First those that the request may be answered with.
   *
   * @param known ids of contents that are there already
   */
  static List<Content> of(RepresentationState state, CacheRequest request, List<Long> known) {
    var stored = state.entry(request.key()).stored();
    var inOrder = new LinkedHashSet<>(Variants.matching(request, stored));
    inOrder.addAll(stored);
    var contents = new ArrayList<Content>();
    var named = new HashSet<Long>(known);
    int bytes = 0;
    for (var response : inOrder) {
      var content = state.contentOf(response);
      boolean fits = contents.isEmpty() || bytes + content.length <= BYTES_MAX;
      if (fits && named.add(response.contentId())) {
        contents.add(new Content(response.contentId(), content));
        bytes += content.length;
      }
    }
    return contents;
  }
}
