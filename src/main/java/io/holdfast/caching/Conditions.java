package io.holdfast.caching;

import io.holdfast.http.EntityTag;
import io.holdfast.http.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a forwarded request asks of the service: the client's conditions make room for the cache's
 * own (RFC 9111, section 4.3.1), so that an answer serves everybody.
 */
final class Conditions {
  /** So many tags are sent at most. */
  static final int TAGS_MAX = 8;

  private static final Set<String> CLIENTS = Set.of("if-none-match", "if-modified-since");
  private static final Set<String> RANGES = Set.of("range", "if-range");
  private static final Set<String> DIRECTIVES = Set.of("cache-control", "pragma");

  private Conditions() {}

  /**
   * The request so that its answer can be stored. Where that is unlikely, because it is one
   * person's, or forbidden, the client's conditions stay: they spare the content.
   */
  static Fields none(CacheRequest request) {
    var fields = request.fields();
    boolean isPersonal =
        fields.has("Authorization") || fields.has("Cookie") || request.directives().noStore();
    return isPersonal ? fields : fields.without(CLIENTS);
  }

  /** For the cache alone: all of the representation, and no directives of a client's. */
  static Fields inBackground(Fields forwarded) {
    return forwarded.without(RANGES).without(DIRECTIVES);
  }

  /** The stored responses that a 304 may select: with tags, and all of the representation. */
  static List<StoredResponse> tagged(List<StoredResponse> stored) {
    return stored.stream()
        .filter(response -> response.entityTag().isPresent() && response.part().isEmpty())
        .limit(TAGS_MAX)
        .toList();
  }

  /** The selected response and, if it has a tag, the others that have one. */
  static List<StoredResponse> asked(StoredResponse selected, List<StoredResponse> stored) {
    var asked = new ArrayList<StoredResponse>();
    asked.add(selected);
    if (selected.entityTag().isPresent()) {
      tagged(stored).stream()
          .filter(response -> response != selected && asked.size() < TAGS_MAX)
          .forEach(asked::add);
    }
    return List.copyOf(asked);
  }

  /**
   * The request with the validators of these: all tags, and the modification date of the first. A
   * range is not asked for: all of the representation is stored.
   */
  static Fields on(CacheRequest request, List<StoredResponse> asked) {
    var fields = request.fields().without(CLIENTS).without(RANGES);
    var tags =
        asked.stream()
            .flatMap(response -> response.entityTag().stream())
            .map(EntityTag::toString)
            .distinct()
            .collect(Collectors.joining(", "));
    if (!tags.isEmpty()) {
      fields = fields.with("If-None-Match", tags);
    }
    var first = asked.get(0);
    return first.lastModified().isPresent() && asked.size() == 1
        ? fields.with("If-Modified-Since", first.fields().first("Last-Modified").orElseThrow())
        : fields;
  }
}
