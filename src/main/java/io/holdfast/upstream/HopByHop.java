package io.holdfast.upstream;

import io.holdfast.http.FieldLine;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fields of a message that are for one connection only (RFC 9110, section 7.6.1): those that
 * are known to be, and those that its {@code Connection} names.
 */
record HopByHop(Set<String> named) {
  private static final List<String> ALWAYS =
      List.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** What no {@code Connection} may take away, for somebody else would be fooled by that. */
  private static final Set<String> NEVER =
      Set.of(
          "host",
          "content-length",
          "content-type",
          "authorization",
          "cache-control",
          "forwarded",
          "via",
          "idempotency-key");

  static HopByHop of(List<FieldLine> fields) {
    Set<String> named = Set.of();
    for (var line : fields) {
      if (line.is("Connection")) {
        named = named.isEmpty() ? new TreeSet<>() : named;
        for (var option : line.value().split(",")) {
          named.add(option.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return new HopByHop(named);
  }

  boolean has(String name) {
    for (var word : ALWAYS) {
      if (word.length() == name.length() && word.equalsIgnoreCase(name)) {
        return true;
      }
    }
    if (named.isEmpty()) {
      return false;
    }
    var lower = name.toLowerCase(Locale.ROOT);
    return named.contains(lower) && !NEVER.contains(lower);
  }
}
