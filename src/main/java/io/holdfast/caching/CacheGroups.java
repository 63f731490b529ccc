package io.holdfast.caching;

import io.holdfast.http.Fields;
import io.holdfast.http.StructuredField;
import io.holdfast.http.StructuredField.Text;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Cache groups (RFC 9875): lists of strings. Parameters are ignored, and a list with anything else
 * in it is no such list. That one response of a group is invalidated does not reach the others:
 * they are named, or they stay.
 */
public final class CacheGroups {
  /** More of them, and longer ones, are left out. */
  static final int GROUPS_MAX = 128;

  static final int CHARACTERS_MAX = 256;

  private CacheGroups() {}

  /** What a stored response belongs to. */
  public static Set<String> of(Fields response) {
    return strings(response, "Cache-Groups");
  }

  static Set<String> invalidated(Fields response) {
    return strings(response, "Cache-Group-Invalidation");
  }

  private static Set<String> strings(Fields response, String name) {
    var items = response.joined(name).flatMap(StructuredField::list).orElse(List.of());
    if (!items.stream().allMatch(item -> item.value() instanceof Text)) {
      return Set.of();
    }
    return items.stream()
        .map(item -> ((Text) item.value()).text())
        .filter(group -> group.length() <= CHARACTERS_MAX)
        .limit(GROUPS_MAX)
        .collect(Collectors.toUnmodifiableSet());
  }
}
